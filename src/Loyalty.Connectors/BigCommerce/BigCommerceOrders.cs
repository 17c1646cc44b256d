using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.BigCommerce;

/// <summary>An order of the V2 interface with its products and coupons, and its refunds of the V3 interface.</summary>
internal static class BigCommerceOrders
{
    private const int Incomplete = 0;
    private const int Shipped = 2;
    private const int Refunded = 4;
    private const int Cancelled = 5;
    private const int Declined = 6;
    private const int AwaitingPickup = 8;
    private const int AwaitingShipment = 9;
    private const int Completed = 10;
    private const int AwaitingFulfillment = 11;
    private const int PartiallyRefunded = 14;

    public static Mapped Map(Node order, Node products, Node coupons, Node refunds, ShopContext context)
    {
        var status = order["status_id"].Whole() ?? 0;
        // A checkout that was left; it becomes an order when it gets another status.
        if (status == Incomplete) return Mapped.None("draft-order");
        var snapshot = Snapshot(order, products, coupons, status, context);
        snapshot = snapshot with { Refunds = [.. refunds.Items().Select(refund => Refund(refund, snapshot, context))] };
        var type = snapshot.CancelledAt is not null ? EventTypes.OrderCancelled : EventTypes.OrderUpdated;
        var identifiers = Identify(order, context);
        var events = new List<CanonicalEvent> { context.Event(type, snapshot.UpdatedAt, identifiers, new EventData.Order(snapshot)) };
        if (!identifiers.IsEmpty && Guest(order) is { } person) events.Add(context.Event(EventTypes.CustomerUpdated, snapshot.PlacedAt, identifiers, person, suffix: ":buyer"));
        return Mapped.Of(events);
    }

    /// <summary>A customer by the store's id alone (the billing address may be another person's), a guest (customer 0) by that address.</summary>
    private static ImmutableArray<Identifier> Identify(Node order, ShopContext context)
    {
        if (CustomerId(order) is { } id) return context.Identify(id, null, null);
        var billing = order["billing_address"];
        return context.Identify(null, billing["email"].Text(254), null) is { IsEmpty: false } guest ? guest : context.Identify(null, null, billing["phone"].Text(40));
    }

    private static string? CustomerId(Node order) => order["customer_id"].Id() is { } id && id != "0" ? id : null;

    private static EventData.Person? Guest(Node order)
    {
        if (CustomerId(order) is not null) return null;
        var billing = order["billing_address"];
        var person = new EventData.Person
        {
            FirstName = billing["first_name"].Text(100),
            LastName = billing["last_name"].Text(100),
            Country = PersonFields.Country(billing["country_iso2"].Text(10)),
            Locale = PersonFields.Locale(order["customer_locale"].Text(35)),
        };
        return person.FirstName is null && person.LastName is null && person.Country is null && person.Locale is null ? null : person;
    }

    private static OrderSnapshot Snapshot(Node order, Node products, Node coupons, long status, ShopContext context)
    {
        // Amounts are in the currency of the transaction; the store's own stands in default_currency_code.
        var told = order["currency_code"].Text(10) ?? order["default_currency_code"].Text(10) ?? context.Currency;
        var currency = ShopContext.RequiredCurrency(order["currency_code"], told);
        var updatedAt = At(order["date_modified"]) ?? context.TriggeredAt;
        var payment = Payment(order["payment_status"].Text(40), status);
        var rows = products.Items().Select(row => Row(row, context, currency)).ToList();
        return new OrderSnapshot
        {
            OrderId = context.Global(order["id"].RequiredId()),
            Number = order["id"].Id(),
            Currency = currency,
            PlacedAt = At(order["date_created"]) ?? updatedAt,
            UpdatedAt = updatedAt,
            Payment = payment,
            FulfilledAt = status is Shipped or Completed ? At(order["date_shipped"]) ?? updatedAt : null,
            CancelledAt = status == Cancelled && OrderMerge.IsPaid(payment) ? updatedAt : null,
            Lines = [.. BundleRows.CountOnce(rows).Select(static row => row.Line)],
            TaxesIncluded = false,
            ShippingMinor = Math.Max(0, context.Minor(order["shipping_cost_ex_tax"], currency, order["shipping_cost_ex_tax"].Amount())),
            DiscountCodes = [.. coupons.Items().Select(static coupon => coupon["code"].Text(100)).OfType<string>()],
            CartId = order["cart_id"].Id() is { } cart ? context.Global(cart) : null,
            Channel = Channel(order["order_source"].Text(40)),
        };
    }

    private static OrderRow Row(Node row, ShopContext context, string currency)
    {
        if (!row["total_ex_tax"].Exists) row["total_ex_tax"].Fail("the line's total without tax");
        var total = row["total_ex_tax"].Amount() ?? 0;
        var discount = row["applied_discounts"].Items().Sum(static one => one["amount"].Amount() ?? 0);
        var parent = row["parent_order_product_id"].Id();
        return new OrderRow(
            new OrderLine
            {
                LineId = row["id"].RequiredId(),
                Sku = row["sku"].Text(100),
                ProductId = row["product_id"].Id() is { } product && product != "0" ? product : null,
                Title = row["name"].Text(300),
                Quantity = ShopContext.Quantity(row["quantity"]),
                NetMinor = Math.Max(0, context.Minor(row["total_ex_tax"], currency, total - discount)),
                TaxMinor = Math.Max(0, context.Minor(row["total_tax"], currency, row["total_tax"].Amount())),
                IsGiftCard = row["type"].Text(40) == "giftcertificate",
            },
            parent == "0" ? null : parent,
            total,
            discount);
    }

    /// <summary>
    /// Items of products give back pieces of a line (the refund tells no amount for them: their share of the line); money for the order as a whole is
    /// spread; shipping, handling and tax are no goods.
    /// </summary>
    private static OrderRefund Refund(Node refund, OrderSnapshot order, ShopContext context)
    {
        var items = refund["items"].Items();
        var lines = items.Where(static item => item["item_type"].Text(40) == "PRODUCT").Select(item => Line(item, order)).ToImmutableArray();
        var whole = items.Where(static item => item["item_type"].Text(40) == "ORDER").Sum(static item => item["requested_amount"].Amount() ?? 0);
        return new OrderRefund(refund["id"].RequiredId(), refund["created"].At() ?? context.TriggeredAt, lines)
        {
            AmountMinor = whole > 0 ? context.Minor(refund["total_amount"], order.Currency, whole) : null,
        };
    }

    private static RefundLine Line(Node item, OrderSnapshot order)
    {
        var id = item["item_id"].RequiredId();
        var quantity = ShopContext.Quantity(item["quantity"]);
        var line = order.Lines.FirstOrDefault(line => line.LineId == id);
        var share = line is null || line.Quantity == 0 ? 0 : (long)decimal.Round((decimal)line.NetMinor * Math.Min(quantity, line.Quantity) / line.Quantity, MidpointRounding.AwayFromZero);
        return new RefundLine(id, quantity, share);
    }

    /// <summary>The payment's own word where there is one; offline methods have none and are told by what the store does with the order.</summary>
    private static PaymentStatus Payment(string? told, long status) => (told, status) switch
    {
        (_, Refunded) or ("refunded", _) => PaymentStatus.Refunded,
        (_, PartiallyRefunded) or ("partially refunded", _) => PaymentStatus.PartiallyRefunded,
        ("captured" or "paid", _) => PaymentStatus.Paid,
        ("void" or "declined", _) or (_, Declined) => PaymentStatus.Voided,
        (_, Shipped or AwaitingPickup or AwaitingShipment or Completed or AwaitingFulfillment) => PaymentStatus.Paid,
        (_, Cancelled) => PaymentStatus.Voided,
        ("authorized" or "capture pending", _) => PaymentStatus.Authorized,
        _ => PaymentStatus.Pending,
    };

    private static string? Channel(string? source) => source switch
    {
        "www" or "iphone" or "checkout_api" => "web",
        "manual" => "admin",
        _ => source,
    };

    /// <summary>V2 writes moments by RFC 2822: <c>Tue, 20 Nov 2012 00:00:00 +0000</c>.</summary>
    private static Instant? At(Node node)
    {
        if (node.Text(60) is not { } text) return null;
        if (Node.ParseInstant(text) is { } iso) return iso;
        var parsed = Rfc2822.Parse(text);
        if (parsed.Success) return parsed.Value.ToInstant();
        node.Fail("a moment such as Tue, 20 Nov 2012 00:00:00 +0000");
        return null;
    }

    private static readonly OffsetDateTimePattern Rfc2822 = OffsetDateTimePattern.CreateWithInvariantCulture("ddd, dd MMM uuuu HH:mm:ss o<+HHmm>");
}
