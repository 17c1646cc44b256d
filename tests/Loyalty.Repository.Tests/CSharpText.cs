using System.Text;

namespace Loyalty.Repository.Tests;

/// <summary>Just enough of C#'s lexical rules to search code without finding what stands in comments and texts.</summary>
internal static class CSharpText
{
    /// <summary>The code with comments, characters and texts blanked out; lines stay where they are.</summary>
    public static string Code(string source)
    {
        var code = new StringBuilder(source.Length);
        var at = 0;
        while (at < source.Length)
        {
            var end = EndOfIgnored(source, at);
            if (end == at)
            {
                code.Append(source[at++]);
                continue;
            }

            for (; at < end; at++) code.Append(source[at] == '\n' ? '\n' : ' ');
        }

        return code.ToString();
    }

    /// <summary>The line of a position, from 1.</summary>
    public static int Line(string text, int position) => 1 + text.AsSpan(0, position).Count('\n');

    /// <summary>Where the comment or text that begins here ends; <paramref name="at"/> itself where none begins.</summary>
    private static int EndOfIgnored(string source, int at)
    {
        var rest = source.AsSpan(at);
        if (rest.StartsWith("//")) return Until(source, at, "\n");
        if (rest.StartsWith("/*")) return Until(source, at + 2, "*/") + 2;
        if (rest[0] == '\'') return EndOfQuoted(source, at + 1, '\'');
        if (rest.StartsWith("\"\"\"")) return EndOfRaw(source, at);
        if (rest[0] != '"') return at;
        var isVerbatim = at > 0 && (source[at - 1] == '@' || (source[at - 1] == '$' && at > 1 && source[at - 2] == '@'));
        return isVerbatim ? EndOfVerbatim(source, at + 1) : EndOfQuoted(source, at + 1, '"');
    }

    private static int EndOfRaw(string source, int at)
    {
        var quotes = 0;
        while (at + quotes < source.Length && source[at + quotes] == '"') quotes++;
        return Math.Min(source.Length, Until(source, at + quotes, new string('"', quotes)) + quotes);
    }

    private static int EndOfQuoted(string source, int at, char quote)
    {
        while (at < source.Length && source[at] != quote && source[at] != '\n') at += source[at] == '\\' ? 2 : 1;
        return Math.Min(source.Length, at + 1);
    }

    private static int EndOfVerbatim(string source, int at)
    {
        while (at < source.Length)
        {
            if (source[at] != '"') at++;
            else if (at + 1 < source.Length && source[at + 1] == '"') at += 2;
            else return at + 1;
        }

        return source.Length;
    }

    private static int Until(string source, int at, string end)
    {
        var found = at >= source.Length ? -1 : source.IndexOf(end, at, StringComparison.Ordinal);
        return found < 0 ? source.Length : found;
    }
}
