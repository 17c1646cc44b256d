using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>A generated shop.</summary>
public sealed record ShopOptions
{
    /// <summary>People, 1 to 1,000,000; default 300.</summary>
    public int Customers { get; init; } = 300;

    /// <summary>Days, 1 to 3,660; default 120.</summary>
    public int Days { get; init; } = 120;

    /// <summary>Everything follows from it; default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The first moment; default 2026-01-05T00:00Z.</summary>
    public Instant Start { get; init; } = Instant.FromUtc(2026, 1, 5, 0, 0);

    /// <summary>
    /// Deliveries fall on multiples of it after the start; default 10 minutes. Many fall on the same instant.
    /// </summary>
    public Duration Grid { get; init; } = Duration.FromMinutes(10);

    public string ShopDomain { get; init; } = "tea-house.myshopify.com";

    /// <summary>ISO 4217 with two decimals; default EUR.</summary>
    public string Currency { get; init; } = "EUR";

    /// <summary>The secret that signs Shopify's deliveries.</summary>
    public string ShopifySecret { get; init; } = "demo-shopify-secret";

    /// <summary>The secret that signs Standard Webhooks, base64 with <c>whsec_</c>.</summary>
    public string StandardSecret { get; init; } = "whsec_ZGVtby1zdGFuZGFyZC13ZWJob29rcy1zZWNyZXQ=";

    /// <summary>Share of deliveries that come again, up to 3 steps of the grid later; default 2%.</summary>
    public double DuplicateShare { get; init; } = 0.02;

    /// <summary>
    /// Share of deliveries that come 6 to 216 steps of the grid (1 to 36 hours by default) after the fact, behind
    /// younger ones; default 2%.
    /// </summary>
    public double LateShare { get; init; } = 0.02;

    /// <summary>The end; facts happen before it, late deliveries may come after.</summary>
    public Instant End => Start + Duration.FromDays(Days);
}
