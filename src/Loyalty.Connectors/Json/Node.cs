using System.Globalization;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.Json;

/// <summary>
/// A place in a payload that may be there or not. Missing and null read as null; a wrong type is noted once in
/// <see cref="Problems"/> with its path and reads as null too. Numbers are read from their own text: never through a
/// double.
/// </summary>
internal readonly struct Node
{
    private const int MaxItems = 1000;

    private readonly JsonElement _element;
    private readonly Problems _problems;
    private readonly Step? _here;
    private readonly Step? _parent;
    private readonly string _name;

    public Node(JsonElement element, string path, Problems problems)
        : this(element, null, path, problems)
    {
    }

    /// <summary>A field. Only what can have fields of its own makes its place known to them beforehand.</summary>
    private Node(JsonElement element, Step? parent, string name, Problems problems)
    {
        _element = element;
        _problems = problems;
        _parent = parent;
        _name = name;
        _here = element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? new Step(parent, name, 0) : null;
    }

    /// <summary>An item of a list.</summary>
    private Node(JsonElement element, Step here, Problems problems)
    {
        _element = element;
        _problems = problems;
        _here = here;
        _name = "";
    }

    public static Node Missing { get; } = new(default, "", new Problems());

    /// <summary>Made when it is asked for: hardly any field of a payload is ever told about.</summary>
    public string Path => Here().ToString();

    public JsonElement Element => _element;

    /// <summary>False for missing and for null.</summary>
    public bool Exists => _element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public Node this[string member]
    {
        get
        {
            if (_element.ValueKind == JsonValueKind.Object)
                return new Node(_element.TryGetProperty(member, out var found) ? found : default, _here, member, _problems);
            if (Exists) _problems.Add(Path is { Length: > 0 } path ? path : "the body", "an object");
            return new Node(default, Here(), member, _problems);
        }
    }

    /// <summary>The items of an array; none where it is missing.</summary>
    public List<Node> Items()
    {
        if (!Exists) return [];
        if (_element.ValueKind != JsonValueKind.Array)
        {
            _problems.Add(Path, "an array");
            return [];
        }

        var count = _element.GetArrayLength();
        if (count > MaxItems)
        {
            _problems.Add(Path, $"a list of at most {MaxItems} items", RefusalCode.TooManyItems);
            return [];
        }

        var items = new List<Node>(count);
        var here = Here();
        foreach (var item in _element.EnumerateArray()) items.Add(new Node(item, new Step(here, null, items.Count), _problems));
        return items;
    }

    /// <summary>The members of an object; none where it is missing.</summary>
    public List<(string Name, Node Value)> Members()
    {
        var members = new List<(string, Node)>();
        if (!Exists) return members;
        if (_element.ValueKind != JsonValueKind.Object)
        {
            _problems.Add(Path, "an object");
            return members;
        }

        var here = Here();
        foreach (var member in _element.EnumerateObject())
        {
            if (members.Count == MaxItems)
            {
                _problems.Add(Path, $"an object of at most {MaxItems} members", RefusalCode.TooManyItems);
                break;
            }

            members.Add((member.Name, new Node(member.Value, here, member.Name, _problems)));
        }

        return members;
    }

    /// <summary>
    /// Text, trimmed and cut at <paramref name="max"/> characters; a number counts as its text; empty is null.
    /// </summary>
    public string? Text(int max = 500)
    {
        var text = _element.ValueKind switch
        {
            JsonValueKind.String => _element.GetString()!.Trim(),
            JsonValueKind.Number => _element.GetRawText(),
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            _ => Wrong<string>("a text"),
        };
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Length <= max) return text;
        return char.IsHighSurrogate(text[max - 1]) ? text[..(max - 1)] : text[..max];
    }

    /// <summary>An id: a text of 1 to 100 characters, or a whole number of any size by its own digits.</summary>
    public string? Id()
    {
        if (!Exists) return null;
        if (_element.ValueKind == JsonValueKind.String)
        {
            var text = _element.GetString()!.Trim();
            if (text.Length is > 0 and <= 100 && !text.Any(char.IsControl)) return text;
            return text.Length == 0 ? null : Wrong<string>("an id of at most 100 characters");
        }

        if (_element.ValueKind != JsonValueKind.Number) return Wrong<string>("an id");
        var raw = _element.GetRawText();
        return raw.Length <= 100 && raw.All(char.IsAsciiDigit) ? raw : Wrong<string>("a whole number as id");
    }

    /// <summary>An id that must be there.</summary>
    public string RequiredId() => Id() ?? Lacking<string>("an id") ?? "";

    public string RequiredText(int max = 500) => Text(max) ?? Lacking<string>("a text") ?? "";

    /// <summary>An exact decimal, from a number or a text.</summary>
    public decimal? Amount()
    {
        if (!Exists) return null;
        var raw = _element.ValueKind switch
        {
            JsonValueKind.Number => _element.GetRawText(),
            JsonValueKind.String => _element.GetString()!.Trim(),
            _ => "",
        };
        const NumberStyles Style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (raw.Length is > 0 and <= 40 && decimal.TryParse(raw, Style, CultureInfo.InvariantCulture, out var value)
            && Math.Abs(value) < 1e15m)
            return value;
        Wrong<string>("a decimal amount");
        return null;
    }

    /// <summary>A whole number within ±10^15, from a number or a text.</summary>
    public long? Whole()
    {
        if (Amount() is not { } amount) return null;
        if (amount == decimal.Truncate(amount)) return (long)amount;
        Wrong<string>("a whole number");
        return null;
    }

    public bool? Flag()
    {
        switch (_element.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null: return null;
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String when bool.TryParse(_element.GetString(), out var parsed): return parsed;
            default:
                Wrong<string>("true or false");
                return null;
        }
    }

    /// <summary>An ISO 8601 moment with an offset or Z, from 1970 to 2199.</summary>
    public Instant? At()
    {
        if (!Exists || _element.ValueKind == JsonValueKind.String && _element.GetString()!.Length == 0) return null;
        if (_element.ValueKind == JsonValueKind.String && ParseInstant(_element.GetString()!) is { } at) return at;
        Wrong<string>("a moment such as 2026-01-31T09:00:00Z");
        return null;
    }

    /// <summary>A moment in UTC that the platform writes without its zone, <c>2017-03-22T19:28:02</c> or <c>2017-03-22 19:28:02</c>; one with a zone is taken too.</summary>
    public Instant? AtUtc()
    {
        if (!Exists || _element.ValueKind == JsonValueKind.String && _element.GetString()!.Length == 0) return null;
        if (_element.ValueKind == JsonValueKind.String && ParseUtc(_element.GetString()!) is { } at) return at;
        Wrong<string>("a moment such as 2026-01-31T09:00:00");
        return null;
    }

    /// <summary>Seconds since 1970.</summary>
    public Instant? AtSeconds()
    {
        if (Whole() is not { } seconds) return null;
        if (seconds >= EventTime.Earliest.ToUnixTimeSeconds() && seconds < EventTime.End.ToUnixTimeSeconds()) return Instant.FromUnixTimeSeconds(seconds);
        Wrong<string>("seconds since 1970");
        return null;
    }

    public LocalDate? Day()
    {
        if (!Exists) return null;
        if (_element.ValueKind == JsonValueKind.String
            && LocalDatePattern.Iso.Parse(_element.GetString()!) is { Success: true } day) return day.Value;
        Wrong<string>("a date such as 1990-01-31");
        return null;
    }

    /// <summary>A moment by ISO 8601, or null.</summary>
    public static Instant? ParseInstant(string text)
    {
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(text);
        if (!parsed.Success) return null;
        var at = parsed.Value.ToInstant();
        return EventTime.Has(at) ? at : null;
    }

    private static Instant? ParseUtc(string text)
    {
        if (ParseInstant(text) is { } at) return at;
        return text.Length is >= 19 and <= 40 && text[10] is 'T' or ' ' && ParseInstant(string.Concat(text.AsSpan(0, 10), "T", text.AsSpan(11), "Z")) is { } utc ? utc : null;
    }

    public void Fail(string expected, RefusalCode code = RefusalCode.InvalidField) =>
        _problems.Add(Path, expected, code);

    private T? Wrong<T>(string expected)
    {
        _problems.Add(Path, expected);
        return default;
    }

    private Step Here() => _here ?? new Step(_parent, _name, 0);

    private T? Lacking<T>(string expected) => Wrong<T>(expected);

    /// <summary>A place: a field of, or an item in, what is above it.</summary>
    private sealed class Step(Step? parent, string? name, int index)
    {
        public override string ToString()
        {
            var above = parent?.ToString() ?? "";
            if (name is null) return string.Create(CultureInfo.InvariantCulture, $"{above}[{index}]");
            return above.Length == 0 ? name : $"{above}.{name}";
        }
    }
}
