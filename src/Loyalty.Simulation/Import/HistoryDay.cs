using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// A day or a moment of a file. Years 1900 to 2199 count: what is reckoned from a date (the end of a lot, an anniversary) must stay a date, and a slip of the
/// keyboard such as the year 0202 or 20226 is no history.
/// </summary>
internal static class HistoryDay
{
    /// <summary>What is expected, in words.</summary>
    public const string Expected = "a date from 1900 to 2199 such as 2026-01-31 or 2026-01-31T09:00:00Z";

    private const int FirstYear = 1900;
    private const int LastYear = 2199;

    /// <summary>The day, and the moment where the text tells one; null: it is none, or out of range.</summary>
    public static (LocalDate Date, Instant? At)? Parse(string text)
    {
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day) return IsInRange(day.Value) ? (day.Value, null) : null;
        return OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } moment && IsInRange(moment.Value.Date)
            ? (moment.Value.Date, moment.Value.ToInstant())
            : null;
    }

    /// <summary>Whether a day may stand in a file.</summary>
    public static bool IsInRange(LocalDate day) => day.Year is >= FirstYear and <= LastYear;
}
