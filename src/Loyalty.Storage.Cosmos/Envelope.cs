using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Loyalty.Engine.Storage;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// A document as it lies in the container: <c>id</c>, <c>pk</c> (partition), <c>kind</c>, <c>wakeAt</c>, <c>expiresAt</c> and <c>ttl</c>, <c>w</c>
/// (which write it is of), and <c>body</c> or <c>zip</c> (<see cref="PackedBody"/>). Written and read as bytes, so the body is parsed by nobody but its
/// user.
/// </summary>
internal static class Envelope
{
    /// <summary>Of one length from year 1 to 9999, so that the order of the texts is the order of the instants (to 100 ns, as in every store).</summary>
    private static readonly InstantPattern Moment = InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss'.'fffffff'Z'");

    public static string Text(Instant moment) => Moment.Format(moment);

    public static Instant Parse(string moment) => Moment.Parse(moment).Value;

    /// <param name="partition">The partition.</param>
    /// <param name="id">The id.</param>
    /// <param name="content">The rest.</param>
    /// <param name="token">Which write this is: found again after an answer was lost.</param>
    /// <param name="now">From which the time to live counts.</param>
    public static MemoryStream Write(string partition, string id, Content content, string token, Instant now)
    {
        var plain = Write(partition, id, content, packed: null, token, now);
        return plain.Length > PackedBody.From && PackedBody.Pack(content.Body.Span) is { } packed ? Write(partition, id, content, packed, token, now) : plain;
    }

    private static MemoryStream Write(string partition, string id, Content content, byte[]? packed, string token, Instant now)
    {
        var buffer = new ArrayBufferWriter<byte>(content.Body.Length + 256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("pk"u8, partition);
            json.WriteString("kind"u8, content.Kind);
            if (content.WakeAt is { } wakeAt) json.WriteString("wakeAt"u8, Text(wakeAt));
            if (content.ExpiresAt is { } expiresAt)
            {
                json.WriteNumber("expiresAt"u8, expiresAt.ToUnixTimeSeconds());
                json.WriteNumber("ttl"u8, TimeToLive(expiresAt, now));
            }

            json.WriteString("w"u8, token);
            if (packed is null)
            {
                json.WritePropertyName("body"u8);
                json.WriteRawValue(content.Body.Span);
            }
            else
            {
                json.WriteBase64String("zip"u8, packed);
            }

            json.WriteEndObject();
        }

        return new MemoryStream(buffer.WrittenMemory.ToArray(), writable: false);
    }

    /// <summary>Reads one document, or a row of a query with the same properties.</summary>
    public static Stored Read(ReadOnlyMemory<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8.Span);
        string? id = null, partition = null, etag = null, kind = null, token = null;
        Instant? wakeAt = null;
        long? expiresAt = null;
        ReadOnlyMemory<byte> body = default;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) id = Value(ref json);
            else if (json.ValueTextEquals("pk"u8)) partition = Value(ref json);
            else if (json.ValueTextEquals("kind"u8)) kind = Value(ref json);
            else if (json.ValueTextEquals("_etag"u8)) etag = Value(ref json);
            else if (json.ValueTextEquals("w"u8)) token = Value(ref json);
            else if (json.ValueTextEquals("wakeAt"u8)) wakeAt = Value(ref json) is { } text ? Parse(text) : null;
            else if (json.ValueTextEquals("expiresAt"u8))
            {
                json.Read();
                expiresAt = json.GetInt64();
            }
            else if (json.ValueTextEquals("zip"u8))
            {
                json.Read();
                body = PackedBody.Unpack(json.GetBytesFromBase64());
            }
            else
            {
                bool isBody = json.ValueTextEquals("body"u8);
                json.Read();
                int start = (int)json.TokenStartIndex;
                json.Skip();
                if (isBody) body = utf8[start..(int)json.BytesConsumed];
            }
        }

        return new Stored(
            new Document(
                partition ?? throw new JsonException("A stored document has no pk."),
                id ?? throw new JsonException("A stored document has no id."),
                ETagText.Write(etag ?? string.Empty, expiresAt),
                kind ?? string.Empty,
                body,
                wakeAt,
                expiresAt is { } seconds ? Instant.FromUnixTimeSeconds(seconds) : null),
            etag ?? string.Empty,
            token);
    }

    /// <summary>The documents of a page: the array <c>Documents</c> of an answer.</summary>
    public static List<Stored> ReadPage(ReadOnlyMemory<byte> utf8)
    {
        var found = new List<Stored>();
        var json = new Utf8JsonReader(utf8.Span);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isPage = json.ValueTextEquals("Documents"u8);
            json.Read();
            if (!isPage)
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                int start = (int)json.TokenStartIndex;
                json.Skip();
                found.Add(Read(utf8[start..(int)json.BytesConsumed]));
            }
        }

        return found;
    }

    private static string? Value(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString();
    }

    /// <summary>Seconds from now, at least one; the service counts from the moment it writes.</summary>
    private static int TimeToLive(Instant expiresAt, Instant now) =>
        (int)Math.Clamp(expiresAt.ToUnixTimeSeconds() - now.ToUnixTimeSeconds(), 1, int.MaxValue);
}

/// <summary>What a write stores.</summary>
internal sealed record Content(string Kind, ReadOnlyMemory<byte> Body, Instant? WakeAt, Instant? ExpiresAt);

/// <summary>A document with what only the adapter sees.</summary>
/// <param name="Document">As the port shows it.</param>
/// <param name="RawETag">The service's own.</param>
/// <param name="Token">Which write it is of.</param>
internal sealed record Stored(Document Document, string RawETag, string? Token)
{
    public bool IsPresent(Instant now) => Document.ExpiresAt is not { } expiry || expiry > now;
}

/// <summary>
/// The port's ETag: the service's, and when the document expires. So a write by an ETag knows without reading that what it names is gone, by our
/// clock, though the service has not removed it yet.
/// </summary>
internal static class ETagText
{
    private const char Separator = '~';

    public static string Write(string raw, long? expiresAtSeconds) =>
        expiresAtSeconds is { } seconds ? raw + Separator + seconds.ToString(CultureInfo.InvariantCulture) : raw;

    /// <summary>An ETag of another store matches nothing, and the service is never asked with an empty one, which would mean "any".</summary>
    public static (string Raw, Instant? ExpiresAt) Read(string etag)
    {
        int at = etag.LastIndexOf(Separator);
        string raw = at < 0 ? etag : etag[..at];
        if (raw.Length < 2 || raw[0] != '"') return ("\"none\"", null);
        return at >= 0 && long.TryParse(etag.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? (raw, Instant.FromUnixTimeSeconds(seconds))
            : (raw, null);
    }
}
