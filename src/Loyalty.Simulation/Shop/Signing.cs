using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Core;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Shop;

/// <summary>Requests as the platforms sign them.</summary>
internal static class Signing
{
    public static ShopDelivery Shopify(
        ShopOptions options, Instant at, Instant occurred, string topic, int customer, string eventKey, byte[] body)
    {
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.ShopifySecret), body);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/json",
            ["X-Shopify-Topic"] = topic,
            ["X-Shopify-Shop-Domain"] = options.ShopDomain,
            ["X-Shopify-API-Version"] = "2026-01",
            ["X-Shopify-Event-Id"] = Id(options.Seed, "event", eventKey),
            ["X-Shopify-Webhook-Id"] = Id(options.Seed, "webhook", topic, eventKey),
            ["X-Shopify-Triggered-At"] = InstantPattern.ExtendedIso.Format(occurred),
            ["X-Shopify-Hmac-Sha256"] = Convert.ToBase64String(signature),
        };
        return new ShopDelivery(at, "webhooks/shopify", topic, customer, headers, body);
    }

    public static ShopDelivery Standard(
        ShopOptions options, Instant at, string type, int customer, string key, byte[] body)
    {
        var id = "msg_" + Hashing.Id(24, options.Seed.ToString(CultureInfo.InvariantCulture), "standard", key);
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var secret = Convert.FromBase64String(
            options.StandardSecret.StartsWith("whsec_", StringComparison.Ordinal)
                ? options.StandardSecret[6..]
                : options.StandardSecret);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/json",
            ["webhook-id"] = id,
            ["webhook-timestamp"] = timestamp,
            ["webhook-signature"] = "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed)),
        };
        return new ShopDelivery(at, "webhooks/standard", type, customer, headers, body);
    }

    private static string Id(long seed, params ReadOnlySpan<string> key)
    {
        var hash = SHA256.HashData(
            Encoding.UTF8.GetBytes(seed.ToString(CultureInfo.InvariantCulture) + "\0" + string.Join('\0', key!)));
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
