using System.Globalization;
using System.Text.Json;
using Loyalty.Connectors.Canonical;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Standard;

/// <summary>
/// Standard Webhooks 1.0 for any shop: <c>{"type", "timestamp", "data"}</c> or an array of 1 to 100 of them, data as in
/// docs/reference/events.md. A repeat has the same <c>webhook-id</c> and so the same events.
/// </summary>
public sealed class StandardWebhooksConnector : IConnector
{
    private const int MaxEvents = 100;

    /// <inheritdoc/>
    public string Name => "standard";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => ["webhook-signature"];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return Refuse(RefusalCode.MethodNotAllowed, "Only POST.");
        if (delivery.Body.Length > settings.MaxBodyBytes)
            return Refuse(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        var id = delivery.Header("webhook-id");
        var timestamp = delivery.Header("webhook-timestamp");
        var signature = delivery.Header("webhook-signature");
        if (id is null || timestamp is null || signature is null)
            return Refuse(RefusalCode.BadSignature, "webhook-id, webhook-timestamp and webhook-signature are needed.");
        if (!StandardSignature.MatchesAny(id, timestamp, delivery.Body.Span, signature, settings.Secrets))
            return Refuse(RefusalCode.BadSignature, WhyNot(signature));
        if (!StandardSignature.IsFresh(timestamp, settings.Tolerance, now))
            return Refuse(
                RefusalCode.StaleTimestamp,
                $"webhook-timestamp is more than {settings.Tolerance.TotalSeconds:0} s from now.");
        if (delivery.MediaType is not ("application/json" or "text/json" or ""))
            return Refuse(RefusalCode.UnsupportedMediaType, "Send application/json.");
        return Read(delivery, settings, now, id);
    }

    private static ConnectorAnswer Read(WebhookDelivery delivery, ConnectorSettings settings, Instant now, string id)
    {
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return Refuse(code, detail);
        using (document)
        {
            var problems = new Problems();
            var root = new Node(document.RootElement, "", problems);
            var isList = document.RootElement.ValueKind == JsonValueKind.Array;
            if (isList && document.RootElement.GetArrayLength() is 0 or > MaxEvents)
                return Refuse(RefusalCode.TooManyItems, $"1 to {MaxEvents} events at once.");
            var nodes = isList ? root.Items() : [root];
            var reader = new CanonicalData(settings.Source, settings.Shop);
            var key = IntakeKeys.Bounded(id, 180);
            var events = new List<CanonicalEvent>(nodes.Count);
            foreach (var node in nodes)
            {
                var type = node["type"].RequiredText(200);
                var at = node["timestamp"].At() ?? now;
                var (data, identifiers) = reader.Read(type, node["data"], node["subject"].Text(400), at);
                events.Add(new CanonicalEvent
                {
                    Id = isList ? string.Create(CultureInfo.InvariantCulture, $"{key}#{events.Count}") : key,
                    Source = IntakeKeys.Bounded(settings.Source, 200),
                    Type = type,
                    Time = at,
                    ReceivedAt = now,
                    Identifiers = identifiers,
                    Data = data,
                    TraceParent = delivery.Header("traceparent") is { Length: <= 100 } trace ? trace : null,
                });
            }

            if (problems.Any) return Refuse(problems.Code, problems.Detail!);
            return new ConnectorAnswer.Accepted(events, IntakeKeys.Bounded($"{settings.Source}:{id}", 300));
        }
    }

    private static string WhyNot(string signatures)
    {
        var given = signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(given, static s => s.StartsWith("v1a,", StringComparison.Ordinal))
            ? "Only v1a (ed25519) signatures were sent; this endpoint verifies v1 (HMAC-SHA256)."
            : "No v1 signature matches the raw body.";
    }

    private static ConnectorAnswer.Refused Refuse(RefusalCode code, string detail) => new(code, detail);
}
