using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Loyalty.Core.Serialization;

namespace Loyalty.Functions.Http;

/// <summary>Reads JSON that somebody has written for one purpose (a request's body, a file of the command line): what is not expected is told, never passed over.</summary>
public static class StrictJson
{
    /// <summary>What is never null in a request is not taken as null from one, either; what a request does not have is not passed over.</summary>
    private static readonly JsonSerializerOptions Options = new(LoyaltyJson.Options)
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        // Of a field that stands twice the last would count here and perhaps the first for whoever looked at the request on its way.
        AllowDuplicateProperties = false,
    };

    /// <summary>How the serializer begins what it says of a field that stands twice; it has no other sign for it.</summary>
    private const string Twice = "Duplicate propert";

    /// <summary>The value, or what is wrong with the text.</summary>
    /// <typeparam name="T">What is expected.</typeparam>
    /// <param name="json">UTF-8.</param>
    /// <param name="what">What the text is, at the beginning of a sentence: <c>The body</c>.</param>
    /// <returns>Exactly one of both.</returns>
    public static (T? Value, string? Problem) Read<T>(ReadOnlySpan<byte> json, string what)
        where T : class
    {
        // Editors on Windows put it before UTF-8; a reader may pass it over (RFC 8259, section 8.1).
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            if (JsonSerializer.Deserialize<T>(json, Options) is not { } value) return (null, $"{what} is null.");
            return NullItem(json) is { } place ? (null, $"{place}: null is no item of a list.") : (value, null);
        }
        catch (JsonException malformed)
        {
            if (UnknownField.Tell(malformed, typeof(T), Options) is { } unknown) return (null, unknown);
            if (malformed.Message.StartsWith(Twice, StringComparison.Ordinal)) return (null, $"{what} has a field twice at {malformed.Path ?? "$"}, line {malformed.LineNumber + 1}: leave one.");
            // The reader's own exception lies within where the text is no JSON; a value of the wrong kind has none.
            var fault = malformed.InnerException is JsonException ? "cannot be read" : "has a value of another kind than is expected (text, number, list)";
            return (null, $"{what} {fault} at {malformed.Path ?? "$"}, line {malformed.LineNumber + 1}.");
        }
    }

    /// <summary>Where a list has an item that is null, as <c>lines[1]</c>; null: nowhere. Types do not keep it out, and nothing that goes through a list expects it.</summary>
    /// <param name="json">What was read already, so well-formed.</param>
    internal static string? NullItem(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("null"u8) < 0) return null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        // What is open: of a list the number of the item, of an object the name of the field that is being read.
        var open = new Stack<(int? Item, string Field)>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                open.Pop();
                continue;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                open.Pop();
                open.Push((null, reader.GetString()!));
                continue;
            }

            if (open.TryPop(out var within)) open.Push(within.Item is { } item ? (item + 1, "") : within);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray: open.Push((-1, "")); break;
                case JsonTokenType.StartObject: open.Push((null, "")); break;
                case JsonTokenType.Null when open.TryPeek(out var list) && list.Item is not null: return Place(open);
                default: break;
            }
        }

        return null;
    }

    private static string Place(Stack<(int? Item, string Field)> open)
    {
        var place = new StringBuilder();
        foreach (var (item, field) in open.Reverse())
        {
            if (item is { } number) place.Append(CultureInfo.InvariantCulture, $"[{number}]");
            else place.Append(place.Length > 0 ? "." : "").Append(field);
        }

        return place.ToString();
    }
}
