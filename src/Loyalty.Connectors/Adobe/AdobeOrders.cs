using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Adobe;

/// <summary>An order as Adobe Commerce's observers tell it. Amounts are in the order's currency; moments are UTC without saying so.</summary>
internal static class AdobeOrders
{
    public static Mapped Map(Node value, ShopContext context, string type)
    {
        var currency = ShopContext.RequiredCurrency(value["order_currency_code"], value["order_currency_code"].Text(10) ?? context.Currency);
        if (!value["items"].Exists) value["items"].Fail("the order's items; put them into the subscription's fields");
        var updatedAt = value["updated_at"].AtUtc() ?? context.TriggeredAt;
        var state = value["state"].Text(40);
        var payment = Payment(value, state);
        var order = new OrderSnapshot
        {
            OrderId = context.Global(value["entity_id"].RequiredId()),
            Number = value["increment_id"].Text(100),
            Currency = currency,
            PlacedAt = value["created_at"].AtUtc() ?? updatedAt,
            UpdatedAt = updatedAt,
            Payment = payment,
            FulfilledAt = state == "complete" ? updatedAt : null,
            CancelledAt = state == "canceled" && OrderMerge.IsPaid(payment) ? updatedAt : null,
            Lines = [.. Lines(value, context, currency)],
            ShippingMinor = Math.Max(0, context.Minor(value["shipping_amount"], currency, (value["shipping_amount"].Amount() ?? 0) - (value["shipping_discount_amount"].Amount() ?? 0))),
            DiscountCodes = value["coupon_code"].Text(100) is { } code ? [code] : [],
            CartId = value["quote_id"].Id() is { } cart ? context.Global(cart) : null,
            Channel = "web",
        };
        if (order.CancelledAt is not null) type = EventTypes.OrderCancelled;
        var at = type == EventTypes.OrderPlaced ? order.PlacedAt : updatedAt;
        var identifiers = Identify(value, context);
        var events = new List<CanonicalEvent> { context.Event(type, at, identifiers, new EventData.Order(order)) };
        if (type == EventTypes.OrderPlaced && !identifiers.IsEmpty && (value["customer_firstname"].Text(100) ?? value["customer_lastname"].Text(100)) is not null)
        {
            var person = new EventData.Person { FirstName = value["customer_firstname"].Text(100), LastName = value["customer_lastname"].Text(100) };
            events.Add(context.Event(EventTypes.CustomerUpdated, at, identifiers, person, suffix: ":buyer"));
        }

        return Mapped.Of(events);
    }

    /// <summary>The address in an order of a customer is the account's own.</summary>
    private static ImmutableArray<Identifier> Identify(Node value, ShopContext context) =>
        context.Identify(value["customer_id"].Id() is { } id && id != "0" ? id : null, value["customer_email"].Text(254), null);

    /// <summary>
    /// A configurable product has the price in its parent row, a bundle in the parent, in the children or in both: where the parent has a value, its
    /// children are parts of it; where it has none, they are the goods.
    /// </summary>
    private static IEnumerable<OrderLine> Lines(Node value, ShopContext context, string currency)
    {
        var rows = value["items"].Items().Select(item => (Line: Line(item, context, currency), Parent: item["parent_item_id"].Id())).ToList();
        var worth = rows.Where(static row => row.Line.NetMinor > 0).Select(static row => row.Line.LineId).ToHashSet(StringComparer.Ordinal);
        var parents = rows.Select(static row => row.Parent).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return rows
            .Where(row => row.Parent is null || !worth.Contains(row.Parent))
            .Where(row => !parents.Contains(row.Line.LineId) || worth.Contains(row.Line.LineId))
            .Select(static row => row.Line)
            .DistinctBy(static line => line.LineId, StringComparer.Ordinal);
    }

    private static OrderLine Line(Node item, ShopContext context, string currency)
    {
        if (!item["row_total"].Exists) item["row_total"].Fail("the row's total");
        // Where prices contain the tax, part of the discount was tax: it is told apart and given back to the net.
        var net = (item["row_total"].Amount() ?? 0) - (item["discount_amount"].Amount() ?? 0) + (item["discount_tax_compensation_amount"].Amount() ?? 0);
        return new OrderLine
        {
            LineId = item["item_id"].RequiredId(),
            Sku = item["sku"].Text(100),
            ProductId = item["product_id"].Id(),
            Title = item["name"].Text(300),
            Quantity = Math.Clamp((long)decimal.Truncate(Math.Max(1, item["qty_ordered"].Amount() ?? 1)), 1, 1_000_000),
            NetMinor = Math.Max(0, context.Minor(item["row_total"], currency, net)),
            TaxMinor = Math.Max(0, context.Minor(item["tax_amount"], currency, item["tax_amount"].Amount())),
            IsGiftCard = item["product_type"].Text(40) == "giftcard",
        };
    }

    private static PaymentStatus Payment(Node value, string? state)
    {
        var (total, paid, refunded) = (value["grand_total"].Amount() ?? 0, value["total_paid"].Amount() ?? 0, value["total_refunded"].Amount() ?? 0);
        if (refunded > 0 && paid > 0) return refunded >= paid ? PaymentStatus.Refunded : PaymentStatus.PartiallyRefunded;
        if (state == "closed") return PaymentStatus.Refunded;
        if (paid > 0 && paid >= total) return PaymentStatus.Paid;
        if (paid > 0) return PaymentStatus.PartiallyPaid;
        if (state == "canceled") return PaymentStatus.Voided;
        // Nothing to pay (points, a gift card): paid as soon as the store goes on with it.
        return state == "complete" || (state == "processing" && total == 0) ? PaymentStatus.Paid : PaymentStatus.Pending;
    }
}
