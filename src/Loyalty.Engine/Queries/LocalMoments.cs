using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Queries;

/// <summary>Moments within a text of the program's own (a run's log line), which are written in UTC, as whoever reads them sees them.</summary>
public static class LocalMoments
{
    /// <summary>Characters of <c>2026-03-05T14:00:00Z</c>, the shortest.</summary>
    private const int Shortest = 20;

    /// <summary>The text with each word that is a moment in UTC (ISO 8601) written otherwise; punctuation behind it stays.</summary>
    /// <param name="text">Words with one space between them.</param>
    /// <param name="told">How a moment is written.</param>
    public static string In(string text, Func<Instant, string> told)
    {
        var words = text.Split(' ');
        for (var i = 0; i < words.Length; i++)
        {
            var bare = words[i].TrimEnd(',', ';');
            if (bare.Length >= Shortest && bare[^1] == 'Z' && InstantPattern.ExtendedIso.Parse(bare) is { Success: true } moment)
                words[i] = told(moment.Value) + words[i][bare.Length..];
        }

        return string.Join(' ', words);
    }
}
