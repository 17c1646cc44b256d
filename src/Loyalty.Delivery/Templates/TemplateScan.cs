using System.Collections.Frozen;

namespace Loyalty.Delivery.Templates;

/// <summary>A variable that a template shows or tests.</summary>
/// <param name="Path">E.g. <c>customer.first-name</c>.</param>
/// <param name="File">The template's file.</param>
/// <param name="Line">From 1.</param>
public sealed record TemplateVariable(string Path, string File, int Line);

/// <summary>
/// Reads a template's tags before Handlebars does, because Handlebars often does not say where an error is, and finds
/// an unknown helper only when a message is rendered for a customer.
/// </summary>
internal sealed class TemplateScan
{
    private static readonly FrozenSet<string> Blocks =
        new[] { "if", "unless", "each", "with" }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Words =
        new[] { "else", "this", "true", "false", "null", "undefined", "." }.ToFrozenSet(StringComparer.Ordinal);

    private readonly string _file;
    private readonly TemplateFaults _faults;
    private readonly Stack<(string Name, TextPlace At)> _open = new();

    private bool _isTangled;

    private TemplateScan(string file, TemplateFaults faults) => (_file, _faults) = (file, faults);

    /// <summary>What to call it.</summary>
    public string File => _file;

    public List<TemplateVariable> Variables { get; } = [];

    public List<(string Name, TextPlace At)> Partials { get; } = [];

    /// <summary>The tags of a text that begins at <paramref name="first"/> of its file.</summary>
    /// <param name="file">What to call it.</param>
    /// <param name="text">The text.</param>
    /// <param name="first">Where it begins.</param>
    /// <param name="faults">Where a tag or block that is not closed, an unknown helper and the like are told.</param>
    public static TemplateScan Of(string file, string text, TextPlace first, TemplateFaults faults)
    {
        var scan = new TemplateScan(file, faults);
        var place = first;
        for (var at = 0; at < text.Length && !faults.IsFull;)
        {
            var start = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (start < 0) break;
            place = place.Behind(text.AsSpan(at, start - at));
            var (close, inner) = Closing(text, start);
            var end = text.IndexOf(close, start + inner, StringComparison.Ordinal);
            if (end < 0)
            {
                scan.Error(place, "a tag is opened and never closed");
                return scan;
            }

            if (close != "--}}") scan.Tag(text[(start + inner)..end].Trim().Trim('~').Trim(), place);
            at = end + close.Length;
            place = place.Behind(text.AsSpan(start, at - start));
        }

        if (scan._isTangled) return scan;
        foreach (var open in scan._open.Reverse()) scan.Error(open.At, $"{{{{#{open.Name}}}}} is never closed; add {{{{/{open.Name}}}}}");
        return scan;
    }

    private static (string Close, int Skip) Closing(string text, int start) =>
        text.AsSpan(start).StartsWith("{{!--") ? ("--}}", 5)
        : text.AsSpan(start).StartsWith("{{{") ? ("}}}", 3)
        : ("}}", 2);

    private void Tag(string tag, TextPlace at)
    {
        if (tag.StartsWith('!')) return;
        if (tag.Length == 0)
        {
            Error(at, "a tag is empty");
            return;
        }

        switch (tag[0])
        {
            case '>': Partial(tag[1..], at); break;
            case '/': Close(tag[1..].Trim(), at); break;
            case '#' when tag.AsSpan(1).TrimStart().StartsWith(">"):
                if (Partial(tag[1..].Trim()[1..], at) is { } partial) _open.Push((partial, at));
                break;
            case '#' or '^' when tag.Length > 1: Open(tag[1..].Trim(), at); break;
            case '^': break;
            default: Expression(tag.TrimStart('&'), at); break;
        }
    }

    private string? Partial(string rest, TextPlace at)
    {
        if (Tokens(rest, at) is not { } tokens) return null;
        if (tokens[0] != "@partial-block") Partials.Add((tokens[0], at));
        return tokens[0];
    }

    private void Open(string rest, TextPlace at)
    {
        if (Tokens(rest, at) is not { } tokens) return;
        _open.Push((tokens[0], at));
        if (!Blocks.Contains(tokens[0])) Error(at, $"{{{{#{tokens[0]}}}}} is unknown; there are {Listed(Blocks)}");
        else if (tokens.Count < 2) Error(at, $"{{{{#{tokens[0]}}}}} needs a variable");
        else Arguments(tokens.Skip(1), at);
    }

    private void Close(string name, TextPlace at)
    {
        if (_isTangled) return;
        if (!_open.TryPop(out var open))
        {
            Error(at, $"{{{{/{name}}}}} closes nothing");
        }
        else if (open.Name != name)
        {
            Error(at, $"{{{{/{name}}}}} comes before {{{{/{open.Name}}}}}, which line {open.At.Line} opens");
            // Which of the two is the mistake nobody knows: what else does not fit together from here on is told once this is mended.
            _isTangled = true;
        }
    }

    private void Expression(string tag, TextPlace at)
    {
        if (Tokens(tag, at) is not { } tokens) return;
        if (tokens[0] == "else") Arguments(tokens.Skip(1).Where(static token => !Blocks.Contains(token)), at);
        else if (tokens.Count == 1) Arguments(tokens, at);
        else if (!TemplateHelpers.Names.Contains(tokens[0])) Error(at, $"there is no helper {tokens[0]}; there are {Listed(TemplateHelpers.Names)}");
        else Arguments(tokens.Skip(1), at);
    }

    private void Arguments(IEnumerable<string> tokens, TextPlace at)
    {
        foreach (var token in tokens)
        {
            var name = token.Contains('=', StringComparison.Ordinal)
                ? token[(token.IndexOf('=', StringComparison.Ordinal) + 1)..]
                : token;
            if (name.Length == 0 || name[0] is '"' or '\'' or '@' or '(' or '|' || char.IsAsciiDigit(name[0])
                || name[0] == '-') continue;
            if (Words.Contains(name) || TemplateHelpers.Names.Contains(name) || name.StartsWith("this.", StringComparison.Ordinal))
                continue;
            if (name.EndsWith('.') || name.StartsWith('.')) Error(at, $"{name} is no path");
            else Variables.Add(new TemplateVariable(name, _file, at.Line));
        }
    }

    private List<string>? Tokens(string text, TextPlace at)
    {
        var tokens = new List<string>();
        var start = -1;
        var quote = '\0';
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                if (i < text.Length) continue;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }

            if (char.IsWhiteSpace(c) || c is '(' or ')')
            {
                if (start >= 0) tokens.Add(text[start..i]);
                start = -1;
            }
            else if (start < 0)
            {
                start = i;
            }
        }

        if (tokens.Count > 0) return tokens;
        Error(at, "a tag has no name");
        return null;
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    private void Error(TextPlace at, string what) => _faults.Add(_file, at, what);
}
