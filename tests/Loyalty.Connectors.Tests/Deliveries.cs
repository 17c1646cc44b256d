using System.Text;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using NodaTime;

namespace Loyalty.Connectors.Tests;

/// <summary>Requests as platforms send them.</summary>
internal static class Deliveries
{
    public const string Secret = "hush";
    public const string StandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 9, 0);
    public static readonly ConnectorSettings ShopifySettings = new() { Secrets = [Secret] };
    public static readonly ConnectorSettings StandardSettings = new() { Secrets = [StandardSecret], Source = "erp", Shop = "main" };

    public static WebhookDelivery FromShopify(string topic, byte[] body, Action<Dictionary<string, string>>? change = null, string secret = Secret)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json",
            ["X-Shopify-Topic"] = topic,
            ["X-Shopify-Shop-Domain"] = "tea.myshopify.com",
            ["X-Shopify-Event-Id"] = "event-1",
            ["X-Shopify-Webhook-Id"] = "webhook-1",
            ["X-Shopify-Triggered-At"] = "2026-03-01T08:59:58.123Z",
            ["X-Shopify-API-Version"] = "2026-01",
            ["X-Shopify-Hmac-Sha256"] = ShopifyConnector.Sign(body, secret),
        };
        change?.Invoke(headers);
        return WebhookDelivery.From("POST", headers, body);
    }

    public static WebhookDelivery FromShopify(string topic, string body, Action<Dictionary<string, string>>? change = null) =>
        FromShopify(topic, Encoding.UTF8.GetBytes(body), change);

    public static ConnectorAnswer ReceiveShopify(string topic, string body) => new ShopifyConnector().Receive(FromShopify(topic, body), ShopifySettings, Now);

    public static WebhookDelivery FromStandard(string body, string id = "msg_1", Instant? at = null, Action<Dictionary<string, string>>? change = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var seconds = (at ?? Now).ToUnixTimeSeconds();
        var headers = new Dictionary<string, string>
        {
            ["content-type"] = "application/json",
            ["webhook-id"] = id,
            ["webhook-timestamp"] = $"{seconds}",
            ["webhook-signature"] = StandardSignature.Sign(id, seconds, bytes, StandardSecret),
        };
        change?.Invoke(headers);
        return WebhookDelivery.From("POST", headers, bytes);
    }

    public static ConnectorAnswer ReceiveStandard(string body) => new StandardWebhooksConnector().Receive(FromStandard(body), StandardSettings, Now);
}
