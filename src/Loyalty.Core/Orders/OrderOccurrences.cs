using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Orders;

/// <summary>Which business facts of an order are true and not told yet. Each is told once, however many webhooks told it.</summary>
public static class OrderOccurrences
{
    /// <summary>
    /// Tells what became true, oldest first. <c>order.updated</c> is told only of a change that told nothing else.
    /// </summary>
    /// <param name="order">The order after the merge, its counts and <see cref="OrderState.Nth"/> included.</param>
    /// <param name="wasKnown">A version of it was known before.</param>
    /// <param name="isChanged">Its latest version is another than before.</param>
    /// <param name="hops">Of the event.</param>
    public static (OrderState Order, ImmutableArray<Occurrence> Occurrences) Tell(OrderState order, bool wasKnown, bool isChanged, int hops)
    {
        if (order.Facts.Latest is not { } latest) return (order, []);
        var teller = new Teller(order, latest, hops);
        var facts = order.Facts;
        if (facts.PlacedAt is { } placed) teller.Tell("placed", EventTypes.OrderPlaced, placed);
        if (facts.PaidAt is { } paid) teller.Tell("paid", EventTypes.OrderPaid, paid);
        if (facts.FulfilledAt is { } fulfilled) teller.Tell("fulfilled", EventTypes.OrderFulfilled, fulfilled);
        if (facts.CancelledAt is { } cancelled) teller.Tell("cancelled", EventTypes.OrderCancelled, cancelled);
        if (facts.IsPaid && !facts.Refunds.IsEmpty)
        {
            foreach (var refund in OrderValue.InOrder(facts.Refunds)) teller.Tell("refunded:" + refund.RefundId, EventTypes.OrderRefunded, refund.At, refund);
        }

        if (teller.HasNothing && wasKnown && isChanged) teller.TellUpdate();
        return teller.Close();
    }

    /// <summary>What one version of an order tells.</summary>
    private sealed class Teller(OrderState order, OrderSnapshot latest, int hops)
    {
        private readonly List<Occurrence> _told = new(2);
        private ImmutableArray<string> _names = order.Told;
        // Several facts of one version have the same attributes, which are put together once, and only where somebody asks.
        private Func<ImmutableDictionary<string, AttributeValue>>? _common;

        public bool HasNothing => _told.Count == 0;

        private Func<ImmutableDictionary<string, AttributeValue>> Common => _common ??= new Lazily(order, latest, null).Get;

        public void Tell(string name, string type, Instant at, OrderRefund? refund = null)
        {
            var index = SortedNames.Find(_names, name);
            if (index >= 0) return;
            _names = _names.Insert(~index, name);
            _told.Add(Occurrence.Of(Id(type, order.OrderId, refund?.RefundId), type, at, refund is null ? Common : new Lazily(order, latest, refund).Get, hops));
        }

        public void TellUpdate()
        {
            var version = latest.UpdatedAt.ToUnixTimeTicks().ToString(System.Globalization.CultureInfo.InvariantCulture);
            _told.Add(Occurrence.Of(Id(EventTypes.OrderUpdated, order.OrderId, version), EventTypes.OrderUpdated, latest.UpdatedAt, Common, hops));
        }

        public (OrderState Order, ImmutableArray<Occurrence> Occurrences) Close() =>
            (_names == order.Told ? order : order with { Told = _names }, Occurrence.InOrder(_told));
    }

    /// <summary>The attributes of one version of an order.</summary>
    private sealed class Lazily(OrderState order, OrderSnapshot latest, OrderRefund? refund)
    {
        private ImmutableDictionary<string, AttributeValue>? _values;

        public ImmutableDictionary<string, AttributeValue> Get() => _values ??= Attributes(order, latest, refund);
    }

    private static string Id(string type, string orderId, string? part) => part is null ? $"{type}:{orderId}" : $"{type}:{orderId}:{part}";

    /// <summary>What conditions see of an order.</summary>
    internal static ImmutableDictionary<string, AttributeValue> Attributes(OrderState order, OrderSnapshot latest, OrderRefund? refund)
    {
        var values = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        values["order-id"] = order.OrderId;
        values["currency"] = latest.Currency;
        values["total"] = new AttributeValue.Money(OrderValue.Net(latest), latest.Currency);
        values["kept"] = new AttributeValue.Money(OrderValue.Kept(order.Facts), latest.Currency);
        values["items"] = latest.Lines.Sum(static line => line.Quantity);
        values["skus"] = Texts(latest.Lines, static line => line.Sku);
        values["categories"] = Texts(latest.Lines, static line => line.Category);
        values["codes"] = Texts(latest.DiscountCodes, static code => code);
        if (latest.Number is { } number) values["number"] = number;
        if (latest.CartId is { } cart) values["cart-id"] = cart;
        if (latest.Channel is { } channel) values["channel"] = channel;
        if (order.Nth is { } nth) values["nth"] = (long)nth;
        if (refund is not null)
        {
            values["refund-id"] = refund.RefundId;
            values["refund-amount"] = new AttributeValue.Money(refund.Lines.Sum(static line => line.NetMinor) + (refund.AmountMinor ?? 0), latest.Currency);
        }

        return values.ToImmutable();
    }

    /// <summary>Sorted, each once.</summary>
    private static AttributeValue.List Texts<T>(ImmutableArray<T> items, Func<T, string?> text)
    {
        if (items.IsDefaultOrEmpty) return new AttributeValue.List([]);
        var texts = new List<string>(items.Length);
        foreach (var item in items)
        {
            if (text(item) is not { } one) continue;
            var at = texts.BinarySearch(one, StringComparer.Ordinal);
            if (at < 0) texts.Insert(~at, one);
        }

        return new AttributeValue.List([.. texts]);
    }
}
