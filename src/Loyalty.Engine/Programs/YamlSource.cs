using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Loyalty.Engine.Programs;

/// <summary>
/// Reads one YAML file into <see cref="SourceNode"/>s: texts, lists and keys only, one document, no anchors, aliases or tags, no key twice.
/// Bounded in size, depth and number of nodes while reading, so that a hostile file costs milliseconds.
/// </summary>
internal sealed class YamlSource
{
    /// <summary>Bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Levels of lists and keys.</summary>
    public const int MaxDepth = 64;

    /// <summary>Texts, lists and groups of keys.</summary>
    public const int MaxNodes = 50_000;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileFindings _findings;
    private readonly string[] _lines;
    private readonly Stack<Open> _open = [];
    private SourceNode? _root;
    private Mark _reached = Mark.Empty;
    private int _nodes;

    private YamlSource(string text, FileFindings findings)
    {
        _findings = findings;
        _lines = text.Split('\n');
    }

    /// <summary>The file's root; null where findings say why it cannot be read.</summary>
    public static SourceNode? Read(ReadOnlySpan<byte> bytes, FileFindings findings)
    {
        if (bytes.Length > MaxBytes)
        {
            findings.Error(
                1,
                1,
                FindingCodes.TooLarge,
                $"the file has {bytes.Length} bytes, at most {MaxBytes} are read",
                "split it");
            return null;
        }

        string text;
        try
        {
            text = Strict.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes);
        }
        catch (DecoderFallbackException e)
        {
            findings.Error(1, 1, FindingCodes.Unreadable, $"byte {e.Index + 1} is no UTF-8", "save the file as UTF-8");
            return null;
        }

        var control = text.AsSpan().IndexOfAnyInRange('\0', '\u0008');
        if (control >= 0)
        {
            var line = text.AsSpan(0, control).Count('\n') + 1;
            findings.Error(
                line,
                control - text.LastIndexOf('\n', control),
                FindingCodes.Syntax,
                $"a control character (U+{(int)text[control]:X4}) stands here",
                "remove it");
            return null;
        }

        var source = new YamlSource(text, findings);
        try
        {
            return source.Build(text);
        }
        catch (YamlException e)
        {
            var (line, column) = source.TabIn((e.InnerException ?? e).Message) ?? ((int)e.Start.Line, (int)e.Start.Column);
            source.Report(line, column, Shorten((e.InnerException ?? e).Message).TrimEnd('.'));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // So the parser gives up where something cannot stand inside a bracket that is still open; the last it understood stands there.
            source.Report((int)source._reached.Line, (int)source._reached.Column, "a bracket or brace is not closed here");
        }

        return null;
    }

    private void Report(int line, int column, string message) => _findings.Error(
        Math.Max(1, line), Math.Max(1, column), FindingCodes.Syntax, "this is no YAML: " + message, "check indentation, brackets, colons and quotes around here");

    /// <summary>The first tab that indents, where the parser complains of one: it names the place where the group of keys began.</summary>
    private (int Line, int Column)? TabIn(string message)
    {
        if (!message.Contains("tab", StringComparison.Ordinal)) return null;
        for (var i = 0; i < _lines.Length; i++)
        {
            var indent = _lines[i].AsSpan(0, _lines[i].Length - _lines[i].AsSpan().TrimStart(" \t").Length);
            if (indent.IndexOf('\t') is >= 0 and var tab) return (i + 1, tab + 1);
        }

        return null;
    }

    private static string Shorten(string message) => message.Length <= 160 ? message : message[..160] + "…";

    private SourceNode? Build(string text)
    {
        var parser = new Parser(new StringReader(text));
        var documents = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            _reached = current.End;
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    return Refuse(
                        current, "a file holds one document", "put the second document into a file of its own");
                case AnchorAlias:
                    return Refuse(current, "aliases (*name) are not allowed", "write the text out");
                case NodeEvent node when !node.Anchor.IsEmpty:
                    return Refuse(
                        current,
                        "anchors (&name) are not allowed",
                        "remove the anchor and write the text out where it is needed");
                case NodeEvent node when !node.Tag.IsEmpty && node.Tag != "!":
                    return Refuse(
                        current,
                        "tags (!name) are not allowed",
                        "remove the tag: the program knows the type of every key");
                case NodeEvent when ++_nodes > MaxNodes:
                    return Refuse(current, $"the file has more than {MaxNodes} parts", "split it");
            }

            if (!Take(current)) return null;
        }

        if (_root is null)
            _findings.Error(1, 1, FindingCodes.Missing, "the file is empty", "start from an example in docs");
        return _root;
    }

    private SourceNode? Refuse(ParsingEvent at, string message, string remedy)
    {
        _findings.Error((int)at.Start.Line, (int)at.Start.Column, FindingCodes.NotPlainYaml, message, remedy);
        return null;
    }

    private bool Take(ParsingEvent current)
    {
        var (line, column) = ((int)current.Start.Line, (int)current.Start.Column);
        switch (current)
        {
            case Scalar scalar:
                var isPlain = scalar.Style == ScalarStyle.Plain;
                return Place(new SourceNode.Scalar(line, column, scalar.Value, isPlain, isPlain && HasComment(scalar)));
            case SequenceStart:
                var sequence = new SourceNode.Sequence(line, column);
                return Place(sequence) && Push(sequence);
            case MappingStart:
                var map = new SourceNode.Map(line, column);
                return Place(map) && Push(map);
            case SequenceEnd or MappingEnd:
                _open.Pop();
                break;
        }

        return true;
    }

    private bool Push(SourceNode node)
    {
        _open.Push(new Open(node));
        if (_open.Count <= MaxDepth) return true;
        _findings.Error(
            node.Line,
            node.Column,
            FindingCodes.NotPlainYaml,
            $"the file is nested deeper than {MaxDepth} levels",
            "flatten it");
        return false;
    }

    private bool Place(SourceNode node)
    {
        if (!_open.TryPeek(out var open))
        {
            _root = node;
            return true;
        }

        if (open.Node is SourceNode.Sequence sequence)
        {
            sequence.Items.Add(node);
            return true;
        }

        if (open.Key is null)
        {
            if (node is not SourceNode.Scalar key)
            {
                _findings.Error(
                    node.Line,
                    node.Column,
                    FindingCodes.NotPlainYaml,
                    "a key must be a plain text",
                    "write key: value");
                return false;
            }

            if (!open.Keys.Add(key.Text))
                _findings.Error(key, FindingCodes.DuplicateKey, $"'{key.Text}' stands here twice", "keep one of them");
            open.Key = key;
            return true;
        }

        ((SourceNode.Map)open.Node).Entries.Add((open.Key, node));
        open.Key = null;
        return true;
    }

    /// <summary>What follows an unquoted text on its line, if it is a comment: YAML would cut a condition there without a word.</summary>
    private bool HasComment(Scalar scalar)
    {
        var line = (int)scalar.End.Line - 1;
        if (line < 0 || line >= _lines.Length) return false;
        var column = Math.Clamp((int)scalar.End.Column - 1, 0, _lines[line].Length);
        return _lines[line].AsSpan(column).TrimStart().StartsWith("#");
    }

    private sealed class Open(SourceNode node)
    {
        public SourceNode Node { get; } = node;

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public SourceNode.Scalar? Key { get; set; }
    }
}

/// <summary>Findings of one file.</summary>
internal sealed class FileFindings(string file, FindingList list)
{
    public string File { get; } = file;

    /// <inheritdoc cref="FindingList.IsFull"/>
    public bool IsFull => list.IsFull;

    /// <summary>Something was found that forbids publishing.</summary>
    public bool HasErrors { get; private set; }

    public void Error(int line, int column, string code, string message, string remedy)
    {
        HasErrors = true;
        list.Add(new Finding(FindingSeverity.Error, File, Math.Max(1, line), Math.Max(1, column), code, message, remedy));
    }

    public void Error(SourceNode node, string code, string message, string remedy) =>
        Error(node.Line, node.Column, code, message, remedy);

    public void Warning(SourceNode node, string code, string message, string remedy) =>
        list.Add(new Finding(FindingSeverity.Warning, File, node.Line, node.Column, code, message, remedy));
}
