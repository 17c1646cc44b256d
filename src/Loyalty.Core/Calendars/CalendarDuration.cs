using System.Globalization;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Calendars;

/// <summary>The unit of a <see cref="CalendarDuration"/>.</summary>
public enum CalendarUnit
{
    /// <summary><c>min</c>: elapses.</summary>
    Minutes,

    /// <summary><c>h</c>: elapses.</summary>
    Hours,

    /// <summary><c>d</c>: keeps the local clock.</summary>
    Days,

    /// <summary><c>w</c>: keeps the local clock.</summary>
    Weeks,

    /// <summary><c>mo</c>: keeps the local clock; 31 January + 1mo is the last day of February.</summary>
    Months,

    /// <summary><c>y</c>: keeps the local clock; 29 February + 1y is 28 February.</summary>
    Years,
}

/// <summary>
/// A span as marketers write it: <c>90min</c>, <c>2h</c>, <c>3d</c>, <c>2w</c>, <c>6mo</c>, <c>1y</c>. Minutes and hours elapse;
/// days, weeks, months and years keep the local clock of the zone they are counted in.
/// </summary>
/// <param name="Amount">0 or more; together with the unit at most 100 years.</param>
/// <param name="Unit">What is counted.</param>
public readonly record struct CalendarDuration(int Amount, CalendarUnit Unit)
{
    private const long MaxMinutes = 100L * 366 * 24 * 60;

    /// <summary>True for <c>0d</c> and the like.</summary>
    [JsonIgnore]
    public bool IsZero => Amount == 0;

    /// <summary>True where only whole days are counted, so that it can be added to a date.</summary>
    [JsonIgnore]
    public bool IsCalendar => Unit >= CalendarUnit.Days;

    /// <summary>Days.</summary>
    public static CalendarDuration Days(int amount) => new(amount, CalendarUnit.Days);

    /// <summary>Hours.</summary>
    public static CalendarDuration Hours(int amount) => new(amount, CalendarUnit.Hours);

    /// <summary>Reads <c>30d</c>: digits and a unit out of <c>min h d w mo y</c>, without a space.</summary>
    /// <returns>null where the text is no duration or is longer than 100 years.</returns>
    public static CalendarDuration? Parse(ReadOnlySpan<char> text)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (digits is 0 or > 9) return null;
        CalendarUnit? unit = text[digits..] switch
        {
            "min" => CalendarUnit.Minutes,
            "h" => CalendarUnit.Hours,
            "d" => CalendarUnit.Days,
            "w" => CalendarUnit.Weeks,
            "mo" => CalendarUnit.Months,
            "y" => CalendarUnit.Years,
            _ => null,
        };
        if (unit is null) return null;
        var amount = int.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        return amount * MinutesPer(unit.Value) > MaxMinutes ? null : new CalendarDuration(amount, unit.Value);
    }

    /// <summary>The moment this long after <paramref name="start"/>, by the calendar of <paramref name="zone"/>.</summary>
    public Instant After(Instant start, DateTimeZone zone) => Move(start, zone, 1);

    /// <summary>The moment this long before <paramref name="end"/>, by the calendar of <paramref name="zone"/>.</summary>
    public Instant Before(Instant end, DateTimeZone zone) => Move(end, zone, -1);

    /// <summary>The date this long after (or, with a negative sign, before) a date; minutes and hours count as whole days, downwards.</summary>
    public LocalDate Shift(LocalDate date, int sign) => LocalClock.Clamp(date) + AsPeriod(sign);

    /// <summary>Roughly how long it is, for comparing two of them: a month counts as 30 days, a year as 365.</summary>
    [JsonIgnore]
    public Duration Approximate => Duration.FromMinutes(Amount * MinutesPer(Unit));

    /// <inheritdoc/>
    public override string ToString() => Amount.ToString(CultureInfo.InvariantCulture) + Unit switch
    {
        CalendarUnit.Minutes => "min",
        CalendarUnit.Hours => "h",
        CalendarUnit.Days => "d",
        CalendarUnit.Weeks => "w",
        CalendarUnit.Months => "mo",
        _ => "y",
    };

    private static long MinutesPer(CalendarUnit unit) => unit switch
    {
        CalendarUnit.Minutes => 1,
        CalendarUnit.Hours => 60,
        CalendarUnit.Days => 24 * 60,
        CalendarUnit.Weeks => 7 * 24 * 60,
        CalendarUnit.Months => 30 * 24 * 60,
        _ => 365 * 24 * 60,
    };

    private Instant Move(Instant from, DateTimeZone zone, int sign)
    {
        var start = LocalClock.Clamp(from);
        if (!IsCalendar) return start + Duration.FromMinutes(sign * Amount * MinutesPer(Unit));
        if (IsZero) return start;
        return Unit switch
        {
            CalendarUnit.Days => LocalClock.PlusDays(start, sign * Amount, zone),
            CalendarUnit.Weeks => LocalClock.PlusDays(start, sign * Amount * 7, zone),
            _ => LocalClock.Resolve(start.InZone(zone).LocalDateTime + AsPeriod(sign), zone),
        };
    }

    private Period AsPeriod(int sign) => Unit switch
    {
        CalendarUnit.Minutes => Period.FromDays(sign * (int)(Amount / (24 * 60))),
        CalendarUnit.Hours => Period.FromDays(sign * (Amount / 24)),
        CalendarUnit.Days => Period.FromDays(sign * Amount),
        CalendarUnit.Weeks => Period.FromWeeks(sign * Amount),
        CalendarUnit.Months => Period.FromMonths(sign * Amount),
        _ => Period.FromYears(sign * Amount),
    };
}
