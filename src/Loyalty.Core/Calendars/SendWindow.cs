using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Core.Calendars;

/// <summary>
/// When messages may go, by the customer's own clock: on these weekdays, from (included) to (not included). Where
/// <paramref name="To"/> is before <paramref name="From"/> the window crosses midnight. The weekday is the local weekday of the moment itself: a window
/// <c>fri 20:00–02:00</c> is open on Friday from 00:00 to 02:00 and from 20:00 to 24:00.
/// </summary>
/// <param name="Days">At least one.</param>
/// <param name="From">The first local time inside.</param>
/// <param name="To">The first local time outside; 00:00 is the end of the day; never equal to <paramref name="From"/>.</param>
public sealed record SendWindow(Weekdays Days, LocalTime From, LocalTime To)
{
    // Long enough for a week with a day that a zone left out.
    private const int DaysAhead = 16;

    /// <summary>True where a message may go at this moment.</summary>
    public bool IsOpen(Instant moment, DateTimeZone zone)
    {
        var local = LocalClock.Local(moment, zone);
        return Days.Has(local.DayOfWeek) && Has(local.TimeOfDay);
    }

    private bool Has(LocalTime time) => From < To ? time >= From && time < To : time >= From || time < To;

    /// <summary>The moment itself where the window is open, else the first moment at which it opens.</summary>
    /// <returns>null where it does not open in the next two weeks (a window that lies in a gap of the clock).</returns>
    public Instant? NextOpening(Instant moment, DateTimeZone zone)
    {
        var start = LocalClock.Clamp(moment);
        var current = zone.GetZoneInterval(start);
        var now = start.WithOffset(current.WallOffset).LocalDateTime;
        if (Days.Has(now.DayOfWeek) && Has(now.TimeOfDay)) return start;
        return NextByOffset(now, current) ?? NextByZone(start, zone);
    }

    /// <summary>The next opening before the zone's clock is changed; null: there is none.</summary>
    private Instant? NextByOffset(LocalDateTime now, ZoneInterval current)
    {
        for (var i = 0; i <= DaysAhead; i++)
        {
            var day = now.Date.PlusDays(i);
            if (!Days.Has(day.DayOfWeek)) continue;
            // A window across midnight is open when the day begins, too.
            var opening = i > 0 && Has(LocalTime.Midnight) ? day.AtMidnight() : day + From;
            if (opening < now) continue;
            var at = opening.WithOffset(current.WallOffset).ToInstant();
            return !current.HasEnd || at < current.End ? at : null;
        }

        return null;
    }

    private Instant? NextByZone(Instant start, DateTimeZone zone)
    {
        Instant? best = null;
        var today = LocalClock.Date(start, zone);
        for (var i = 0; i <= DaysAhead && best is null; i++)
        {
            var day = today.PlusDays(i);
            Offer(LocalClock.Resolve(day.AtMidnight(), zone));
            Offer(LocalClock.Resolve(day + From, zone));

            // A clock put back shows the opening a second time; a clock put forward can land inside the window.
            var twice = zone.MapLocal(day + From);
            if (twice.Count == 2) Offer(twice.Last().ToInstant());
            var interval = zone.GetZoneInterval(LocalClock.Resolve(day.AtMidnight(), zone));
            if (interval.HasEnd && interval.End < LocalClock.Resolve(day.PlusDays(1).AtMidnight(), zone))
                Offer(interval.End);
        }

        return best;

        void Offer(Instant candidate)
        {
            if (candidate < start || (best is { } known && known <= candidate) || !IsOpen(candidate, zone)) return;
            best = candidate;
        }
    }
}
