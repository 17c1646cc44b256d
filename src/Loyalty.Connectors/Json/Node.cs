using System.Globalization;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Engine.Refusals;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.Json;

/// <summary>
/// A place in a payload that may be there or not. Missing and null read as null; a wrong type is noted once in
/// <see cref="Problems"/> with its path and reads as null too. Numbers are read from their own text: never through a
/// double.
/// </summary>
internal readonly struct Node(JsonElement element, string path, Problems problems)
{
    public static Node Missing { get; } = new(default, "", new Problems());

    private const int MaxItems = 1000;
    private static readonly Instant Earliest = Instant.FromUtc(1970, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(2200, 1, 1, 0, 0);

    public string Path => path;

    public JsonElement Element => element;

    /// <summary>False for missing and for null.</summary>
    public bool Exists => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public Node this[string name]
    {
        get
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            if (element.ValueKind == JsonValueKind.Object)
                return new Node(element.TryGetProperty(name, out var found) ? found : default, inner, problems);
            if (Exists) problems.Add(path.Length == 0 ? "the body" : path, "an object");
            return new Node(default, inner, problems);
        }
    }

    /// <summary>The items of an array; none where it is missing.</summary>
    public List<Node> Items()
    {
        var items = new List<Node>();
        if (!Exists) return items;
        if (element.ValueKind != JsonValueKind.Array)
        {
            problems.Add(path, "an array");
            return items;
        }

        if (element.GetArrayLength() > MaxItems)
        {
            problems.Add(path, $"a list of at most {MaxItems} items", RefusalCode.TooManyItems);
            return items;
        }

        foreach (var item in element.EnumerateArray()) items.Add(new Node(item, $"{path}[{items.Count}]", problems));
        return items;
    }

    /// <summary>The members of an object; none where it is missing.</summary>
    public List<(string Name, Node Value)> Members()
    {
        var members = new List<(string, Node)>();
        if (!Exists) return members;
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(path, "an object");
            return members;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (members.Count == MaxItems)
            {
                problems.Add(path, $"an object of at most {MaxItems} members", RefusalCode.TooManyItems);
                break;
            }

            var inner = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            members.Add((member.Name, new Node(member.Value, inner, problems)));
        }

        return members;
    }

    /// <summary>
    /// Text, trimmed and cut at <paramref name="max"/> characters; a number counts as its text; empty is null.
    /// </summary>
    public string? Text(int max = 500)
    {
        var text = element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!.Trim(),
            JsonValueKind.Number => element.GetRawText(),
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
        if (element.ValueKind == JsonValueKind.String)
        {
            var text = element.GetString()!.Trim();
            if (text.Length is > 0 and <= 100 && !text.Any(char.IsControl)) return text;
            return text.Length == 0 ? null : Wrong<string>("an id of at most 100 characters");
        }

        if (element.ValueKind != JsonValueKind.Number) return Wrong<string>("an id");
        var raw = element.GetRawText();
        return raw.Length <= 100 && raw.All(char.IsAsciiDigit) ? raw : Wrong<string>("a whole number as id");
    }

    /// <summary>An id that must be there.</summary>
    public string RequiredId() => Id() ?? Lacking<string>("an id") ?? "";

    public string RequiredText(int max = 500) => Text(max) ?? Lacking<string>("a text") ?? "";

    /// <summary>An exact decimal, from a number or a text.</summary>
    public decimal? Amount()
    {
        if (!Exists) return null;
        var raw = element.ValueKind switch
        {
            JsonValueKind.Number => element.GetRawText(),
            JsonValueKind.String => element.GetString()!.Trim(),
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
        switch (element.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null: return null;
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String when bool.TryParse(element.GetString(), out var parsed): return parsed;
            default:
                Wrong<string>("true or false");
                return null;
        }
    }

    /// <summary>An ISO 8601 moment with an offset or Z, from 1970 to 2199.</summary>
    public Instant? At()
    {
        if (!Exists || element.ValueKind == JsonValueKind.String && element.GetString()!.Length == 0) return null;
        if (element.ValueKind == JsonValueKind.String && ParseInstant(element.GetString()!) is { } at) return at;
        Wrong<string>("a moment such as 2026-01-31T09:00:00Z");
        return null;
    }

    public LocalDate? Day()
    {
        if (!Exists) return null;
        if (element.ValueKind == JsonValueKind.String
            && LocalDatePattern.Iso.Parse(element.GetString()!) is { Success: true } day) return day.Value;
        Wrong<string>("a date such as 1990-01-31");
        return null;
    }

    /// <summary>A moment by ISO 8601, or null.</summary>
    public static Instant? ParseInstant(string text)
    {
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(text);
        if (!parsed.Success) return null;
        var at = parsed.Value.ToInstant();
        return at >= Earliest && at < Latest ? at : null;
    }

    public void Fail(string expected, RefusalCode code = RefusalCode.InvalidField) =>
        problems.Add(path, expected, code);

    private T? Wrong<T>(string expected)
    {
        problems.Add(path, expected);
        return default;
    }

    private T? Lacking<T>(string expected) => Wrong<T>(expected);
}
