using System.Text.Json;
using System.Text.Unicode;
using Loyalty.Core;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.Json;

/// <summary>Parses a body within limits, so that nothing read from it later can throw.</summary>
internal static class JsonBody
{
    private const int HardDepth = 64;

    /// <summary>The document, or why there is none.</summary>
    public static (JsonDocument? Document, RefusalCode Code, string Detail) Parse(
        ReadOnlyMemory<byte> body, int maxDepth)
    {
        if (body.Span.StartsWith("\uFEFF"u8)) body = body[3..];
        if (body.IsEmpty) return (null, RefusalCode.MalformedBody, "The body is empty.");
        if (!Utf8.IsValid(body.Span)) return (null, RefusalCode.MalformedBody, "The body is no valid UTF-8.");
        try
        {
            // Without an escape every text is a text; then only what does not parse is looked at again, to say why.
            maxDepth = Math.Min(maxDepth, HardDepth);
            if (!body.Span.Contains((byte)'\\') && TryParse(body, maxDepth) is { } plain) return (plain, default, "");
            if (Scan(body.Span, maxDepth) is { } tooDeep) return (null, RefusalCode.BodyTooDeep, tooDeep);
            return (JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = HardDepth }), default, "");
        }
        catch (JsonException e)
        {
            var (line, at) = ((e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1);
            return (null, RefusalCode.MalformedBody, $"Not JSON at line {line}, byte {at}.");
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 without its partner: well-formed JSON that is no text. Reading it later would
            // throw.
            return (null, RefusalCode.MalformedBody, "A text has half of a surrogate pair.");
        }
    }

    private static JsonDocument? TryParse(ReadOnlyMemory<byte> body, int maxDepth)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = maxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Scan(ReadOnlySpan<byte> body, int maxDepth)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1000 });
        while (reader.Read())
        {
            // The root is at depth 0, so this is the level after the last one that is taken.
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject
                && reader.CurrentDepth >= maxDepth)
                return $"More than {maxDepth} levels.";

            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                _ = reader.GetString();
        }

        return null;
    }
}
