using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>Makes the codes of offers where they are redeemed.</summary>
public interface IOfferSource
{
    /// <summary>Makes one code. Asked again with the same key it answers with the same code.</summary>
    Task<OfferAnswer> IssueAsync(OfferRequest request, CancellationToken cancellation = default);

    /// <summary>The code of this key is not to be used any more; one that was used, or never made, stays as it is.</summary>
    Task VoidAsync(OfferKey key, CancellationToken cancellation = default);
}

/// <summary>What a code is made for; follows from (run, step, visit).</summary>
public sealed record OfferKey(string CustomerId, string RunId, string Step, int Visit);

/// <summary>A code to be made.</summary>
/// <param name="Key">What for.</param>
/// <param name="Offer">Name in offers.yaml.</param>
/// <param name="ValidUntil">null: the offer's own time.</param>
public sealed record OfferRequest(OfferKey Key, string Offer, Instant? ValidUntil);

/// <summary>What came of it; a closed set.</summary>
public abstract record OfferAnswer
{
    private OfferAnswer()
    {
    }

    /// <summary>The code exists.</summary>
    public sealed record Issued(string Code, Instant? ValidUntil) : OfferAnswer;

    /// <summary>None is left, of all or for this customer.</summary>
    public sealed record SoldOut(string Why) : OfferAnswer;

    /// <summary>It can never be made.</summary>
    public sealed record Failed(string Why) : OfferAnswer;
}
