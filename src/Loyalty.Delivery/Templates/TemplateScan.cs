using System.Collections.Frozen;
using Loyalty.Engine.Ports;

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
    private readonly Stack<(string Name, int Line)> _open = new();

    private TemplateScan(string file) => _file = file;

    public List<TemplateVariable> Variables { get; } = [];

    public List<(string Name, int Line)> Partials { get; } = [];

    /// <summary>The tags of a text that begins on <paramref name="firstLine"/> of its file.</summary>
    /// <exception cref="TemplateException">A tag or block is not closed, or a helper is unknown.</exception>
    public static TemplateScan Of(string file, string text, int firstLine, IReadOnlySet<string> helpers)
    {
        var scan = new TemplateScan(file);
        var line = firstLine;
        for (var at = 0; at < text.Length;)
        {
            var start = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (start < 0) break;
            line += text.AsSpan(at, start - at).Count('\n');
            var (close, inner) = Closing(text, start);
            var end = text.IndexOf(close, start + inner, StringComparison.Ordinal);
            if (end < 0) throw scan.Error(line, "a tag is opened and never closed");
            if (close != "--}}") scan.Tag(text[(start + inner)..end].Trim().Trim('~').Trim(), line, helpers);
            line += text.AsSpan(start, end - start).Count('\n');
            at = end + close.Length;
        }

        if (scan._open.TryPeek(out var open))
            throw scan.Error(open.Line, $"{{{{#{open.Name}}}}} is never closed; add {{{{/{open.Name}}}}}");
        return scan;
    }

    private static (string Close, int Skip) Closing(string text, int start) =>
        text.AsSpan(start).StartsWith("{{!--") ? ("--}}", 5)
        : text.AsSpan(start).StartsWith("{{{") ? ("}}}", 3)
        : ("}}", 2);

    private void Tag(string tag, int line, IReadOnlySet<string> helpers)
    {
        if (tag.StartsWith('!')) return;
        if (tag.Length == 0) throw Error(line, "a tag is empty");
        switch (tag[0])
        {
            case '>': Partial(tag[1..], line); break;
            case '/': Close(tag[1..].Trim(), line); break;
            case '#' when tag.AsSpan(1).TrimStart().StartsWith(">"):
                _open.Push((Partial(tag[1..].Trim()[1..], line), line));
                break;
            case '#' or '^' when tag.Length > 1: Open(tag[1..].Trim(), line, helpers); break;
            case '^': break;
            default: Expression(tag.TrimStart('&'), line, helpers); break;
        }
    }

    private string Partial(string rest, int line)
    {
        var name = Tokens(rest)[0];
        if (name != "@partial-block") Partials.Add((name, line));
        return name;
    }

    private void Open(string rest, int line, IReadOnlySet<string> helpers)
    {
        var tokens = Tokens(rest);
        if (!Blocks.Contains(tokens[0]))
            throw Error(line, $"{{{{#{tokens[0]}}}}} is unknown; there are {Listed(Blocks)}");
        if (tokens.Count < 2) throw Error(line, $"{{{{#{tokens[0]}}}}} needs a variable");
        _open.Push((tokens[0], line));
        Arguments(tokens.Skip(1), line, helpers);
    }

    private void Close(string name, int line)
    {
        if (!_open.TryPop(out var open)) throw Error(line, $"{{{{/{name}}}}} closes nothing");
        if (open.Name != name)
            throw Error(line, $"{{{{/{name}}}}} comes before {{{{/{open.Name}}}}}, which line {open.Line} opens");
    }

    private void Expression(string tag, int line, IReadOnlySet<string> helpers)
    {
        var tokens = Tokens(tag);
        if (tokens[0] == "else")
        {
            Arguments(tokens.Skip(1).Where(static token => !Blocks.Contains(token)), line, helpers);
            return;
        }

        if (tokens.Count == 1)
        {
            Arguments(tokens, line, helpers);
            return;
        }

        if (!helpers.Contains(tokens[0]))
            throw Error(line, $"there is no helper {tokens[0]}; there are {Listed(helpers)}");
        Arguments(tokens.Skip(1), line, helpers);
    }

    private void Arguments(IEnumerable<string> tokens, int line, IReadOnlySet<string> helpers)
    {
        foreach (var token in tokens)
        {
            var name = token.Contains('=', StringComparison.Ordinal)
                ? token[(token.IndexOf('=', StringComparison.Ordinal) + 1)..]
                : token;
            if (name.Length == 0 || name[0] is '"' or '\'' or '@' or '(' or '|' || char.IsAsciiDigit(name[0])
                || name[0] == '-') continue;
            if (Words.Contains(name) || helpers.Contains(name) || name.StartsWith("this.", StringComparison.Ordinal))
                continue;
            if (name.EndsWith('.') || name.StartsWith('.')) throw Error(line, $"{name} is no path");
            Variables.Add(new TemplateVariable(name, _file, line));
        }
    }

    private List<string> Tokens(string text)
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

        return tokens.Count > 0 ? tokens : throw new TemplateException($"{_file}: a tag has no name.");
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    private TemplateException Error(int line, string what) => new($"{_file}:{line}: {what}.");
}
