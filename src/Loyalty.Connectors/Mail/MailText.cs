using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;

namespace Loyalty.Connectors.Mail;

/// <summary>What a person wrote, out of a mail that quotes the one it answers.</summary>
internal static class MailText
{
    /// <summary>Characters that are kept.</summary>
    public const int MaxText = 4000;

    private static readonly FrozenSet<string> Unseen = FrozenSet.ToFrozenSet(["style", "script", "head", "title"], StringComparer.OrdinalIgnoreCase);
    private static readonly FrozenSet<string> Blocks = FrozenSet.ToFrozenSet(["br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "hr"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Where mail programs put what they quote: from there on nothing is the person's.</summary>
    private static readonly string[] Quotations = ["gmail_quote", "yahoo_quoted", "divRplyFwdMsg", "appendonsend", "mail-editor-reference-message"];

    /// <summary>The lines that are neither quoted nor introduce a quotation, without signature and without the mail that is appended below; at most <see cref="MaxText"/> characters.</summary>
    public static string OwnWords(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var own = new List<string>();
        var introductions = new List<int>();
        var last = -1;
        for (var i = 0; i < lines.Length; i++)
        {
            if (IsAppended(lines, i)) break;
            if (!lines[i].StartsWith('>'))
            {
                own.Add(lines[i].TrimEnd());
                if (own[^1].Length > 0) last = own.Count - 1;
                continue;
            }

            // A quotation follows: the line that ends in a colon before it introduces it.
            if (last >= 0 && own[last].EndsWith(':') && (introductions.Count == 0 || introductions[^1] != last)) introductions.Add(last);
        }

        var without = Without(own, introductions);
        // Who has written nothing but that line has meant it.
        return Bounded(without.Length > 0 ? without : string.Join('\n', own).Trim());
    }

    /// <summary>What an HTML mail shows, without what its program marks as quoted.</summary>
    public static string OfHtml(string html)
    {
        var shown = new StringBuilder();
        var quoted = 0;
        for (var i = 0; i < html.Length;)
        {
            if (html[i] != '<')
            {
                var next = html.IndexOf('<', i);
                if (next < 0) next = html.Length;
                if (quoted == 0) AppendText(shown, html[i..next]);
                i = next;
                continue;
            }

            if (html.AsSpan(i).StartsWith("<!--"))
            {
                i = After(html, "-->", i);
                continue;
            }

            var end = html.IndexOf('>', i);
            if (end < 0) break;
            var tag = html[(i + 1)..end];
            var isClosing = tag.StartsWith('/');
            var name = NameOf(isClosing ? tag[1..] : tag);
            i = end + 1;
            if (!isClosing && Quotations.Any(one => tag.Contains(one, StringComparison.OrdinalIgnoreCase))) break;
            if (!isClosing && Unseen.Contains(name)) i = After(html, $"</{name}", i);
            if (name.Equals("blockquote", StringComparison.OrdinalIgnoreCase)) quoted = isClosing ? Math.Max(0, quoted - 1) : quoted + 1;
            // A line that introduces a quotation stands directly before it, as in a plain mail.
            if (quoted == 1 && !isClosing && name.Equals("blockquote", StringComparison.OrdinalIgnoreCase)) shown.Append("\n>\n");
            if (quoted == 0 && Blocks.Contains(name)) shown.Append('\n');
        }

        return shown.ToString();
    }

    private static string Without(List<string> own, List<int> introductions)
    {
        var dropped = new HashSet<int>();
        foreach (var at in introductions)
        {
            dropped.Add(at);
            // It may be broken over two lines: "On Monday, 2 March 2026, Ann <ann@x.example>" and "wrote:".
            if (at > 0 && own[at - 1].Length > 0 && own[at].Length < 40 && own[at - 1].Contains('<', StringComparison.Ordinal) && own[at - 1].Contains('@', StringComparison.Ordinal)) dropped.Add(at - 1);
        }

        return string.Join('\n', own.Where((_, at) => !dropped.Contains(at))).Trim();
    }

    /// <summary>From here on it is a signature, or the whole mail that is answered.</summary>
    private static bool IsAppended(string[] lines, int at)
    {
        var line = lines[at].TrimEnd();
        if (line == "--" || line.StartsWith("-----Original Message", StringComparison.OrdinalIgnoreCase) || (line.Length >= 20 && line.All(static c => c == '_'))) return true;
        // Outlook writes the head of the mail that is answered, without a mark before it.
        return line.StartsWith("From: ", StringComparison.Ordinal) && lines.Skip(at + 1).Take(3).Any(static one => one.StartsWith("Sent: ", StringComparison.Ordinal) || one.StartsWith("To: ", StringComparison.Ordinal));
    }

    private static void AppendText(StringBuilder shown, string text)
    {
        var isBlank = shown.Length == 0 || shown[^1] is '\n' or ' ';
        foreach (var c in WebUtility.HtmlDecode(text))
        {
            if (char.IsWhiteSpace(c))
            {
                if (!isBlank) shown.Append(' ');
                isBlank = true;
            }
            else if (c != '\u200b')
            {
                shown.Append(c);
                isBlank = false;
            }
        }
    }

    private static int After(string html, string mark, int from)
    {
        var found = html.IndexOf(mark, from, StringComparison.OrdinalIgnoreCase);
        return found < 0 ? html.Length : found + mark.Length;
    }

    private static string NameOf(string tag)
    {
        var length = 0;
        while (length < tag.Length && char.IsAsciiLetterOrDigit(tag[length])) length++;
        return tag[..length];
    }

    /// <summary>Cut between two characters as people see them, never inside of one.</summary>
    private static string Bounded(string text)
    {
        if (text.Length <= MaxText) return text;
        var length = 0;
        while (StringInfo.GetNextTextElementLength(text, length) is var step and > 0 && length + step <= MaxText) length += step;
        // One that is longer than everything that is kept is no character that anybody sees.
        return length > 0 ? text[..length] : text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];
    }
}
