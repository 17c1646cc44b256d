using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>A generated population.</summary>
public sealed record GeneratedOptions
{
    /// <summary>People, 1 to 10,000,000; default 10,000.</summary>
    public int Customers { get; init; } = 10_000;

    /// <summary>Days, 1 to 3,660; default 90.</summary>
    public int Days { get; init; } = 90;

    /// <summary>Everything follows from it; default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The first moment; default 2026-01-05T00:00Z.</summary>
    public Instant Start { get; init; } = Instant.FromUtc(2026, 1, 5, 0, 0);

    /// <summary>ISO 4217 with two decimals.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>Share that agrees to the topics at sign-up; default 78%.</summary>
    public double AgreeShare { get; init; } = 0.78;

    /// <summary>Share that ever buys; default 62%.</summary>
    public double BuyerShare { get; init; } = 0.62;

    /// <summary>Probability that a buyer stops for good after a purchase; default 22%.</summary>
    public double StopShare { get; init; } = 0.22;

    /// <summary>Topics people are asked about.</summary>
    public IReadOnlyList<string> Topics { get; init; } = ["offers"];
}
