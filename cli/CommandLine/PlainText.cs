using System.Text;

namespace Loyalty.Cli.CommandLine;

/// <summary>Text that strangers wrote, for a terminal: nothing of it moves the cursor, changes a colour or turns the direction of what stands beside it.</summary>
internal static class PlainText
{
    /// <summary>In one line of at most so many characters; what is cut off is told by an ellipsis.</summary>
    public static string OneLine(string text, int width)
    {
        var line = string.Join(' ', Clean(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= width ? line : line[..(char.IsHighSurrogate(line[width - 2]) ? width - 2 : width - 1)] + "…";
    }

    /// <summary>In lines of at most so many characters, broken between words where there are any.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var rest = Clean(paragraph).Trim();
            while (rest.Length > width)
            {
                var space = rest.LastIndexOf(' ', width);
                var end = space > 0 ? space : char.IsHighSurrogate(rest[width - 1]) ? width - 1 : width;
                yield return rest[..end].TrimEnd();
                rest = rest[end..].TrimStart();
            }

            yield return rest;
        }
    }

    private static string Clean(string text)
    {
        if (!text.Any(IsActive)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text) clean.Append(IsActive(c) ? ' ' : c);
        return clean.ToString();
    }

    /// <summary>Control characters, and those that order what is written from right to left.</summary>
    private static bool IsActive(char c) => char.IsControl(c) || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u200E' or '\u200F' or '\u2028' or '\u2029';
}
