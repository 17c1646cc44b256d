using Loyalty.Engine.Privacy;
using Loyalty.Functions.Privacy;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>The day's retention pass has something to do until it is done, then on the next day; never where no period is set.</summary>
internal sealed class RetentionHint(RetentionPass pass, HostClock clock) : IIdleHint
{
    /// <inheritdoc/>
    public string Function => nameof(EnforceRetention);

    /// <inheritdoc/>
    public Instant? EarliestUse()
    {
        if (!pass.IsOn) return null;
        // The SQLite store answers at once.
        var state = pass.FindAsync().GetAwaiter().GetResult();
        return state is { IsDone: true } ? state.Day.PlusDays(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant() : clock.Now;
    }
}
