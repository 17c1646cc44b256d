using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>One HTTP request of the generated world.</summary>
/// <param name="At">When it arrives; on the grid.</param>
/// <param name="Route">Below <c>/api/</c>: <c>webhooks/shopify</c> or <c>webhooks/standard</c>.</param>
/// <param name="Topic">Shopify's topic, or the canonical type.</param>
/// <param name="Customer">The person's number in the population, from 0.</param>
/// <param name="Headers">All headers, the signature among them.</param>
/// <param name="Body">The bytes that were signed.</param>
public sealed record ShopDelivery(
    Instant At,
    string Route,
    string Topic,
    int Customer,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body);
