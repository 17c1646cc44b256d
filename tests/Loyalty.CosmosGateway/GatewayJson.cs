using System.Buffers;
using System.Text.Json;

namespace Loyalty.CosmosGateway;

/// <summary>What a client sent, as the service would keep it: its own properties left out, numbers as doubles.</summary>
internal sealed record SentDocument(byte[] Json, string Id, string Partition, string? Kind, string? WakeAt, int? TimeToLive)
{
    /// <summary>The greatest whole number that a double holds exactly.</summary>
    private const long Exact = 1L << 53;

    /// <exception cref="FormatException">It has no id or no partition key, or it is no JSON object: 400.</exception>
    public static SentDocument Read(ReadOnlyMemory<byte> body)
    {
        using var parsed = Parse(body);
        var root = parsed.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new FormatException("A document is a JSON object.");
        string id = Text(root, "id") is { Length: > 0 and <= 255 } given ? given : throw new FormatException("A document has an id of 1 to 255 characters.");
        if (id.AsSpan().IndexOfAny("/\\?#") >= 0) throw new FormatException("An id has none of / \\ ? #.");
        string partition = Text(root, "pk") ?? throw new FormatException("A document has a pk.");
        var buffer = new ArrayBufferWriter<byte>(body.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Copy(root, json, isRoot: true);
        }

        int? ttl = root.TryGetProperty("ttl", out var seconds) ? seconds.GetInt32() : null;
        if (ttl is 0 or < -1) throw new FormatException("A ttl is -1 or at least 1.");
        return new SentDocument(buffer.WrittenSpan.ToArray(), id, partition, Text(root, "kind"), Text(root, "wakeAt"), ttl);
    }

    /// <summary>The document with the properties that the service adds.</summary>
    public byte[] With(string rid, string etag, long timestamp)
    {
        string system = $$""","_rid":"{{rid}}","_self":"dbs/x/colls/x/docs/{{rid}}/","_etag":{{JsonSerializer.Serialize(etag)}},"_attachments":"attachments/","_ts":{{timestamp}}}""";
        return [.. Json.AsSpan()[..^1], .. System.Text.Encoding.UTF8.GetBytes(system)];
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException broken)
        {
            throw new FormatException("The document is no JSON.", broken);
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void Copy(JsonElement value, Utf8JsonWriter json, bool isRoot = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    if (isRoot && property.Name is "_rid" or "_self" or "_etag" or "_attachments" or "_ts") continue;
                    json.WritePropertyName(property.Name);
                    Copy(property.Value, json);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Copy(item, json);
                json.WriteEndArray();
                break;
            case JsonValueKind.Number when value.TryGetInt64(out long whole) && whole is >= -Exact and <= Exact:
                json.WriteNumberValue(whole);
                break;
            case JsonValueKind.Number:
                json.WriteNumberValue(value.GetDouble());
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
