using System.Numerics;
using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>
/// An NCRONTAB expression with six fields: second, minute, hour, day of month, month, day of week (0 to 6, Sunday is 0), in UTC. A field is a list of
/// <c>*</c>, a value, a range <c>a-b</c>, each with an optional step <c>/n</c>; months and week days also by English name of three letters or more. As in
/// Azure Functions, day of month and day of week must both match.
/// </summary>
public sealed class CronSchedule
{
    /// <summary>The Gregorian calendar repeats itself, week days included, after so many years.</summary>
    private const int CalendarCycleYears = 400;

    private readonly string _text;
    private readonly ulong _seconds;
    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _days;
    private readonly ulong _months;
    private readonly ulong _weekDays;

    private CronSchedule(string text, ulong[] fields)
    {
        _text = text;
        (_seconds, _minutes, _hours) = (fields[0], fields[1], fields[2]);
        (_days, _months, _weekDays) = (fields[3], fields[4], fields[5]);
    }

    /// <summary>Reads an expression. Throws <see cref="FormatException"/> that names field and fault, also for one that never comes.</summary>
    public static CronSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != CronField.All.Count)
        {
            throw new FormatException(
                $"'{text}' has {parts.Length} fields; six are expected: second minute hour day month day-of-week, e.g. '0 */5 * * * *'.");
        }

        var fields = new ulong[parts.Length];
        for (int index = 0; index < parts.Length; index++)
        {
            fields[index] = CronField.All[index].Parse(parts[index], text);
        }

        var schedule = new CronSchedule(text, fields);
        if (schedule.FirstDay(new LocalDate(2000, 1, 1)) is null)
        {
            throw new FormatException($"'{text}' never comes: no month has that day.");
        }

        return schedule;
    }

    /// <summary>The first moment after (never at) an instant.</summary>
    public Instant Next(Instant after)
    {
        LocalDateTime from = after.InUtc().LocalDateTime;
        LocalDate date = from.Date;
        if (Matches(date) && NextTime(from) is { } time)
        {
            return (date + time).InUtc().ToInstant();
        }

        LocalDate day = FirstDay(date.PlusDays(1)) ?? throw new InvalidOperationException($"'{_text}' never comes after {after}.");
        var first = new LocalTime(Lowest(_hours, 0)!.Value, Lowest(_minutes, 0)!.Value, Lowest(_seconds, 0)!.Value);
        return (day + first).InUtc().ToInstant();
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool Has(ulong set, int value) => (set >> value & 1) != 0;

    /// <summary>The lowest member at or above a value.</summary>
    private static int? Lowest(ulong set, int from)
    {
        ulong rest = from > 63 ? 0 : set >> from << from;
        return rest == 0 ? null : BitOperations.TrailingZeroCount(rest);
    }

    private bool Matches(LocalDate date) =>
        Has(_months, date.Month) && Has(_days, date.Day) && Has(_weekDays, (int)date.DayOfWeek % 7);

    /// <summary>The first time of the same day after (never at) a time.</summary>
    private LocalTime? NextTime(LocalDateTime after)
    {
        if (Has(_hours, after.Hour))
        {
            if (Has(_minutes, after.Minute) && Lowest(_seconds, after.Second + 1) is { } second)
            {
                return new LocalTime(after.Hour, after.Minute, second);
            }

            if (Lowest(_minutes, after.Minute + 1) is { } minute)
            {
                return new LocalTime(after.Hour, minute, Lowest(_seconds, 0)!.Value);
            }
        }

        return Lowest(_hours, after.Hour + 1) is { } hour
            ? new LocalTime(hour, Lowest(_minutes, 0)!.Value, Lowest(_seconds, 0)!.Value)
            : null;
    }

    private LocalDate? FirstDay(LocalDate from)
    {
        int lastYear = from.Year + CalendarCycleYears;
        LocalDate day = from;
        while (day.Year <= lastYear)
        {
            if (!Has(_months, day.Month))
            {
                day = new LocalDate(day.Year, day.Month, 1).PlusMonths(1);
            }
            else if (Matches(day))
            {
                return day;
            }
            else
            {
                day = day.PlusDays(1);
            }
        }

        return null;
    }
}
