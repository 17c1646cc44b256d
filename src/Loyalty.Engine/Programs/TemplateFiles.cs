using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace Loyalty.Engine.Programs;

/// <summary>A value that a template shows.</summary>
/// <param name="Path">As written: <c>customer.first-name</c>, <c>points</c>.</param>
/// <param name="File">The template's file.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1: the begin of the tag.</param>
/// <param name="IsTested">It stands where <c>{{#if path}}</c> has shown that it is set, or is that test itself.</param>
internal sealed record TemplateVariable(string Path, string File, int Line, int Column, bool IsTested)
{
    /// <summary>File, line and column.</summary>
    public string Place => $"{File}:{Line}:{Column}";
}

/// <summary>One file of a template or partial.</summary>
/// <param name="Variables">What it shows or tests, each once, and once more where it stands without a test as well as with one.</param>
/// <param name="Partials">Whom it asks for: <c>{{&gt; footer}}</c>, <c>{{#&gt; layout}}</c>.</param>
internal sealed record TemplateText(ImmutableArray<TemplateVariable> Variables, ImmutableArray<string> Partials);

/// <summary>What a template needs, over all its languages.</summary>
internal sealed record TemplateFiles
{
    /// <summary>Links that delivery makes for each message.</summary>
    public static ImmutableArray<string> Links { get; } = ["links.unsubscribe", "links.preferences", "links.feedback"];

    /// <summary>Languages by file name.</summary>
    public ImmutableSortedSet<string> Locales { get; init; } = [];

    /// <summary>Each variable once per language, and once more where it stands without a test as well as with one.</summary>
    public ImmutableArray<TemplateVariable> Variables { get; init; } = [];

    /// <summary>Bytes of one language.</summary>
    public const int MaxBytes = 1 << 18;

    /// <summary>Blocks (<c>{{#if}}</c>) in each other.</summary>
    public const int MaxBlocks = 32;

    /// <summary>Different values that one file shows, at most: what compiles templates takes four times as long for twice as many.</summary>
    public const int MaxVariables = 2000;

    /// <summary>Tags (<c>{{…}}</c>) of one file, at most.</summary>
    public const int MaxTags = 10_000;

    /// <summary>Whether a file can be a template at all: not too large, UTF-8, blocks not nested too deep. What is wrong becomes a finding.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> bytes, FileFindings findings)
    {
        if (bytes.Length > MaxBytes)
        {
            findings.Error(1, 1, FindingCodes.TooLarge, $"the template has {bytes.Length} bytes, at most {MaxBytes} are read", "shorten it: mail programs cut what is longer than about 100 KB");
            return false;
        }

        if (!Utf8.IsValid(bytes))
        {
            findings.Error(1, 1, FindingCodes.Unreadable, "the template is no UTF-8", "save the file as UTF-8");
            return false;
        }

        var (line, open) = (1, 0);
        for (var at = 0; at < bytes.Length - 2; at++)
        {
            if (bytes[at] == '\n') line++;
            if (bytes[at] != '{' || bytes[at + 1] != '{') continue;
            // {{~ #if and {{{ name no more than a few characters before the name.
            var inner = bytes.Slice(at + 2, Math.Min(8, bytes.Length - at - 2)).TrimStart("{~ "u8);
            if (inner.StartsWith("#"u8)) open++;
            else if (inner.StartsWith("/"u8)) open--;
            if (open <= MaxBlocks) continue;
            findings.Error(line, 1, FindingCodes.TooLarge, $"blocks are nested deeper than {MaxBlocks} levels", "flatten the template");
            return false;
        }

        return true;
    }

    /// <summary>Adds a language.</summary>
    public TemplateFiles WithLocale(string locale) => this with { Locales = Locales.Add(locale) };

    /// <summary>Adds what a language shows.</summary>
    public TemplateFiles With(IEnumerable<TemplateVariable> variables) => this with { Variables = Variables.AddRange(variables) };

    /// <summary>Finds <c>{{path}}</c>, <c>{{{path}}}</c>, the paths of <c>{{#if path}}</c>, and partials; comments and <c>{{else}}</c> name none.</summary>
    public static TemplateText Scan(string file, ReadOnlyMemory<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Span);
        var found = ImmutableArray.CreateBuilder<TemplateVariable>();
        var partials = ImmutableArray.CreateBuilder<string>();
        var known = new HashSet<(string, bool)>();
        var blocks = new Stack<TemplateBlock>();
        var (line, lineStart, counted) = (1, 0, 0);
        for (var at = text.IndexOf("{{", StringComparison.Ordinal); at >= 0; at = text.IndexOf("{{", at, StringComparison.Ordinal))
        {
            var between = text.AsSpan(counted, at - counted);
            line += between.Count('\n');
            if (between.LastIndexOf('\n') is >= 0 and var last) lineStart = counted + last + 1;
            counted = at;
            var isComment = text.AsSpan(at).StartsWith("{{!--");
            var end = text.IndexOf(isComment ? "--}}" : "}}", at + 2, StringComparison.Ordinal);
            if (end < 0) break;
            var tag = text[(at + 2)..end];
            foreach (var path in Paths(tag))
            {
                var isTested = TemplateBlock.IsTest(tag) || blocks.Any(block => block.Proves == path);
                if (known.Add((path, isTested))) found.Add(new TemplateVariable(path, file, line, at - lineStart + 1, isTested));
            }

            if (!isComment && Partial(tag) is { } partial) partials.Add(partial);
            TemplateBlock.Follow(tag, blocks);

            at = end;
        }

        return new TemplateText(found.ToImmutable(), partials.ToImmutable());
    }

    /// <summary>The partial that <c>{{&gt; name}}</c> or <c>{{#&gt; name}}</c> asks for; null: the tag is none.</summary>
    private static string? Partial(string tag)
    {
        var inner = tag.AsSpan().Trim("~ \t\r\n");
        if (inner.StartsWith("#")) inner = inner[1..].TrimStart();
        if (!inner.StartsWith(">")) return null;
        var name = inner[1..].Trim().ToString().Split([' ', '\t', '\r', '\n'], 2)[0];
        return name is "" or "@partial-block" ? null : name;
    }

    private static IEnumerable<string> Paths(string tag)
    {
        var inner = tag.Trim('{', '}', '~', ' ', '\t', '\r', '\n');
        if (inner.Length == 0 || inner[0] is '!' or '>' or '/' or '&') yield break;
        var words = inner.Split([' ', '\t', '\r', '\n', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        if (inner.StartsWith("#>", StringComparison.Ordinal) || words[0] is "else" && words.Length == 1) yield break;
        var arguments = inner[0] == '#' || words.Length > 1 ? words.Skip(words[0] is "#" or "else" ? 2 : 1) : words;
        foreach (var word in arguments)
        {
            var path = word.Contains('=', StringComparison.Ordinal) ? word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..] : word;
            if (path.Length > 0 && char.IsAsciiLetter(path[0]) && path is not ("this" or "true" or "false" or "null" or "undefined" or "if" or "unless"))
                yield return path;
        }
    }
}

/// <summary>An open <c>{{#…}}</c> block.</summary>
/// <param name="Tests">The value that <c>#if</c> or <c>#unless</c> asks about; null: none.</param>
/// <param name="IsSet">Inside it the value is set.</param>
internal sealed record TemplateBlock(string? Tests, bool IsSet)
{
    /// <summary>The value that is set inside; null: none is known to be.</summary>
    public string? Proves => IsSet ? Tests : null;

    /// <summary>Whether a tag asks about a value instead of showing it.</summary>
    public static bool IsTest(string tag) => Words(tag) is ["#if" or "#unless" or "#each" or "#with", ..] or ["else", "if", ..];

    /// <summary>Opens, turns and closes blocks.</summary>
    public static void Follow(string tag, Stack<TemplateBlock> blocks)
    {
        switch (Words(tag))
        {
            case ["#if", var tested, ..]: blocks.Push(new TemplateBlock(tested, IsSet: true)); break;
            case ["#unless", var tested, ..]: blocks.Push(new TemplateBlock(tested, IsSet: false)); break;
            case [['#' or '^', _, ..], ..]: blocks.Push(new TemplateBlock(null, IsSet: false)); break;
            case ["else", "if", var tested, ..] when blocks.Count > 0:
                blocks.Pop();
                blocks.Push(new TemplateBlock(tested, IsSet: true));
                break;
            case ["else" or "^"] when blocks.TryPop(out var open): blocks.Push(open with { IsSet = !open.IsSet }); break;
            case [['/', ..], ..]: blocks.TryPop(out _); break;
        }
    }

    private static string[] Words(string tag) => tag.Trim('{', '}', '~', ' ', '\t', '\r', '\n').Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
