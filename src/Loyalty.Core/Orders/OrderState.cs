using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Earning;
using NodaTime;

namespace Loyalty.Core.Orders;

/// <summary>The document of one order: what was told of it, and what the program made of that.</summary>
public sealed record OrderState
{
    public required string OrderId { get; init; }
    public required string CustomerId { get; init; }

    /// <summary>What is known; the same whatever the order in which it was told.</summary>
    public OrderFacts Facts { get; init; } = new();

    /// <summary>Names of the facts that were told as occurrences (<c>placed</c>, <c>paid</c>, <c>refunded:ID</c>, …), sorted.</summary>
    public ImmutableArray<string> Told { get; init; } = [];

    /// <summary>What the customer's counts hold of this order; null: nothing.</summary>
    public OrderContribution? Counted { get; init; }

    /// <summary>Which of the customer's paid orders this was when it was first counted, from 1; it never changes afterwards.</summary>
    public int? Nth { get; init; }

    /// <summary>What it contributes to which games; null: to none.</summary>
    public ImmutableArray<Games.GameMark>? Games { get; init; }

    /// <summary>Points it was paid with; null: none.</summary>
    public ImmutableArray<PointsPayment>? PointsPaid { get; init; }

    /// <summary>What it earned under which rules; null: not evaluated yet (not paid).</summary>
    public OrderEarning? Earning { get; init; }

    /// <summary>The events that were applied to it lately, oldest first: what a redelivery is recognized by.</summary>
    public AppliedEvents? Applied { get; init; }
}

/// <summary>What one order adds to its customer's counts.</summary>
/// <param name="PaidAt">The earliest time told.</param>
/// <param name="SpendMinor">Net goods that were kept, minor units, 0 or more.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record OrderContribution(Instant PaidAt, long SpendMinor, string Currency)
{
    /// <summary>Categories of its goods, sorted, one a line, where the program follows the rhythm of each; null: it does not, or there are none.</summary>
    public string? Categories { get; init; }
}

/// <summary>
/// What is known of an order. Folding snapshots and refunds into it is commutative, associative and idempotent, so neither order of arrival nor
/// repetition shows in it.
/// </summary>
public sealed record OrderFacts
{
    /// <summary>The latest version told (its refunds are in <see cref="Refunds"/>); null: only refunds were told so far.</summary>
    public OrderSnapshot? Latest { get; init; }

    /// <summary>The earliest told; likewise the other times.</summary>
    public Instant? PlacedAt { get; init; }

    /// <summary>Told, or the earliest time at which a version was paid.</summary>
    public Instant? PaidAt { get; init; }
    public Instant? FulfilledAt { get; init; }
    public Instant? CancelledAt { get; init; }

    /// <summary>The earliest version that said that all of its money was given back.</summary>
    public Instant? RefundedAt { get; init; }

    /// <summary>The union by id, sorted by id.</summary>
    public ImmutableArray<OrderRefund> Refunds { get; init; } = [];

    [JsonIgnore]
    public bool IsPaid => Latest is not null && PaidAt is not null;

    /// <summary>A cancelled order stays cancelled.</summary>
    [JsonIgnore]
    public bool IsCancelled => CancelledAt is not null;

    /// <summary>Nothing of it is kept, whatever its refunds name: a shop may say "refunded" by the order's status alone. It stays so.</summary>
    [JsonIgnore]
    public bool IsRefunded => RefundedAt is not null;
}
