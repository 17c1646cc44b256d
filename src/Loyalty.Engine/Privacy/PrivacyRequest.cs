using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// A request about people's data that a shop has passed on (Shopify's mandatory topics), for the operator: what was asked, what was done, what is still to do.
/// Ids only. Kept <see cref="State.Retention.PrivacyRequests"/>.
/// </summary>
public sealed record PrivacyRequest
{
    /// <summary>Follows from the event: a redelivery is the same request.</summary>
    public required string Id { get; init; }

    /// <summary><c>customer.data-requested</c>, <c>customer.erasure-requested</c>, <c>shop.erasure-requested</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Who tells it, e.g. <c>shopify:tea.myshopify.com</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The shop's own number of the request; null: it has none.</summary>
    public string? ShopRequest { get; init; }
    public required Instant ReceivedAt { get; init; }

    /// <summary>By when it has to be answered: 30 days after it came.</summary>
    public required Instant DueAt { get; init; }

    /// <summary>Who it is about; empty: nobody who is known.</summary>
    public ImmutableArray<string> CustomerIds { get; init; } = [];
    public PrivacyRequestStatus Status { get; init; }

    /// <summary>People erased, of a shop's erasure.</summary>
    public int Erased { get; init; }

    /// <summary>
    /// Who stays; the first 100. Of a shop's erasure: who is known from elsewhere too. Of a person's: who has an address or an order that the request names, and
    /// another account at the shop.
    /// </summary>
    public ImmutableArray<string> Kept { get; init; } = [];

    /// <summary>Of a shop's erasure: what it is at.</summary>
    public ShopErasurePart Part { get; init; }

    /// <summary>Of a shop's erasure: where it goes on; null: at the beginning, or done.</summary>
    public string? Continuation { get; init; }

    /// <summary>Of a shop's erasure: the range it is in.</summary>
    public int Range { get; init; }
    public Instant? DoneAt { get; init; }
}

/// <summary>What of a shop is erased, one after the other.</summary>
public enum ShopErasurePart
{
    /// <summary>People who are known from it only.</summary>
    People,

    /// <summary>Everything else that it has told and that is still kept as it came in.</summary>
    Events,

    /// <summary>What it has told and could not be mapped.</summary>
    Bodies,
}

/// <summary>How far a request is.</summary>
public enum PrivacyRequestStatus
{
    /// <summary>Somebody has to hand the data over: <c>loyalty privacy export</c>, then mark it done.</summary>
    Open,

    /// <summary>Erasure goes on by itself.</summary>
    Working,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Nobody is known by what it names.</summary>
    Nobody,
}
