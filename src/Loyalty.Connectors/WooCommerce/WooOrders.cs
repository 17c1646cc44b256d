using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>An order of WooCommerce's REST interface (version 3), as webhooks carry it. Totals are after discounts and without tax.</summary>
internal static class WooOrders
{
    public static Mapped Map(Node body, ShopContext context, string type, bool canFetch)
    {
        if (body["status"].Text(40) is "checkout-draft" or "auto-draft") return Mapped.None("draft-order");
        var order = Snapshot(body, context);
        var refunds = body["refunds"].Items();
        if (!canFetch) order = order with { Refunds = [.. refunds.Select(refund => WooRefunds.Unsplit(refund, context, order))] };
        if (type == EventTypes.OrderUpdated && order.CancelledAt is not null) type = EventTypes.OrderCancelled;
        var at = type == EventTypes.OrderPlaced ? order.PlacedAt : order.UpdatedAt;
        var identifiers = Identify(body, context);
        var events = new List<CanonicalEvent> { context.Event(type, at, identifiers, new EventData.Order(order)) };
        if (type == EventTypes.OrderPlaced && identifiers.Length > 0)
        {
            if (WooPeople.FromOrder(body) is { } person) events.Add(context.Event(EventTypes.CustomerUpdated, at, identifiers, person, suffix: ":buyer"));
            if (canFetch && CustomerId(body) is { } customer) events.Add(context.Fetch(WooReader.Customer, customer, at, identifiers));
        }

        // refunds[] tells a total and no lines; which goods came back stands in the order's refunds alone.
        if (canFetch && refunds.Count > 0) events.Add(context.Fetch(WooReader.Refunds, body["id"].RequiredId(), order.UpdatedAt, identifiers));
        return Mapped.Of(events);
    }

    /// <summary>
    /// A customer of the shop by the shop's id alone: the billing address may be another person's, and naming both would make two people one. A
    /// guest (customer 0) by that address.
    /// </summary>
    public static ImmutableArray<Identifier> Identify(Node body, ShopContext context) =>
        CustomerId(body) is { } id
            ? context.Identify(id, null, null)
            : context.Identify(null, body["billing"]["email"].Text(254), null) is { IsEmpty: false } guest ? guest : context.Identify(null, null, body["billing"]["phone"].Text(40));

    private static string? CustomerId(Node body) => body["customer_id"].Id() is { } id && id != "0" ? id : null;

    private static OrderSnapshot Snapshot(Node body, ShopContext context)
    {
        var currency = ShopContext.RequiredCurrency(body["currency"], body["currency"].Text(10) ?? context.Currency);
        if (!body["line_items"].Exists) body["line_items"].Fail("the order's lines");
        var updatedAt = body["date_modified_gmt"].AtUtc() ?? context.TriggeredAt;
        var placedAt = body["date_created_gmt"].AtUtc() ?? updatedAt;
        var paidAt = body["date_paid_gmt"].AtUtc();
        var status = body["status"].Text(40);
        var isPaid = paidAt is not null || status is "processing" or "completed" or "refunded";
        return new OrderSnapshot
        {
            OrderId = context.Global(body["id"].RequiredId()),
            Number = body["number"].Text(100),
            Currency = currency,
            PlacedAt = placedAt,
            UpdatedAt = updatedAt,
            Payment = Payment(status, isPaid, body["refunds"].Items().Count > 0),
            PaidAt = paidAt,
            FulfilledAt = status == "completed" ? body["date_completed_gmt"].AtUtc() ?? updatedAt : null,
            // An order that was never paid is cancelled when its stock hold lapses, and may still be paid: a cancellation is for ever.
            CancelledAt = isPaid && status is "cancelled" or "trash" ? updatedAt : null,
            Lines = [.. Lines(body, context, currency)],
            // Totals of lines are without tax whatever the shop enters its prices with.
            TaxesIncluded = false,
            ShippingMinor = Math.Max(0, context.Minor(body["shipping_total"], currency, body["shipping_total"].Amount())),
            DiscountCodes = [.. body["coupon_lines"].Items().Select(static coupon => coupon["code"].Text(100)).OfType<string>()],
            Channel = Channel(body["created_via"].Text(40)),
        };
    }

    private static IEnumerable<OrderLine> Lines(Node body, ShopContext context, string currency)
    {
        var rows = body["line_items"].Items().Select(node => Row(node, context, currency)).ToList();
        foreach (var row in BundleRows.CountOnce(rows)) yield return row.Line;
        foreach (var fee in body["fee_lines"].Items())
        {
            // A fee is no goods; a fee below 0 is how shops write a discount on everything.
            if (fee["total"].Amount() is not < 0) continue;
            yield return new OrderLine
            {
                LineId = fee["id"].RequiredId(),
                Title = Text(fee["name"]),
                Quantity = 1,
                NetMinor = context.Minor(fee["total"], currency, fee["total"].Amount()),
                TaxMinor = Math.Min(0, context.Minor(fee["total_tax"], currency, fee["total_tax"].Amount())),
            };
        }
    }

    private static OrderRow Row(Node node, ShopContext context, string currency)
    {
        if (!node["total"].Exists) node["total"].Fail("the line's total");
        var total = node["total"].Amount() ?? 0;
        var gross = node["subtotal"].Amount() ?? total;
        var line = new OrderLine
        {
            LineId = node["id"].RequiredId(),
            Sku = node["sku"].Text(100),
            ProductId = node["product_id"].Id() is { } product && product != "0" ? product : null,
            Title = Text(node["name"]),
            Quantity = ShopContext.Quantity(node["quantity"]),
            NetMinor = context.Minor(node["total"], currency, total),
            TaxMinor = context.Minor(node["total_tax"], currency, total < 0 ? Math.Min(0, node["total_tax"].Amount() ?? 0) : node["total_tax"].Amount()),
            Labels = LineLabels.Of(Meta(node)),
        };
        return new OrderRow(line, BundleRows.ParentOf(node), gross, gross - total);
    }

    private static IEnumerable<(string? Name, JsonElement Value)> Meta(Node row) =>
        row["meta_data"].Items().Select(static meta => (meta["key"].Text(100), meta["value"].Element));

    /// <summary>WordPress keeps names with HTML entities.</summary>
    private static string? Text(Node node) => node.Text(300) is { } text ? WebUtility.HtmlDecode(text) : null;

    private static string? Channel(string? createdVia) => createdVia switch
    {
        null => null,
        "checkout" or "store-api" => "web",
        "rest-api" => "api",
        _ => createdVia,
    };

    private static PaymentStatus Payment(string? status, bool isPaid, bool hasRefunds) => status switch
    {
        "refunded" => PaymentStatus.Refunded,
        _ when isPaid => hasRefunds ? PaymentStatus.PartiallyRefunded : PaymentStatus.Paid,
        "cancelled" or "failed" or "trash" => PaymentStatus.Voided,
        _ => PaymentStatus.Pending,
    };
}
