using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Connectors.Shopify;

/// <summary>An order's body → one snapshot; a new guest order also tells what it knows about the guest.</summary>
internal static class ShopifyOrders
{
    public static Mapped Map(Node body, ShopContext context, string type)
    {
        if (body["test"].Flag() == true) return Mapped.None("test-order");
        var order = Snapshot(body, context, type);
        // The topic is a header nobody signed, and partially_paid is not paid: the body decides.
        if (type == EventTypes.OrderPaid && !IsPaid(order.Payment)) type = EventTypes.OrderUpdated;
        var at = type switch
        {
            EventTypes.OrderPlaced => order.PlacedAt,
            EventTypes.OrderCancelled => order.CancelledAt ?? order.UpdatedAt,
            EventTypes.OrderFulfilled => order.FulfilledAt ?? order.UpdatedAt,
            _ => order.UpdatedAt,
        };
        var identifiers = Identify(body, context);
        var events = new List<CanonicalEvent> { context.Event(type, at, identifiers, new EventData.Order(order)) };
        if (type == EventTypes.OrderPlaced && identifiers.Length > 0 && ShopifyPeople.FromOrder(body) is { } person)
            events.Add(context.Event(EventTypes.CustomerUpdated, at, identifiers, person, suffix: ":buyer"));
        return Mapped.Of(events);
    }

    /// <summary>
    /// The customer's own identifiers where there is a customer; else the order's e-mail, or failing that its phone. An
    /// order may carry another person's e-mail or phone (a gift, a courier's contact): naming both would merge two
    /// people.
    /// </summary>
    public static ImmutableArray<Identifier> Identify(Node body, ShopContext context)
    {
        var customer = body["customer"];
        var email = body["email"].Text(254) ?? body["contact_email"].Text(254);
        if (customer.Exists && customer["id"].Id() is { } id)
            return context.Identify(id, customer["email"].Text(254) ?? email, customer["phone"].Text(40));
        var guest = context.Identify(null, email, null);
        return guest.Length > 0 ? guest : context.Identify(null, null, body["phone"].Text(40));
    }

    private static OrderSnapshot Snapshot(Node body, ShopContext context, string type)
    {
        var currency = ShopContext.RequiredCurrency(body["currency"], body["currency"].Text(3) ?? context.Currency);
        var updatedAt = body["updated_at"].At() ?? context.TriggeredAt;
        var rows = Rows(body, context, currency);
        return new OrderSnapshot
        {
            OrderId = context.Global(body["id"].RequiredId()),
            Number = body["name"].Text(100),
            Currency = currency,
            PlacedAt = body["processed_at"].At() ?? body["created_at"].At() ?? updatedAt,
            UpdatedAt = updatedAt,
            Payment = Payment(body["financial_status"].Text(40)),
            FulfilledAt = FulfilledAt(body, updatedAt, type),
            CancelledAt = body["cancelled_at"].At(),
            Lines = [.. BundleRows.CountOnce(rows).Select(static row => row.Line)],
            Refunds = ShopifyRefunds.OfOrder(body, context, currency, rows),
            TaxesIncluded = body["taxes_included"].Flag() ?? false,
            ShippingMinor = Shipping(body, context, currency),
            DiscountCodes =
                [.. body["discount_codes"].Items().Select(static code => code["code"].Text(100)).OfType<string>()],
            Channel = Channel(body["source_name"].Text(100)),
            CartId = (body["cart_token"].Id() ?? body["checkout_token"].Id()) is { } cart ? context.Global(cart) : null,
        };
    }

    private static List<OrderRow> Rows(Node body, ShopContext context, string currency)
    {
        // A snapshot without lines would say that everything was taken off the order; a body reduced by "fields" must
        // not.
        if (!body["line_items"].Exists) body["line_items"].Fail("the order's lines");
        return [.. body["line_items"].Items().Select(node => Row(node, context, currency))];
    }

    private static OrderRow Row(Node node, ShopContext context, string currency)
    {
        var quantity = ShopContext.Quantity(node["quantity"]);
        var price = node["price"].Amount() ?? 0;
        if (!node["price"].Exists) node["price"].Fail("a price");
        var discount = node["discount_allocations"].Items().Sum(
            static allocation => allocation["amount"].Amount() ?? 0);
        var tax = node["tax_lines"].Items().Sum(static line => line["price"].Amount() ?? 0);
        var line = new OrderLine
        {
            LineId = node["id"].RequiredId(),
            Sku = node["sku"].Text(100),
            ProductId = node["product_id"].Id(),
            Title = node["title"].Text(300),
            Quantity = quantity,
            // Some shops sell a discount as a line with a price below 0; a discount that exceeds its own line is a mistake.
            NetMinor = price < 0 ? context.Minor(node["price"], currency, price * quantity) : Math.Max(0, context.Minor(node["price"], currency, price * quantity - discount)),
            TaxMinor = context.Minor(node["tax_lines"], currency, price < 0 ? Math.Min(0, tax) : tax),
            IsGiftCard = node["gift_card"].Flag() ?? false,
            Labels = LineLabels.Of(Properties(node.Element)),
        };
        return new OrderRow(line, BundleRows.ParentOf(node), price * quantity, discount);
    }

    /// <summary>Themes and apps write them as a list of pairs, as an object, as nothing or as garbage: read without complaint.</summary>
    private static IEnumerable<(string? Name, JsonElement Value)> Properties(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty("properties", out var properties)) yield break;
        if (properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var one in properties.EnumerateObject()) yield return (one.Name, one.Value);
        }
        else if (properties.ValueKind == JsonValueKind.Array)
        {
            foreach (var pair in properties.EnumerateArray())
            {
                if (pair.ValueKind == JsonValueKind.Object && pair.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && pair.TryGetProperty("value", out var value))
                    yield return (name.GetString(), value);
            }
        }
    }

    /// <summary>Shopify's own names; an app's number or handle stays what it is.</summary>
    private static string? Channel(string? source) => source switch
    {
        "iphone" or "android" => "app",
        _ => source,
    };

    private static long Shipping(Node body, ShopContext context, string currency)
    {
        var total = 0m;
        foreach (var line in body["shipping_lines"].Items())
        {
            var off = line["discount_allocations"].Items().Sum(static allocation => allocation["amount"].Amount() ?? 0);
            total += (line["price"].Amount() ?? 0) - off;
        }

        return Math.Max(0, context.Minor(body["shipping_lines"], currency, total));
    }

    private static Instant? FulfilledAt(Node body, Instant updatedAt, string type)
    {
        if (body["fulfillment_status"].Text(40) != "fulfilled") return null;
        Instant? last = null;
        foreach (var fulfillment in body["fulfillments"].Items())
        {
            if (fulfillment["status"].Text(40) is not (null or "success")) continue;
            var at = fulfillment["created_at"].At();
            if (at > last || last is null) last = at;
        }

        return last ?? (type == EventTypes.OrderFulfilled ? updatedAt : null);
    }

    private static bool IsPaid(PaymentStatus status) =>
        status is PaymentStatus.Paid or PaymentStatus.PartiallyRefunded or PaymentStatus.Refunded;

    private static PaymentStatus Payment(string? status) => status switch
    {
        "authorized" => PaymentStatus.Authorized,
        "partially_paid" => PaymentStatus.PartiallyPaid,
        "paid" => PaymentStatus.Paid,
        "partially_refunded" => PaymentStatus.PartiallyRefunded,
        "refunded" => PaymentStatus.Refunded,
        "voided" or "expired" => PaymentStatus.Voided,
        _ => PaymentStatus.Pending,
    };
}
