using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Loyalty.Core;

namespace Loyalty.Engine.Runs;

/// <summary>What a template can show, made when the first value is asked for: a renderer that shows nothing (a simulation's) never asks.</summary>
internal sealed class LazyValues(Func<Dictionary<string, AttributeValue>> make) : IReadOnlyDictionary<string, AttributeValue>
{
    private Dictionary<string, AttributeValue>? _made;

    public int Count => Made.Count;
    public IEnumerable<string> Keys => Made.Keys;
    public IEnumerable<AttributeValue> Values => Made.Values;

    private Dictionary<string, AttributeValue> Made => _made ??= make();

    public AttributeValue this[string key] => Made[key];

    public bool ContainsKey(string key) => Made.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out AttributeValue value) => Made.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() => Made.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
