using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary><c>spread-over 4h</c>: over how long those go on whose moment an edit has put into the past.</summary>
public static class DueChoice
{
    private const string Word = "spread-over";
    private static readonly Duration Most = Duration.FromDays(7);

    /// <summary>Minutes to 7 days; null: it cannot be read.</summary>
    public static Duration? Parse(string text)
    {
        var words = text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [Word, var span] || CalendarDuration.Parse(span) is not { IsZero: false } over) return null;
        var start = Instant.FromUnixTimeSeconds(0);
        var length = over.After(start, DateTimeZone.Utc) - start;
        return length > Duration.Zero && length <= Most ? length : null;
    }
}
