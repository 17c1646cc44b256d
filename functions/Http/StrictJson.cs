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
    };

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
            return HasNullItem(json) ? (null, $"A list in {char.ToLowerInvariant(what[0])}{what[1..]} has an item that is null.") : (value, null);
        }
        catch (JsonException malformed)
        {
            if (UnknownField.Tell(malformed, typeof(T), Options) is { } unknown) return (null, unknown);
            // The reader's own exception lies within where the text is no JSON; a value of the wrong kind has none.
            var fault = malformed.InnerException is JsonException ? "cannot be read" : "has a value of another kind than is expected (text, number, list)";
            return (null, $"{what} {fault} at {malformed.Path ?? "$"}, line {malformed.LineNumber + 1}.");
        }
    }

    /// <summary>Whether a list has an item that is null: types do not keep it out, and nothing that goes through a list expects it.</summary>
    /// <param name="json">What was read already, so well-formed.</param>
    internal static bool HasNullItem(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("null"u8) < 0) return false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        var lists = new Stack<bool>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject: lists.Push(reader.TokenType == JsonTokenType.StartArray); break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject: lists.Pop(); break;
                case JsonTokenType.Null when lists.TryPeek(out var isList) && isList: return true;
                default: break;
            }
        }

        return false;
    }
}
