using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loyalty.Core.Journeys;

/// <summary>
/// What each executed step of a run left behind, by step name, in ordinal order of the names. Immutable. A run has executed a handful of steps: to look
/// through them takes less than a hash of the name, and a change copies one small array instead of the nodes of a tree.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class StepRecordDictionary : IReadOnlyDictionary<string, StepRecord>
{
    private readonly ImmutableArray<KeyValuePair<string, StepRecord>> _items;

    private StepRecordDictionary(ImmutableArray<KeyValuePair<string, StepRecord>> items) => _items = items;

    /// <summary>No step was executed.</summary>
    public static StepRecordDictionary Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _items.Select(static item => item.Key);

    /// <inheritdoc/>
    public IEnumerable<StepRecord> Values => _items.Select(static item => item.Value);

    /// <inheritdoc/>
    public StepRecord this[string key] => Find(key) ?? throw new KeyNotFoundException($"The run has not executed a step '{key}'.");

    /// <summary>What a step left; null: it was not executed.</summary>
    public StepRecord? Find(string step)
    {
        foreach (var item in _items)
        {
            if (item.Key == step) return item.Value;
        }

        return null;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Find(key) is not null;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StepRecord value) => (value = Find(key)) is not null;

    /// <summary>The records with that of a step added, or put in the place of what it had.</summary>
    public StepRecordDictionary SetItem(string step, StepRecord record) => With([new(step, record)]);

    /// <summary>The records without that of a step; the same where it has none.</summary>
    public StepRecordDictionary Remove(string step) => ContainsKey(step) ? new StepRecordDictionary(_items.RemoveAll(item => item.Key == step)) : this;

    /// <summary>Several at once, each name once.</summary>
    internal StepRecordDictionary With(ReadOnlySpan<KeyValuePair<string, StepRecord>> changed)
    {
        if (changed.IsEmpty) return this;
        var added = 0;
        foreach (var item in changed)
        {
            if (!ContainsKey(item.Key)) added++;
        }

        var items = new KeyValuePair<string, StepRecord>[_items.Length + added];
        _items.CopyTo(items);
        var count = _items.Length;
        foreach (var item in changed)
        {
            var at = 0;
            while (at < count && string.CompareOrdinal(items[at].Key, item.Key) < 0) at++;
            if (at == count || items[at].Key != item.Key) Array.Copy(items, at, items, at + 1, count++ - at);
            items[at] = item;
        }

        return new StepRecordDictionary(ImmutableCollectionsMarshal.AsImmutableArray(items));
    }

    /// <summary>In ordinal order of the names.</summary>
    public ImmutableArray<KeyValuePair<string, StepRecord>>.Enumerator GetEnumerator() => _items.GetEnumerator();

    IEnumerator<KeyValuePair<string, StepRecord>> IEnumerable<KeyValuePair<string, StepRecord>>.GetEnumerator() => _items.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.AsEnumerable().GetEnumerator();

    /// <summary>An object with the names as its properties.</summary>
    private sealed class Converter : JsonConverter<StepRecordDictionary>
    {
        public override StepRecordDictionary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, StepRecord>>(ref reader, options);
            return read is null ? Empty : Empty.With(read.ToArray());
        }

        public override void Write(Utf8JsonWriter writer, StepRecordDictionary value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, record) in value)
            {
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, record, options);
            }

            writer.WriteEndObject();
        }
    }
}
