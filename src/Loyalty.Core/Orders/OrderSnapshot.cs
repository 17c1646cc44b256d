using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Orders;

/// <summary>An order as a shop tells it at one moment. Amounts are whole minor units of <see cref="Currency"/>.</summary>
public sealed record OrderSnapshot
{
    /// <summary>Globally unique: <c>&lt;source&gt;:&lt;shop&gt;:&lt;id&gt;</c>.</summary>
    public required string OrderId { get; init; }

    /// <summary>What people call it, e.g. <c>#1001</c>.</summary>
    public string? Number { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    public required Instant PlacedAt { get; init; }

    /// <summary>The shop's time of this version; of two snapshots the later one tells the lines.</summary>
    public required Instant UpdatedAt { get; init; }

    public PaymentStatus Payment { get; init; }

    /// <summary>When the order was paid in full, if the payload says so; null with <see cref="PaymentStatus.Paid"/>: the event's time.</summary>
    public Instant? PaidAt { get; init; }
    public Instant? FulfilledAt { get; init; }
    public Instant? CancelledAt { get; init; }

    /// <summary>A test order of the platform; it changes nothing.</summary>
    public bool IsTest { get; init; }

    public ImmutableArray<OrderLine> Lines { get; init; } = [];

    /// <summary>The refunds this snapshot carries; union by id with those told elsewhere.</summary>
    public ImmutableArray<OrderRefund> Refunds { get; init; } = [];

    /// <summary>True: prices, and so every <see cref="OrderLine.NetMinor"/> and <see cref="RefundLine.NetMinor"/>, contain the tax.</summary>
    public bool TaxesIncluded { get; init; }

    public long ShippingMinor { get; init; }
    public ImmutableArray<string> DiscountCodes { get; init; } = [];
    public string? CartId { get; init; }

    /// <summary>Where it was sold: <c>web</c>, <c>pos</c>, <c>app</c>, …; null: not told.</summary>
    public string? Channel { get; init; }
}

/// <summary>One row of an order.</summary>
public sealed record OrderLine
{
    public required string LineId { get; init; }
    public string? Sku { get; init; }
    public string? ProductId { get; init; }
    public string? Title { get; init; }
    public string? Category { get; init; }
    public required long Quantity { get; init; }

    /// <summary>price × quantity − the line's own discount allocations, before refunds, minor units; below 0: a discount on the other goods; with tax where the order says <see cref="OrderSnapshot.TaxesIncluded"/>.</summary>
    public required long NetMinor { get; init; }

    /// <summary>Tax of the whole line, minor units; of a line below 0 it is 0 or below.</summary>
    public long TaxMinor { get; init; }
    public bool IsGiftCard { get; init; }

    /// <summary>What the shop calls the goods besides (<c>outlet</c>, <c>gift-wrap</c>); null: not told.</summary>
    public ImmutableArray<string>? Labels { get; init; }
}

/// <summary>A refund that was really made (a calculated one is no refund).</summary>
/// <param name="RefundId">Unique within the order.</param>
/// <param name="At">When the shop made it.</param>
/// <param name="Lines">What came back; empty for shipping or goodwill only.</param>
public sealed record OrderRefund(string RefundId, Instant At, ImmutableArray<RefundLine> Lines)
{
    /// <summary>
    /// Money given back that the platform does not split over lines (payments, refunds of an order as a whole): with tax, in minor units, besides what
    /// <see cref="Lines"/> tells; 0 or more; null: the lines tell everything. It is spread over everything kept of the order, shipping too, in proportion.
    /// </summary>
    public long? AmountMinor { get; init; }
}

/// <summary>What of one line came back.</summary>
/// <param name="LineId">The order's line.</param>
/// <param name="Quantity">Pieces that came back, 0 for an amount only.</param>
/// <param name="NetMinor">Net value given back for goods of this line, minor units, with or without tax as the order's lines.</param>
public sealed record RefundLine(string LineId, long Quantity, long NetMinor);

/// <summary>How far an order is paid. Only <see cref="Paid"/> and what follows it count as paid.</summary>
public enum PaymentStatus
{
    Pending,
    Authorized,
    PartiallyPaid,
    Paid,
    PartiallyRefunded,
    Refunded,
    Voided,
}
