using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Customers;

/// <summary>
/// Where it is written that an event was applied: in its order's document, which it changes in any case; an event without an order, and one that finds no
/// room there, leaves a document of its own. Either way in the batch with everything it did.
/// </summary>
/// <param name="store">Where absorbed people's markers are.</param>
/// <param name="session">The customer's partition.</param>
/// <param name="markerId">The event's key.</param>
/// <param name="orderId">The order it is about; null: none.</param>
internal sealed class EventMarkers(IDocumentStore store, PartitionSession session, string markerId, string? orderId)
{
    private OrderState? _order;

    private bool MayHaveDocument => orderId is null || _order?.Applied?.ElsewhereAt is not null;

    /// <returns>What was to be told when the event was applied; null: it was not.</returns>
    public async ValueTask<ImmutableList<RunAnnouncement>?> FindAsync(CancellationToken cancellation)
    {
        if (orderId is not null)
        {
            _order = await session.ReadAsync<OrderState>(Keys.Order(orderId), cancellation);
            if (_order?.Applied?.Find(markerId) is { } applied) return applied.Open ?? [];
        }

        return MayHaveDocument ? (await session.ReadAsync<EventMarker>(markerId, cancellation))?.Open : null;
    }

    /// <summary>Whether the event was applied to one of the people who were merged into this one, before they were. Orders came here with what they note.</summary>
    public async ValueTask<bool> IsWithAsync(ImmutableArray<string> absorbed, CancellationToken cancellation)
    {
        if (!MayHaveDocument) return false;
        foreach (var customerId in absorbed)
        {
            if (await store.ReadAsync(Keys.CustomerPartition(customerId), markerId, cancellation) is not null) return true;
        }

        return false;
    }

    /// <summary>Notes the event.</summary>
    /// <returns>The decision, with the note in its order where it lies there.</returns>
    public CustomerDecision.Applied Put(CustomerDecision.Applied decision, string type, Instant now, ImmutableList<RunAnnouncement> open)
    {
        if (decision.Order is { } order)
        {
            var applied = new AppliedEvent(markerId, type, now, open.IsEmpty ? null : open);
            var (next, isHere) = (order.Applied ?? AppliedEvents.None).With(applied, Retention.Markers);
            decision = decision with { Order = order with { Applied = next } };
            if (isHere) return decision;
        }

        var marker = new EventMarker { Type = type, AppliedAt = now, Open = open };
        session.Put(markerId, Kinds.Marker, marker, expiresAt: Retention.Until(now, Retention.Markers));
        return decision;
    }
}
