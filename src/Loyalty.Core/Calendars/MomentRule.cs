using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Calendars;

/// <summary>
/// The next moment at a local time, on given weekdays or on given days of the year. A weekday is the local weekday of the resulting moment.
/// </summary>
public sealed record MomentRule
{
    // Where weekdays and dates are both asked for, a date falls on a given weekday again within 40 years (29 February included).
    private const int YearsAhead = 41;

    /// <summary>The local time.</summary>
    public LocalTime At { get; init; } = LocalTime.Midnight;

    /// <summary>Default: every day.</summary>
    public Weekdays Days { get; init; } = Weekdays.All;

    /// <summary>Empty: every date. 29 February is 28 February in other years.</summary>
    public ImmutableArray<AnnualDate> Dates { get; init; } = [];

    /// <summary>Not sooner than this long after the start; null: no such bound.</summary>
    public CalendarDuration? NotBefore { get; init; }

    /// <summary>The first such moment that is after <paramref name="start"/> and not before start + <see cref="NotBefore"/>.</summary>
    /// <returns>null where there is none in 40 years.</returns>
    public Instant? Next(Instant start, DateTimeZone zone)
    {
        var floor = NotBefore?.After(start, zone) ?? start;
        var first = LocalClock.Date(floor, zone).PlusDays(-1);
        return Dates.IsEmpty ? NextDay(start, floor, first, zone) : NextDate(start, floor, first, zone);
    }

    private Instant? NextDay(Instant start, Instant floor, LocalDate first, DateTimeZone zone)
    {
        for (var i = 0; i < 24; i++)
        {
            if (Accept(first.PlusDays(i), start, floor, zone) is { } found) return found;
        }

        return null;
    }

    private Instant? NextDate(Instant start, Instant floor, LocalDate first, DateTimeZone zone)
    {
        for (var year = first.Year; year < first.Year + YearsAhead; year++)
        {
            Instant? best = null;
            foreach (var date in Dates)
            {
                var day = date.InYear(year);
                if (day >= first && Accept(day, start, floor, zone) is { } found && (best is null || found < best))
                    best = found;
            }

            if (best is not null) return best;
        }

        return null;
    }

    private Instant? Accept(LocalDate day, Instant start, Instant floor, DateTimeZone zone)
    {
        var moment = LocalClock.Resolve(day + At, zone);
        return moment > start && moment >= floor && Days.Has(LocalClock.Date(moment, zone).DayOfWeek) ? moment : null;
    }
}
