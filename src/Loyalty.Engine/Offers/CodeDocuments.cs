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

    /// <summary>Points that were paid for it; null: it was given.</summary>
    public long? Price { get; init; }
}

/// <summary>How many codes of an offer a customer has; keeps two requests at once from passing the limit.</summary>
public sealed record OfferCount(int Issued);
