using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>When people do things.</summary>
internal static class WakingHours
{
    /// <summary>A moment between 08:00 and 22:00 of the same local day, more often in the evening; never before the moment itself. Odd seconds.</summary>
    public static Instant On(Instant at, DateTimeZone zone, ref Draws draws)
    {
        var hour = 8 + (int)(14 * Math.Sqrt(draws.Unit()));
        var minute = draws.Whole(0, 59);
        var second = draws.Whole(0, 29) * 2 + 1;
        var waking = LocalClock.Resolve(LocalClock.Date(at, zone) + new LocalTime(hour, minute, second), zone);
        return waking < at ? Instant.FromUnixTimeSeconds(at.ToUnixTimeSeconds() | 1) : waking;
    }
}
