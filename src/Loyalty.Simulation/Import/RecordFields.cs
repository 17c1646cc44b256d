using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Loyalty.Core;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>The properties of one record, each read as what it has to be; a fault names line, path, what was expected and what was found.</summary>
/// <param name="path">Where the record stands in the document; null: on a line of its own, as the row of a table.</param>
/// <param name="line">On which it begins, from 1.</param>
/// <param name="record">The record.</param>
/// <param name="nameOf">What the file calls a property; null: as it is called here.</param>
internal sealed class RecordFields(string? path, int line, JsonElement record, Func<string, string>? nameOf = null)
{
    public int Line { get; } = line;

    /// <summary>What the file calls a property.</summary>
    public string NameOf(string name) => nameOf is null ? name : nameOf(name);

    /// <summary>Refuses properties of other names, and two of one name: nobody can tell which was meant.</summary>
    public RecordFields Only(string[] known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in record.EnumerateObject())
        {
            if (!seen.Add(property.Name)) throw Wrong(property.Name, "every property once", property.Name + " twice");
            if (Array.IndexOf(known, property.Name) >= 0) continue;
            var nearest = NearestName.Of(property.Name, known);
            throw Wrong(property.Name, nearest is null ? $"one of {string.Join(", ", known)}" : $"'{nearest}'", property.Name);
        }

        return this;
    }

    /// <summary>A text, or a whole number as its digits; null and "" are nothing.</summary>
    public string? Text(string name, int most)
    {
        if (!Find(name, out var value)) return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            _ => throw Wrong(name, "a text", value.GetRawText()),
        };
        if (text.Length > most) throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"at most {most} characters"), text);
        return text.Length == 0 ? null : text;
    }

    /// <summary>A number, or a text that is one.</summary>
    public decimal? Number(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number)) return number;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        return value.ValueKind == JsonValueKind.String && decimal.TryParse(value.GetString(), Style, CultureInfo.InvariantCulture, out number)
            ? number
            : throw Wrong(name, "a number such as 12.50", value.GetRawText());
    }

    /// <summary>A day or a moment with an offset.</summary>
    public (LocalDate Date, Instant? At)? Day(string name)
    {
        if (Text(name, 40) is not { } text) return null;
        return HistoryDay.Parse(text) ?? throw Wrong(name, HistoryDay.Expected, text);
    }

    /// <summary>A moment; a day alone is its noon in UTC.</summary>
    public Instant? Moment(string name) => Day(name) is { } day ? day.At ?? day.Date.At(new LocalTime(12, 0)).InUtc().ToInstant() : null;

    /// <summary>A list of texts; null: it is not there.</summary>
    public ImmutableArray<string>? Texts(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String))
            throw Wrong(name, "a list of texts", value.GetRawText());
        return [.. value.EnumerateArray().Select(static item => item.GetString()!)];
    }

    /// <summary>true or false by name.</summary>
    public ImmutableDictionary<string, bool> Flags(string name)
    {
        if (!Find(name, out var value)) return ImmutableDictionary<string, bool>.Empty;
        if (value.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().Any(static item => item.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)))
            throw Wrong(name, "{ \"topic\": true }", value.GetRawText());
        var flags = ImmutableDictionary.CreateBuilder<string, bool>(StringComparer.Ordinal);
        foreach (var item in value.EnumerateObject())
        {
            if (!flags.TryAdd(item.Name, item.Value.GetBoolean())) throw Wrong(name, "each of them once", item.Name + " twice");
        }

        return flags.ToImmutable();
    }

    /// <summary>A list of records with these properties; none: it is not there.</summary>
    public IEnumerable<RecordFields> Records(string name, string[] known, int most)
    {
        if (!Find(name, out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most || value.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.Object))
            throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a list of at most {most:N0} records"), value.ValueKind == JsonValueKind.Array ? string.Create(CultureInfo.InvariantCulture, $"{value.GetArrayLength():N0} items") : value.GetRawText());
        return value.EnumerateArray().Select((item, index) => new RecordFields(string.Create(CultureInfo.InvariantCulture, $"{path}.{name}[{index}]"), Line, item).Only(known));
    }

    /// <summary>true or false; false where it is not there.</summary>
    public bool Flag(string name) => Find(name, out var value)
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false", value.GetRawText()));

    /// <summary>The fault of a property.</summary>
    public PurchaseFileException Wrong(string name, string expected, string found) =>
        PurchaseFileException.At(Line, expected, found, path is null ? NameOf(name) : $"{path}.{name}");

    private bool Find(string name, out JsonElement value) => record.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}

/// <summary>Faults of a file: the first ones are told together.</summary>
internal sealed class FaultList
{
    /// <summary>How many are told.</summary>
    public const int Told = 20;

    private readonly List<string> _faults = [];
    private int _count;

    public void Try(Action read)
    {
        try
        {
            read();
        }
        catch (PurchaseFileException fault)
        {
            if (_count++ < Told) _faults.Add(fault.Message);
        }
    }

    /// <exception cref="PurchaseFileException">There were faults; nothing of the file counts.</exception>
    public void Throw()
    {
        if (_count == 0) return;
        if (_count > Told) _faults.Add(string.Create(CultureInfo.InvariantCulture, $"… and {_count - Told} more."));
        throw new PurchaseFileException(string.Join(Environment.NewLine, _faults));
    }
}
