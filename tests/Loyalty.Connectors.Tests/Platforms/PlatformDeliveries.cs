using System.Text;
using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.WooCommerce;
using NodaTime;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>Requests of WooCommerce and Stripe.</summary>
internal static class PlatformDeliveries
{
    public const string Secret = "hush";
    public static readonly ConnectorSettings Woo = new() { Secrets = ["older", Secret] };
    public static readonly ConnectorSettings StripeTest = new() { Secrets = [Secret], TakesTestMode = true, Shop = "tea" };

    public static WebhookDelivery FromWoo(string topic, byte[] body, Action<Dictionary<string, string>>? change = null)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json",
            ["X-WC-Webhook-Source"] = "https://tea.example/",
            ["X-WC-Webhook-Topic"] = topic,
            ["X-WC-Webhook-Delivery-ID"] = "1",
            ["X-WC-Webhook-Signature"] = WooConnector.Sign(body, Secret),
        };
        change?.Invoke(headers);
        return WebhookDelivery.From("POST", headers, body);
    }

    public static ConnectorAnswer Woos(string topic, byte[] body) => new WooConnector().Receive(FromWoo(topic, body), Woo, Deliveries.Now);

    public static ConnectorAnswer Woos(string topic, string body) => Woos(topic, Encoding.UTF8.GetBytes(body));

    public static WebhookDelivery FromStripe(byte[] body, Instant? at = null, string? signature = null) => WebhookDelivery.From(
        "POST",
        new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["Stripe-Signature"] = signature ?? StripeSignature.Sign((at ?? Deliveries.Now).ToUnixTimeSeconds(), body, Secret),
        },
        body);

    public static ConnectorAnswer Stripes(byte[] body) => new StripeConnector().Receive(FromStripe(body), StripeTest, Deliveries.Now);

    public static ConnectorAnswer Stripes(string body) => Stripes(Encoding.UTF8.GetBytes(body));
}
