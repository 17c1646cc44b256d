using System.Text;

namespace Loyalty.Simulation.Import;

/// <summary>
/// Texts of a table that somebody may open in a spreadsheet. A program that opens CSV takes a cell that begins with <c>=</c>, <c>+</c>, <c>-</c> or <c>@</c> for a formula, and a
/// formula can read the other cells and send them elsewhere; names are what strangers tell. So such a text gets an apostrophe before it, as OWASP recommends
/// (https://owasp.org/www-community/attacks/CSV_Injection), also behind characters at which a spreadsheet with another separator would begin a new cell. What has apostrophes
/// before such a character gets one more, so that taking one off again (<see cref="Restored"/>) gives back exactly what was there.
/// </summary>
public static class SpreadsheetText
{
    /// <summary>What makes a cell a formula; the wide forms count where East Asian text is typed.</summary>
    private const string Triggers = "=+-@\uFF1D\uFF0B\uFF0D\uFF20";

    /// <summary>Behind these a spreadsheet may begin a cell within a value; a comma cannot, it is what separates ours.</summary>
    private const string Separators = ";\t\r\n";

    /// <summary>The text as it stands in the table.</summary>
    public static string Guarded(string text)
    {
        if (IsHarmless(text)) return text;
        StringBuilder? guarded = null;
        var copied = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!BeginsCell(text, i) || !IsFormula(text, i)) continue;
            (guarded ??= new StringBuilder(text.Length + 4)).Append(text, copied, i - copied).Append('\'');
            copied = i;
        }

        return guarded is null ? text : guarded.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>What <see cref="Guarded"/> was given.</summary>
    public static string Restored(string text)
    {
        if (!text.Contains('\'', StringComparison.Ordinal)) return text;
        var restored = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\'' || !BeginsCell(text, i) || !IsFormula(text, i + 1)) restored.Append(text[i]);
        }

        return restored.ToString();
    }

    private static bool BeginsCell(string text, int at) => at == 0 || Separators.Contains(text[at - 1], StringComparison.Ordinal);

    /// <summary>Whether there is a trigger behind nothing but apostrophes and blanks.</summary>
    private static bool IsFormula(string text, int from)
    {
        var i = from;
        while (i < text.Length && (text[i] == '\'' || char.IsWhiteSpace(text[i]))) i++;
        return i < text.Length && Triggers.Contains(text[i], StringComparison.Ordinal);
    }

    /// <summary>A phone number (<c>+359887654321</c>) or topics that were declined (<c>-news|offers</c>): sums of nothing, which other systems read as they are.</summary>
    private static bool IsHarmless(string text) =>
        (text.Length > 1 && text[0] == '+' && !text.AsSpan(1).ContainsAnyExceptInRange('0', '9'))
        || (text.Length > 1 && text[0] == '-' && text.AsSpan(1).IndexOfAnyExcept(TopicCharacters) < 0);

    private static readonly System.Buffers.SearchValues<char> TopicCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-|");
}
