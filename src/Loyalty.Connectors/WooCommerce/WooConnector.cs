using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Signatures;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>
/// WooCommerce's webhooks. Only the body is signed; topic and shop come from headers that are not. WooCommerce never sends a delivery again and
/// switches a webhook off after five failures in a row, so a genuine body that cannot be mapped is answered 200 and kept, and what was never
/// delivered is read by <see cref="WooReconciler"/>.
/// </summary>
public sealed class WooConnector : IOversizeConnector
{
    private delegate Mapped Mapper(Node body, ShopContext context, bool canFetch);

    private const string SignatureHeader = "X-WC-Webhook-Signature";

    private static readonly FrozenDictionary<string, Mapper> Topics =
        new Dictionary<string, Mapper>(StringComparer.Ordinal)
        {
            ["order.created"] = static (body, context, canFetch) => WooOrders.Map(body, context, EventTypes.OrderPlaced, canFetch),
            ["order.updated"] = static (body, context, canFetch) => WooOrders.Map(body, context, EventTypes.OrderUpdated, canFetch),
            ["order.restored"] = static (body, context, canFetch) => WooOrders.Map(body, context, EventTypes.OrderUpdated, canFetch),
            ["order.deleted"] = static (body, _, _) => Deleted(body, "order-deleted"),
            ["customer.created"] = static (body, context, _) => WooPeople.Map(body, context, EventTypes.CustomerSignedUp),
            ["customer.updated"] = static (body, context, _) => WooPeople.Map(body, context, EventTypes.CustomerUpdated),
            ["customer.deleted"] = static (body, _, _) => Deleted(body, "customer-deleted"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The topics that are read; every other is answered 200 and counted.</summary>
    public static IReadOnlyCollection<string> KnownTopics => Topics.Keys;

    /// <inheritdoc/>
    public string Name => "woocommerce";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => [SignatureHeader];

    /// <summary>The value of <c>X-WC-Webhook-Signature</c> for a body.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) => HmacSignature.Sign(body, secret);

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return new ConnectorAnswer.Refused(RefusalCode.MethodNotAllowed, "Only POST.");
        // Sent once when the webhook is made, before anything is signed; a webhook whose ping is refused is never switched on.
        if (IsPing(delivery)) return new ConnectorAnswer.Nothing("ping");
        if (delivery.Header(SignatureHeader) is not { } signature)
            return new ConnectorAnswer.Refused(RefusalCode.BadSignature, $"{SignatureHeader} is missing.");
        if (!HmacSignature.MatchesAny(delivery.Body.Span, signature, settings.Secrets))
            return new ConnectorAnswer.Refused(RefusalCode.BadSignature, $"{SignatureHeader} does not match the raw body.");
        if (delivery.Body.Length > settings.MaxBodyBytes)
            return new ConnectorAnswer.Kept(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        if (delivery.Header("X-WC-Webhook-Topic")?.ToLowerInvariant() is not { } topic)
            return new ConnectorAnswer.Kept(RefusalCode.MissingHeader, "X-WC-Webhook-Topic is missing.");
        if (!Topics.TryGetValue(topic, out var map))
            return new ConnectorAnswer.Nothing("unknown-topic", IntakeKeys.Bounded(topic, 100));
        if (delivery.MediaType is not ("application/json" or "text/json" or ""))
            return new ConnectorAnswer.Kept(RefusalCode.UnsupportedMediaType, "application/json was expected.");
        return Read(delivery, settings, now, topic, map);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IncrementalHash> BeginSignature(ConnectorSettings settings) => HmacSignature.Begin(settings.Secrets);

    /// <inheritdoc/>
    public ConnectorAnswer ReceiveOversize(WebhookDelivery beginning, IReadOnlyList<IncrementalHash>? signatures, ConnectorSettings settings)
    {
        if (signatures is null) return new ConnectorAnswer.Nothing("body-too-large", $"More than {settings.MaxReadBytes} bytes; the signature was not checked.");
        return HmacSignature.MatchesAny(signatures, beginning.Header(SignatureHeader))
            ? new ConnectorAnswer.Kept(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes; its beginning is kept.")
            : new ConnectorAnswer.Refused(RefusalCode.BadSignature, $"{SignatureHeader} does not match the raw body.");
    }

    private static ConnectorAnswer Read(WebhookDelivery delivery, ConnectorSettings settings, Instant now, string topic, Mapper map)
    {
        var shop = ShopOf(delivery.Header("X-WC-Webhook-Source")) ?? settings.Shop;
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Kept(code, detail);
        using (document)
        {
            var problems = new Problems();
            var body = new Node(document.RootElement, "", problems);
            var context = Context(body, shop, topic, delivery.Body.Span, now, settings.Currency, delivery.Header("traceparent"), problems);
            var mapped = map(body, context, settings.Api is { } api && ShopOf(api.Url.ToString()) == shop);
            if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
            if (mapped.Nothing is { } nothing) return new ConnectorAnswer.Nothing(nothing, body["id"].Id() ?? "");
            return new ConnectorAnswer.Accepted(mapped.Events, IntakeKeys.Bounded($"{context.Platform}:{shop}:{context.EventId}", 300));
        }
    }

    /// <summary>
    /// <c>X-WC-Webhook-Delivery-ID</c> collides within one second, so a delivery is told by what it says: shop, topic, resource, time of the change
    /// and the body's hash.
    /// </summary>
    internal static ShopContext Context(
        Node body, string shop, string topic, ReadOnlySpan<byte> raw, Instant now, string? currency, string? trace, Problems problems)
    {
        var modified = body["date_modified_gmt"].Text(40) ?? "";
        var hash = Convert.ToHexStringLower(SHA256.HashData(raw))[..16];
        var id = IntakeKeys.Bounded($"{topic}:{body["id"].Id()}:{modified}:{hash}", 180);
        return new ShopContext("woocommerce", shop, id, body["date_modified_gmt"].AtUtc() ?? body["date_created_gmt"].AtUtc() ?? now, now, currency, trace, problems);
    }

    /// <summary>The payload is <c>{"id"}</c>. Deleting is tidying up: an order is undone by a refund or a cancellation, a person by an erasure.</summary>
    private static Mapped Deleted(Node body, string reason)
    {
        body["id"].RequiredId();
        return Mapped.None(reason);
    }

    private static bool IsPing(WebhookDelivery delivery)
    {
        const string Prefix = "webhook_id=";
        if (delivery.MediaType != "application/x-www-form-urlencoded" || delivery.Body.Length > 40) return false;
        var text = Encoding.ASCII.GetString(delivery.Body.Span);
        return text.Length > Prefix.Length && text.StartsWith(Prefix, StringComparison.Ordinal) && text.AsSpan(Prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>The host of <c>X-WC-Webhook-Source</c>, with its path where several shops live on one host.</summary>
    internal static string? ShopOf(string? source)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return null;
        var shop = (uri.Authority + uri.AbsolutePath.TrimEnd('/')).ToLowerInvariant().Replace(':', '-');
        return shop.Length <= 150 && shop.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '/' or '_') ? shop : null;
    }
}
