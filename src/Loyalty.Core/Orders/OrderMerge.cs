using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Orders;

/// <summary>Folds what a shop tells into what is known of an order.</summary>
public static class OrderMerge
{
    /// <summary>The order an event is about, or null.</summary>
    public static string? OrderIdOf(CanonicalEvent e) => e.Data switch
    {
        EventData.Order order => order.Snapshot.OrderId,
        EventData.Refund refund => refund.OrderId,
        _ => null,
    };

    /// <summary>Folds an event; one that is about no order changes nothing.</summary>
    public static OrderFacts Fold(OrderFacts facts, CanonicalEvent e) => e.Data switch
    {
        EventData.Order order => Fold(facts, Completed(order.Snapshot, e), e.Time),
        EventData.Refund refund => Fold(facts, refund.Details),
        _ => facts,
    };

    /// <summary>
    /// Folds a version of the order. Of two versions the later <see cref="OrderSnapshot.UpdatedAt"/> is kept, at the same time the one further
    /// paid, then the greater text. Times are the earliest told.
    /// </summary>
    /// <param name="facts">What is known.</param>
    /// <param name="snapshot">What is told.</param>
    /// <param name="toldAt">Counts as the time of payment where the version is paid and does not say since when.</param>
    public static OrderFacts Fold(OrderFacts facts, OrderSnapshot snapshot, Instant toldAt)
    {
        var told = snapshot.Refunds.IsEmpty ? snapshot : snapshot with { Refunds = [] };
        var paidAt = snapshot.PaidAt ?? (IsPaid(snapshot.Payment) ? toldAt : null);
        var result = facts with
        {
            Latest = facts.Latest is null || Compare(told, facts.Latest) > 0 ? told : facts.Latest,
            PlacedAt = Earliest(facts.PlacedAt, snapshot.PlacedAt),
            PaidAt = Earliest(facts.PaidAt, paidAt),
            FulfilledAt = Earliest(facts.FulfilledAt, snapshot.FulfilledAt),
            CancelledAt = Earliest(facts.CancelledAt, snapshot.CancelledAt),
            RefundedAt = Earliest(facts.RefundedAt, snapshot.Payment == PaymentStatus.Refunded ? snapshot.UpdatedAt : null),
        };
        foreach (var refund in snapshot.Refunds) result = Fold(result, refund);
        return result;
    }

    /// <summary>
    /// Folds a refund. Told twice with different content, the one that is split over lines to the cent, then the one with more lines is kept, then the greater value, then the greater text.
    /// </summary>
    public static OrderFacts Fold(OrderFacts facts, OrderRefund refund)
    {
        var told = refund with { Lines = refund.Lines.IsDefault ? [] : [.. refund.Lines.OrderBy(Text, StringComparer.Ordinal)] };
        var index = 0;
        while (index < facts.Refunds.Length && string.CompareOrdinal(facts.Refunds[index].RefundId, told.RefundId) < 0) index++;
        if (index == facts.Refunds.Length || facts.Refunds[index].RefundId != told.RefundId)
            return facts with { Refunds = facts.Refunds.Insert(index, told) };
        return Compare(told, facts.Refunds[index]) > 0 ? facts with { Refunds = facts.Refunds.SetItem(index, told) } : facts;
    }

    /// <summary>Whether a status means that the money came, whatever happened to it later.</summary>
    public static bool IsPaid(PaymentStatus status) =>
        status is PaymentStatus.Paid or PaymentStatus.PartiallyRefunded or PaymentStatus.Refunded;

    /// <summary>An event that says "cancelled" or "fulfilled" says since when by its own time where the payload does not.</summary>
    private static OrderSnapshot Completed(OrderSnapshot snapshot, CanonicalEvent e) => e.Type switch
    {
        EventTypes.OrderCancelled when snapshot.CancelledAt is null => snapshot with { CancelledAt = e.Time },
        EventTypes.OrderFulfilled when snapshot.FulfilledAt is null => snapshot with { FulfilledAt = e.Time },
        _ => snapshot,
    };

    private static int Compare(OrderSnapshot a, OrderSnapshot b)
    {
        var order = a.UpdatedAt.CompareTo(b.UpdatedAt);
        if (order == 0) order = a.Payment.CompareTo(b.Payment);
        return order != 0 ? order : string.CompareOrdinal(Text(a), Text(b));
    }

    private static int Compare(OrderRefund a, OrderRefund b)
    {
        var order = (a.AmountMinor is null).CompareTo(b.AmountMinor is null);
        if (order == 0) order = a.Lines.Length.CompareTo(b.Lines.Length);
        if (order == 0) order = a.Lines.Sum(static line => line.NetMinor).CompareTo(b.Lines.Sum(static line => line.NetMinor));
        return order != 0 ? order : string.CompareOrdinal(Text(a), Text(b));
    }

    private static string Text<T>(T value) => Encoding.UTF8.GetString(LoyaltyJson.Write(value));

    private static Instant? Earliest(Instant? a, Instant? b) => a is null || b < a ? b ?? a : a;
}
