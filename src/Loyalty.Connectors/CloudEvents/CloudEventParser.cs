using System.Text;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.CloudEvents;

/// <summary>The HTTP binding of CloudEvents 1.0: binary, structured and batched content mode.</summary>
public static class CloudEventParser
{
    private const int MaxEvents = 100;
    private const int MaxAttribute = 2000;
    private static readonly string[] RequiredAttributes = ["id", "source", "type"];

    /// <summary>What came of a request: events, or why it was refused.</summary>
    public sealed record Result(IReadOnlyList<CloudEvent> Events, RefusalCode? Code, string Detail);

    /// <summary>Reads a request in the mode its content type tells.</summary>
    /// <param name="delivery">The request.</param>
    /// <param name="maxDepth">Deepest nesting of a JSON body.</param>
    public static Result Parse(WebhookDelivery delivery, int maxDepth = 32)
    {
        var media = delivery.MediaType;
        if (media.StartsWith("application/cloudevents-batch", StringComparison.Ordinal))
            return media == "application/cloudevents-batch+json"
                ? Structured(delivery, maxDepth, isBatch: true)
                : Unsupported(media);
        if (media.StartsWith("application/cloudevents", StringComparison.Ordinal))
            return media == "application/cloudevents+json"
                ? Structured(delivery, maxDepth, isBatch: false)
                : Unsupported(media);
        if (delivery.Header("ce-specversion") is null)
            return Refuse(
                RefusalCode.UnsupportedMediaType,
                "Send ce-* headers, application/cloudevents+json or application/cloudevents-batch+json.");
        return Binary(delivery);
    }

    private static Result Binary(WebhookDelivery delivery)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, value) in delivery.Headers)
        {
            if (!header.StartsWith("ce-", StringComparison.OrdinalIgnoreCase)) continue;
            var name = header[3..].ToLowerInvariant();
            // The body's type has a header of its own.
            if (name == "datacontenttype") continue;
            if (!IsName(name)) return Refuse(RefusalCode.MissingHeader, $"{Shown(header)} is no attribute name.");
            if (CloudEventHeader.Decode(value) is not { } decoded)
                return Refuse(
                    RefusalCode.MissingHeader,
                    $"{header} is malformed or no UTF-8 after one round of percent-decoding.");
            attributes[name] = decoded;
        }

        if (delivery.ContentType is { } type) attributes["datacontenttype"] = type;
        return Check(attributes, "ce-", RefusalCode.MissingHeader)
            ?? Of(new CloudEvent(attributes, delivery.Body.IsEmpty ? null : delivery.Body));
    }

    private static Result Structured(WebhookDelivery delivery, int maxDepth, bool isBatch)
    {
        var (document, code, detail) = JsonBody.Parse(delivery.Body, maxDepth);
        if (document is null) return Refuse(code, detail);
        using (document)
        {
            if (!isBatch) return One(document.RootElement, "");
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                return Refuse(RefusalCode.InvalidField, "the body: an array was expected.");
            if (document.RootElement.GetArrayLength() > MaxEvents)
                return Refuse(RefusalCode.TooManyItems, $"At most {MaxEvents} events at once.");
            var events = new List<CloudEvent>();
            foreach (var element in document.RootElement.EnumerateArray())
            {
                var one = One(element, $"[{events.Count}].");
                if (one.Code is not null) return one;
                events.AddRange(one.Events);
            }

            return new Result(events, null, "");
        }
    }

    private static Result One(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Refuse(RefusalCode.InvalidField, $"{(path.Length == 0 ? "the body" : path.TrimEnd('.'))}: an object was expected.");
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        ReadOnlyMemory<byte>? data = null;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            if (member.Name is "data" or "data_base64")
            {
                if (data is not null)
                    return Refuse(RefusalCode.InvalidField, $"{path}data and data_base64 exclude each other.");
                data = Data(member, element);
                if (data is null) return Refuse(RefusalCode.InvalidField, $"{path}data_base64: base64 was expected.");
                continue;
            }

            if (!IsName(member.Name))
                return Refuse(
                    RefusalCode.InvalidField, $"{path}{Shown(member.Name)}: attribute names are a-z and 0-9.");
            if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                return Refuse(
                    RefusalCode.InvalidField,
                    $"{path}{Shown(member.Name)}: a text, a number or a boolean was expected.");
            attributes[member.Name] = member.Value.ValueKind == JsonValueKind.String
                ? member.Value.GetString()!
                : member.Value.GetRawText();
        }

        return Check(attributes, path, RefusalCode.InvalidField) ?? Of(new CloudEvent(attributes, data));
    }

    private static ReadOnlyMemory<byte>? Data(JsonProperty member, JsonElement owner)
    {
        if (member.Name == "data_base64")
            return member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetBytesFromBase64(out var bytes)
                ? bytes.AsMemory()
                : (ReadOnlyMemory<byte>?)null;
        // A JSON text under another media type is that text (section 3.1.1 of the JSON format).
        var probe = new CloudEvent(
            owner.TryGetProperty("datacontenttype", out var type) && type.ValueKind == JsonValueKind.String
                ? new Dictionary<string, string>(StringComparer.Ordinal) { ["datacontenttype"] = type.GetString()! }
                : new Dictionary<string, string>(StringComparer.Ordinal),
            null);
        return !probe.IsJson && member.Value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetBytes(member.Value.GetString()!)
            : Encoding.UTF8.GetBytes(member.Value.GetRawText());
    }

    private static Result? Check(Dictionary<string, string> attributes, string path, RefusalCode code)
    {
        if (attributes.GetValueOrDefault("specversion") is not "1.0")
            return Refuse(code, $"{path}specversion: 1.0 was expected.");
        foreach (var name in RequiredAttributes)
        {
            if (string.IsNullOrWhiteSpace(attributes.GetValueOrDefault(name)))
                return Refuse(code, $"{path}{name}: a text was expected.");
        }

        foreach (var (name, value) in attributes)
        {
            if (value.Length > MaxAttribute)
                return Refuse(code, $"{path}{name}: at most {MaxAttribute} characters were expected.");
            if (value.Any(char.IsControl))
                return Refuse(code, $"{path}{name}: a text without control characters was expected.");
        }

        if (attributes.TryGetValue("time", out var time) && Node.ParseInstant(time) is null)
            return Refuse(code, $"{path}time: a moment such as 2026-01-31T09:00:00Z was expected.");
        return null;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    private static string Shown(string name) => IntakeKeys.Bounded(name, 80);

    private static Result Of(CloudEvent e) => new([e], null, "");

    private static Result Unsupported(string media) =>
        Refuse(RefusalCode.UnsupportedMediaType, $"{media} is not supported; send JSON.");

    private static Result Refuse(RefusalCode code, string detail) => new([], code, detail);
}
