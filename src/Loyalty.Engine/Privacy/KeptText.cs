using System.Globalization;
using System.Text.RegularExpressions;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// A body that nobody could map, as a text in which names are looked for: as it stands, as JSON and forms write it (<c>\u002b</c>, <c>\/</c>, <c>%40</c>), and as
/// people write numbers.
/// </summary>
/// <param name="body">The body.</param>
internal sealed partial class KeptText(string body)
{
    private readonly List<string> _readings = Readings(body);
    private string? _digits;

    /// <summary>Whether it has a name in it: the whole of it, not the end of a longer one (<c>ann@</c> is not in <c>joann@</c>).</summary>
    /// <param name="name">An address, a number in E.164, a shop's id.</param>
    public bool Names(string name)
    {
        if (_readings.Exists(text => Has(text, name))) return true;
        // A number is written with blanks and brackets, and known without; whatever stands beside it runs into it then.
        return name[0] == '+' && (_digits ??= string.Concat(body.Split(' ', '-', '.', '(', ')'))).Contains(name, StringComparison.Ordinal);
    }

    private static List<string> Readings(string body)
    {
        List<string> readings = [body];
        if (body.Contains('\\', StringComparison.Ordinal)) readings.Add(Unescaped().Replace(body, Character));
        if (body.Contains('%', StringComparison.Ordinal)) readings.Add(Uri.UnescapeDataString(body));
        return readings;
    }

    private static bool Has(string text, string name)
    {
        for (var at = 0; (at = text.IndexOf(name, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var end = at + name.Length;
            if ((at == 0 || !GoesOn(text[at - 1])) && (end == text.Length || !(char.IsLetterOrDigit(text[end]) || IsHostGoingOn(text, end)))) return true;
        }

        return false;
    }

    /// <summary>What stands before an address without a break is its beginning. A plus is not: in a form it is a blank.</summary>
    private static bool GoesOn(char before) => char.IsLetterOrDigit(before) || before is '.' or '_' or '-';

    /// <summary><c>ann@example.com</c> is not in <c>ann@example.com.au</c>; a full stop at the end of a sentence is none of it.</summary>
    private static bool IsHostGoingOn(string text, int at) => text[at] is '.' or '-' && at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1]);

    private static string Character(Match match) => match.Groups["code"] is { Success: true, Value: var code }
        ? ((char)ushort.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()
        // The end of a line or a tab is a break, whatever stands for it.
        : match.ValueSpan[1] is '/' or '\\' or '"' ? match.Value[1..] : " ";

    [GeneratedRegex(@"\\(u(?<code>[0-9A-Fa-f]{4})|[/\\""bfnrt])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Unescaped();
}
