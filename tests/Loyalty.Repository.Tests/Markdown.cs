using System.Text;
using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>Links and headings of a page.</summary>
internal static partial class Markdown
{
    /// <summary>Targets of links and pictures, with the line of each; code is left out.</summary>
    public static IEnumerable<(int Line, string Target)> Links(string text)
    {
        var prose = Prose(text);
        return LinkPattern().Matches(prose).Concat(HtmlPattern().Matches(prose))
            .Select(match => (CSharpText.Line(prose, match.Index), match.Groups[1].Value));
    }

    /// <summary>The anchors that a page's headings have.</summary>
    public static IEnumerable<string> Anchors(string text) => HeadingPattern().Matches(FencePattern().Replace(text, Blank)).Select(match => Slug(match.Groups[1].Value));

    private static string Slug(string heading)
    {
        var slug = new StringBuilder();
        foreach (var character in heading.Trim().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(character) || character is '-' or '_') slug.Append(character);
            else if (character == ' ') slug.Append('-');
        }

        return slug.ToString();
    }

    private static string Prose(string text) => CodePattern().Replace(FencePattern().Replace(text, Blank), Blank);

    private static string Blank(Match match) => new([.. match.Value.Select(character => character == '\n' ? '\n' : ' ')]);

    [GeneratedRegex(@"\]\(\s*<?([^)\s>]+)>?(?:\s+""[^""]*"")?\s*\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"\b(?:src|srcset|href)=""([^""\s]+)""")]
    private static partial Regex HtmlPattern();

    [GeneratedRegex(@"(?m)^#{1,6}\s+(.+?)\s*#*\s*$")]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")]
    private static partial Regex FencePattern();

    [GeneratedRegex(@"`[^`\n]*`")]
    private static partial Regex CodePattern();
}
