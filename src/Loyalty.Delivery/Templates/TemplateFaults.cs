using Loyalty.Engine.Ports;

namespace Loyalty.Delivery.Templates;

/// <summary>What one message's template and its partials get wrong; more than <see cref="Limit"/> are not kept.</summary>
internal sealed class TemplateFaults
{
    /// <summary>Faults kept of one message.</summary>
    public const int Limit = 50;

    private readonly List<TemplateFault> _items = [];

    /// <summary>True: nothing is wrong.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>What is read on is told to nobody.</summary>
    public bool IsFull => _items.Count >= Limit;

    /// <summary>By file and place, each once: subject, HTML and text may ask for the same partial.</summary>
    public IReadOnlyList<TemplateFault> Items =>
        [.. _items.Distinct().OrderBy(static one => one.File, StringComparer.Ordinal).ThenBy(static one => one.Line).ThenBy(static one => one.Column)];

    public void Add(string file, TextPlace at, string what)
    {
        if (!IsFull) _items.Add(new TemplateFault(file, at.Line, at.Column, what));
    }
}

/// <summary>A place in a file.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct TextPlace(int Line, int Column)
{
    /// <summary>The begin of a file.</summary>
    public static TextPlace Begin { get; } = new(1, 1);

    /// <summary>The place behind a text that begins here.</summary>
    public TextPlace Behind(ReadOnlySpan<char> text)
    {
        var last = text.LastIndexOf('\n');
        return last < 0 ? this with { Column = Column + text.Length } : new TextPlace(Line + text.Count('\n'), text.Length - last);
    }
}
