using System.Text.Json;
using System.Text.Json.Serialization;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Reads a JSON body with a bound, or tells what is wrong with it.</summary>
internal static class JsonRequest
{
    /// <summary>Bytes of a body.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>The header that makes a request one, however often it is sent.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>What <see cref="IdempotencyKey"/> means.</summary>
    public const string IdempotencyMeaning =
        "Names this request: sent again with the same body it is answered as before, with another body it is refused.";

    /// <summary>What <see cref="RefusalCode.MissingHeader"/> asks for where nothing more is said.</summary>
    public const string KeyExpected = "Send an Idempotency-Key: 1 to 200 printable ASCII characters, a new one for each request.";

    /// <summary>What is never null in a request is not taken as null from one, either; what a request does not have is not passed over.</summary>
    private static readonly JsonSerializerOptions Options = new(LoyaltyJson.Options)
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The key as it was sent.</summary>
    public static string? Key(HttpRequest request) => request.Headers[IdempotencyKey].FirstOrDefault();

    /// <summary>The body, or the answer that refuses it.</summary>
    public static async Task<(T? Body, IResult? Refusal)> ReadAsync<T>(HttpRequest request, CancellationToken cancellation)
        where T : class
    {
        var bytes = await RequestBody.ReadAsync(request, MostBytes, cancellation);
        return bytes.Length > MostBytes ? (null, Problems.Result(RefusalCode.BodyTooLarge, "At most 1 MiB.")) : Parse<T>(bytes.Span);
    }

    /// <summary>What a body of the right size says, or the answer that refuses it.</summary>
    public static (T? Body, IResult? Refusal) Parse<T>(ReadOnlySpan<byte> json)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize<T>(json, Options) is not { } body) return (null, Problems.Result(RefusalCode.MalformedBody, "The body is null."));
            return HasNullItem(json) ? (null, Problems.Result(RefusalCode.MalformedBody, "A list in the body has an item that is null.")) : (body, null);
        }
        catch (JsonException malformed)
        {
            if (UnknownField.Tell(malformed, typeof(T), Options) is { } unknown) return (null, Problems.Result(RefusalCode.MalformedBody, unknown));
            // The reader's own exception lies within where the text is no JSON; a value of the wrong kind has none.
            var what = malformed.InnerException is JsonException ? "The body cannot be read" : "The body has a value of another kind than is expected (text, number, list)";
            return (null, Problems.Result(RefusalCode.MalformedBody, $"{what} at {malformed.Path ?? "$"}, line {malformed.LineNumber + 1}."));
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
