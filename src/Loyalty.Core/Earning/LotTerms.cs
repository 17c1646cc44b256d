using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>From when to when points are usable.</summary>
/// <param name="AvailableAt">null: not known yet.</param>
/// <param name="ExpiresAt">The first instant at which they are ended; null: never, or not known yet.</param>
public readonly record struct LotTerms(Instant? AvailableAt, Instant? ExpiresAt)
{
    /// <summary>The terms of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="earnedAt">Payment of the order, or the sign-up.</param>
    /// <param name="fulfilledAt">Fulfilment of the order, if it is known.</param>
    /// <param name="zone">The program's zone.</param>
    public static LotTerms Of(EarningRule rule, Instant earnedAt, Instant? fulfilledAt, DateTimeZone zone)
    {
        var availableAt = rule.Activation switch
        {
            ActivationRule.AfterPayment after => DaysLater(earnedAt, after.Days, zone),
            ActivationRule.AfterFulfilment after => AfterFulfilment(after, earnedAt, fulfilledAt, zone),
            _ => earnedAt,
        };
        return new LotTerms(availableAt, availableAt is { } at ? EndOf(rule.Expiry, at, zone) : null);
    }

    /// <summary>24:00 of the last day, or null.</summary>
    public static Instant? EndOf(ExpiryRule rule, Instant availableAt, DateTimeZone zone) => rule switch
    {
        ExpiryRule.After after => EndOfDay(availableAt, after.Days, zone),
        ExpiryRule.Sliding sliding => EndOfDay(availableAt, sliding.Days, zone),
        ExpiryRule.EndOf end => zone.AtStartOfDay(Periods.Next(end.Period, availableAt.InZone(zone).Date, end.Later + 1)).ToInstant(),
        _ => null,
    };

    /// <summary>24:00 of the day that lies so many days after a moment.</summary>
    public static Instant EndOfDay(Instant from, int days, DateTimeZone zone) =>
        LocalClock.Resolve(from.InZone(zone).Date.PlusDays(days + 1).AtMidnight(), zone);

    private static Instant? AfterFulfilment(ActivationRule.AfterFulfilment rule, Instant paidAt, Instant? fulfilledAt, DateTimeZone zone)
    {
        Instant? window = fulfilledAt is { } at ? DaysLater(at, rule.Days, zone) : null;
        Instant? latest = rule.AtLatestDaysAfterPayment is { } days ? DaysLater(paidAt, days, zone) : null;
        return window ?? latest;
    }

    private static Instant DaysLater(Instant from, int days, DateTimeZone zone) =>
        LocalClock.PlusDays(from, days, zone);
}

/// <summary>Periods of the calendar.</summary>
public static class Periods
{
    /// <summary>The first day of the period that a day lies in.</summary>
    public static LocalDate Start(CalendarPeriod period, LocalDate day) => period switch
    {
        CalendarPeriod.Year => new LocalDate(day.Year, 1, 1),
        CalendarPeriod.Quarter => new LocalDate(day.Year, (day.Month - 1) / 3 * 3 + 1, 1),
        _ => new LocalDate(day.Year, day.Month, 1),
    };

    /// <summary>The first day of the period so many periods after the one that a day lies in.</summary>
    public static LocalDate Next(CalendarPeriod period, LocalDate day, int count = 1) => period switch
    {
        CalendarPeriod.Year => Start(period, day).PlusYears(count),
        CalendarPeriod.Quarter => Start(period, day).PlusMonths(3 * count),
        _ => Start(period, day).PlusMonths(count),
    };
}
