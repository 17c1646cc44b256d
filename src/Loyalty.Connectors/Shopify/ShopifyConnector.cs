using System.Collections.Frozen;
using System.Security.Cryptography;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Signatures;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Shopify;

/// <summary>
/// Shopify's webhooks. Only the body is signed: topic, shop and ids come from headers that are not, so times and facts
/// are read from the body. Shopify drops a subscription after eight failures; a genuine body that cannot be mapped is
/// therefore answered 200 and kept.
/// </summary>
public sealed class ShopifyConnector : IOversizeConnector
{
    private delegate Mapped Mapper(Node body, ShopContext context);

    private static readonly FrozenDictionary<string, Mapper> Topics =
        new Dictionary<string, Mapper>(StringComparer.Ordinal)
        {
            ["orders/create"] = static (body, context) => ShopifyOrders.Map(body, context, EventTypes.OrderPlaced),
            ["orders/paid"] = static (body, context) => ShopifyOrders.Map(body, context, EventTypes.OrderPaid),
            ["orders/updated"] = static (body, context) => ShopifyOrders.Map(body, context, EventTypes.OrderUpdated),
            ["orders/fulfilled"] = static (body, context) => ShopifyOrders.Map(body, context, EventTypes.OrderFulfilled),
            ["orders/cancelled"] = static (body, context) => ShopifyOrders.Map(body, context, EventTypes.OrderCancelled),
            ["refunds/create"] = static (body, context) => ShopifyRefunds.Map(body, context),
            ["customers/create"] = static (body, context) => ShopifyPeople.Map(body, context, EventTypes.CustomerSignedUp),
            ["customers/update"] = static (body, context) => ShopifyPeople.Map(body, context, EventTypes.CustomerUpdated),
            ["carts/create"] = static (body, context) => ShopifyCarts.Map(body, context, isCheckout: false),
            ["carts/update"] = static (body, context) => ShopifyCarts.Map(body, context, isCheckout: false),
            ["checkouts/create"] = static (body, context) => ShopifyCarts.Map(body, context, isCheckout: true),
            ["checkouts/update"] = static (body, context) => ShopifyCarts.Map(body, context, isCheckout: true),
            ["customers/data_request"] = static (body, context) =>
                ShopifyPrivacy.Map(body, context, EventTypes.CustomerDataRequested),
            ["customers/redact"] = static (body, context) =>
                ShopifyPrivacy.Map(body, context, EventTypes.CustomerErasureRequested),
            ["shop/redact"] = static (body, context) => ShopifyPrivacy.Map(body, context, EventTypes.ShopErasureRequested),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The topics that become events; every other is answered 200 and counted.</summary>
    public static IReadOnlyCollection<string> KnownTopics => Topics.Keys;

    /// <inheritdoc/>
    public string Name => "shopify";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => ["X-Shopify-Hmac-Sha256"];

    /// <summary>The value of <c>X-Shopify-Hmac-Sha256</c> for a body.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) => HmacSignature.Sign(body, secret);

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now) => OfShop(Check(delivery, settings, now), delivery);

    private static ConnectorAnswer Check(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return new ConnectorAnswer.Refused(RefusalCode.MethodNotAllowed, "Only POST.");
        var signature = delivery.Header("X-Shopify-Hmac-Sha256");
        if (signature is null)
            return new ConnectorAnswer.Refused(RefusalCode.BadSignature, "X-Shopify-Hmac-Sha256 is missing.");
        if (!HmacSignature.MatchesAny(delivery.Body.Span, signature, settings.Secrets))
            return new ConnectorAnswer.Refused(
                RefusalCode.BadSignature, "X-Shopify-Hmac-Sha256 does not match the raw body.");
        if (delivery.Body.Length > settings.MaxBodyBytes)
            return new ConnectorAnswer.Kept(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        if (delivery.Header("X-Shopify-Topic")?.ToLowerInvariant() is not { } topic)
            return new ConnectorAnswer.Kept(RefusalCode.MissingHeader, "X-Shopify-Topic is missing.");
        if (!Topics.TryGetValue(topic, out var map))
            return new ConnectorAnswer.Nothing("unknown-topic", IntakeKeys.Bounded(topic, 100));
        if (ShopDomain(delivery.Header("X-Shopify-Shop-Domain")) is not { } shop)
            return new ConnectorAnswer.Kept(
                RefusalCode.MissingHeader, "X-Shopify-Shop-Domain is missing or no domain.");
        if (string.Equals(delivery.Header("X-Shopify-Test"), "true", StringComparison.OrdinalIgnoreCase))
            return new ConnectorAnswer.Nothing("test-delivery", topic);
        if (delivery.MediaType is not ("application/json" or "text/json" or ""))
            return new ConnectorAnswer.Kept(RefusalCode.UnsupportedMediaType, "Set the webhook's format to JSON.");
        return Read(delivery, settings, now, topic, shop, map);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IncrementalHash> BeginSignature(ConnectorSettings settings) => HmacSignature.Begin(settings.Secrets);

    /// <inheritdoc/>
    public ConnectorAnswer ReceiveOversize(WebhookDelivery beginning, IReadOnlyList<IncrementalHash>? signatures, ConnectorSettings settings)
    {
        // Unread, it is nobody's: nothing is kept of it, and still no error, for it may be the platform's.
        if (signatures is null) return new ConnectorAnswer.Nothing("body-too-large", $"More than {settings.MaxReadBytes} bytes; the signature was not checked.");
        return HmacSignature.MatchesAny(signatures, beginning.Header("X-Shopify-Hmac-Sha256"))
            ? OfShop(new ConnectorAnswer.Kept(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes; its beginning is kept."), beginning)
            : new ConnectorAnswer.Refused(RefusalCode.BadSignature, "X-Shopify-Hmac-Sha256 does not match the raw body.");
    }

    /// <summary>What is kept is kept with the shop that it is about.</summary>
    private static ConnectorAnswer OfShop(ConnectorAnswer answer, WebhookDelivery delivery) =>
        answer is ConnectorAnswer.Kept kept && ShopDomain(delivery.Header("X-Shopify-Shop-Domain")) is { } shop ? kept with { Source = "shopify:" + shop } : answer;

    private static ConnectorAnswer Read(
        WebhookDelivery delivery, ConnectorSettings settings, Instant now, string topic, string shop, Mapper map)
    {
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Kept(code, detail);
        using (document)
        {
            var problems = new Problems();
            var webhookId = delivery.Header("X-Shopify-Webhook-Id");
            var fallback = new Lazy<string>(
                () => "body-" + Hashing.Id(40, topic, Convert.ToBase64String(delivery.Body.Span)));
            var eventId = delivery.Header("X-Shopify-Event-Id") ?? webhookId ?? fallback.Value;
            var context = new ShopContext(
                "shopify",
                shop,
                IntakeKeys.Bounded($"{topic}:{eventId}", 180),
                Node.ParseInstant(delivery.Header("X-Shopify-Triggered-At") ?? "") ?? now,
                now,
                settings.Currency,
                delivery.Header("traceparent"),
                problems);
            var mapped = map(new Node(document.RootElement, "", problems), context);
            if (mapped.Nothing is { } nothing) return new ConnectorAnswer.Nothing(nothing, topic);
            if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
            return new ConnectorAnswer.Accepted(
                mapped.Events, IntakeKeys.Bounded($"shopify:{shop}:{webhookId ?? context.EventId}", 300));
        }
    }

    /// <summary>
    /// A host name in lower case, at most 150 characters; the header is not signed, so nothing else is let through.
    /// </summary>
    private static string? ShopDomain(string? header)
    {
        var shop = header?.ToLowerInvariant();
        return shop is { Length: > 0 and <= 150 }
            && shop.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? shop : null;
    }
}
