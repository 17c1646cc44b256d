using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>A code as its customer has it, in the customer's partition: written first, so that a repetition finds it.</summary>
public sealed record CustomerCode
{
    public required string Code { get; init; }
    public required string Offer { get; init; }
    public required string RunId { get; init; }
    public required string Step { get; init; }
    public required int Visit { get; init; }
    public required Instant IssuedAt { get; init; }
    public Instant? ValidUntil { get; init; }
    public Instant? VoidedAt { get; init; }
}

/// <summary>A code where it is redeemed, in a partition of its own.</summary>
public sealed record CodeRecord
{
    public required string Code { get; init; }
    public required string Offer { get; init; }
    public required string CustomerId { get; init; }

    /// <summary>The customer's document of it.</summary>
    public required string CustomerDocument { get; init; }
    public required Instant IssuedAt { get; init; }
    public Instant? ValidUntil { get; init; }

    /// <summary>When it was redeemed; a code is used once.</summary>
    public Instant? UsedAt { get; init; }

    /// <summary>When it was taken back unused.</summary>
    public Instant? VoidedAt { get; init; }
}

/// <summary>How much of an offer is given away.</summary>
public sealed record OfferStock(int Taken);

/// <summary>That one (run, step, visit) took one of the stock.</summary>
public sealed record StockTake(Instant At);
