using System.Net;
using System.Text;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// The plain text of an HTML message: paragraphs by blank lines, list items by dashes, links as <c>text (url)</c>.
/// </summary>
public static class HtmlText
{
    private static readonly string[] Skipped = ["head", "style", "script", "title"];
    private static readonly string[] Paragraphs =
        ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "hr"];
    private static readonly string[] Lines = ["div", "tr", "li", "br", "section", "header", "footer", "body", "html"];

    /// <summary>
    /// The text; lines end with <c>\n</c>, none ends with a space, no two blank lines follow each other.
    /// </summary>
    public static string From(string html)
    {
        var text = new StringBuilder(html.Length);
        var links = new Stack<(string Href, int Start)>();
        for (var at = 0; at < html.Length;)
        {
            if (html[at] != '<')
            {
                var next = html.IndexOf('<', at);
                if (next < 0) next = html.Length;
                Append(text, WebUtility.HtmlDecode(html[at..next]));
                at = next;
                continue;
            }

            if (html.AsSpan(at).StartsWith("<!--"))
            {
                var end = html.IndexOf("-->", at, StringComparison.Ordinal);
                at = end < 0 ? html.Length : end + 3;
                continue;
            }

            var close = TagEnd(html, at);
            if (close <= at) break;
            var tag = html[(at + 1)..close].Trim();
            at = close + 1;
            var name = Name(tag);
            if (Array.IndexOf(Skipped, name) >= 0 && !tag.StartsWith('/'))
            {
                var end = html.IndexOf($"</{name}", at, StringComparison.OrdinalIgnoreCase);
                at = end < 0 ? html.Length : TagEnd(html, end) + 1;
                continue;
            }

            Tag(text, links, tag, name);
        }

        return Tidy(text.ToString());
    }

    private static void Tag(StringBuilder text, Stack<(string Href, int Start)> links, string tag, string name)
    {
        var isEnd = tag.StartsWith('/');
        if (name == "a" && !isEnd)
        {
            links.Push((Attribute(tag, "href") ?? "", text.Length));
        }
        else if (name == "a" && links.TryPop(out var link))
        {
            var shown = text.ToString(link.Start, text.Length - link.Start).Trim();
            var url = link.Href.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? link.Href[7..] : link.Href;
            if (url.Length > 0 && !url.StartsWith('#') && shown != url)
                text.Append(shown.Length > 0 ? $" ({url})" : url);
        }
        else if (name == "img" && Attribute(tag, "alt") is { Length: > 0 } alt)
        {
            Append(text, alt);
        }
        else if (name is "td" or "th" && isEnd)
        {
            text.Append(' ');
        }
        else if (Array.IndexOf(Paragraphs, name) >= 0)
        {
            text.Append("\n\n");
        }
        else if (Array.IndexOf(Lines, name) >= 0)
        {
            if (name == "br" || text.Length == 0 || text[^1] != '\n') text.Append('\n');
            if (name == "li" && !isEnd) text.Append("- ");
        }
    }

    private static void Append(StringBuilder text, string words)
    {
        foreach (var c in words)
        {
            var isSpace = c is ' ' or '\t' or '\r' or '\n';
            if (!isSpace) text.Append(c);
            else if (text.Length > 0 && text[^1] is not (' ' or '\n')) text.Append(' ');
        }
    }

    /// <summary>The tag's closing bracket, which may stand in a quoted attribute before.</summary>
    private static int TagEnd(string html, int start)
    {
        var quote = '\0';
        for (var i = start; i < html.Length; i++)
        {
            var c = html[i];
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '>')
            {
                return i;
            }
        }

        return html.Length - 1;
    }

    private static string Name(string tag)
    {
        var rest = tag.AsSpan().TrimStart('/');
        var end = 0;
        while (end < rest.Length && char.IsAsciiLetterOrDigit(rest[end])) end++;
        return rest[..end].ToString().ToLowerInvariant();
    }

    private static string? Attribute(string tag, string name)
    {
        int Next(int from) => tag.IndexOf(name, from, StringComparison.OrdinalIgnoreCase);
        for (var at = Next(0); at >= 0; at = Next(at + 1))
        {
            if (at == 0 || !char.IsWhiteSpace(tag[at - 1])) continue;
            var rest = tag[(at + name.Length)..].TrimStart();
            if (!rest.StartsWith('=')) continue;
            rest = rest[1..].TrimStart();
            if (rest.Length == 0) return "";
            var end = rest[0] is '"' or '\'' ? rest.IndexOf(rest[0], 1) : rest.IndexOfAny([' ', '\t', '\n']);
            var value = rest[0] is '"' or '\''
                ? rest[1..(end < 0 ? rest.Length : end)]
                : rest[..(end < 0 ? rest.Length : end)];
            return WebUtility.HtmlDecode(value).Trim();
        }

        return null;
    }

    private static string Tidy(string text)
    {
        var tidy = new StringBuilder(text.Length);
        var blank = true;
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim(' ');
            if (trimmed.Length == 0 && blank) continue;
            tidy.Append(trimmed).Append('\n');
            blank = trimmed.Length == 0;
        }

        return tidy.ToString().Trim('\n') + "\n";
    }
}
