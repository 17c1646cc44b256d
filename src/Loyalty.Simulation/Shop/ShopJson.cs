using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Shop;

/// <summary>
/// Bodies in the shape of Shopify's webhooks: money as texts, moments with the shop's offset, ids as numbers.
/// </summary>
internal static class ShopJson
{
    private static readonly DateTimeZone ShopZone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Customer(
        ShopPerson person, Instant createdAt, Instant updatedAt, bool? agreed, string? lastName = null) => Write(json =>
    {
        Person(json, person, createdAt, updatedAt, agreed, lastName);
        json.WriteStartArray("addresses");
        json.WriteEndArray();
    });

    public static byte[] Cart(
        string token,
        IEnumerable<ShopLine> lines,
        Instant createdAt,
        Instant updatedAt,
        string currency) => Write(json =>
    {
        json.WriteString("id", token);
        json.WriteString("token", token);
        json.WriteStartArray("line_items");
        foreach (var line in lines)
        {
            json.WriteStartObject();
            json.WriteNumber("id", line.Product.Id * 100);
            json.WriteNull("properties");
            json.WriteNumber("quantity", line.Quantity);
            json.WriteNumber("variant_id", line.Product.Id * 100);
            json.WriteNumber("product_id", line.Product.Id);
            json.WriteString("sku", line.Product.Sku);
            json.WriteString("title", line.Product.Title);
            json.WriteString("price", Money(line.Product.Price));
            json.WriteString("discounted_price", Money(line.Product.Price));
            json.WriteString("line_price", Money(line.Product.Price * line.Quantity));
            Set(json, "price_set", line.Product.Price, currency);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("note");
        json.WriteString("updated_at", Utc(updatedAt));
        json.WriteString("created_at", Utc(createdAt));
    });

    public static byte[] Checkout(ShopOrder order, Instant at, Instant? completedAt, string currency) => Write(json =>
    {
        json.WriteNumber("id", order.Id + 7);
        json.WriteString("token", "co-" + order.CartToken);
        json.WriteString("cart_token", order.CartToken);
        json.WriteString("email", order.Person.Email);
        json.WriteString("currency", currency);
        json.WriteString("customer_locale", order.Person.Locale);
        json.WriteString("subtotal_price", Money(order.Goods));
        json.WriteString("created_at", At(order.PlacedAt));
        json.WriteString("updated_at", At(at));
        if (completedAt is { } done) json.WriteString("completed_at", At(done));
        else json.WriteNull("completed_at");
        json.WriteStartArray("line_items");
        foreach (var line in order.Lines)
        {
            json.WriteStartObject();
            json.WriteString("sku", line.Product.Sku);
            json.WriteNumber("product_id", line.Product.Id);
            json.WriteString("title", line.Product.Title);
            json.WriteNumber("quantity", line.Quantity);
            json.WriteString("price", Money(line.Product.Price));
            json.WriteString("line_price", Money(line.Product.Price * line.Quantity));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (!order.IsGuest) Buyer(json, order, at);
    });

    public static byte[] Order(ShopOrder order, string currency) => Write(json =>
    {
        json.WriteNumber("id", order.Id);
        json.WriteString("admin_graphql_api_id", $"gid://shopify/Order/{order.Id}");
        json.WriteString("name", $"#{order.Id % 1_000_000 + 1000}");
        json.WriteString("email", order.Person.Email);
        json.WriteString("contact_email", order.Person.Email);
        json.WriteString("created_at", At(order.PlacedAt));
        json.WriteString("processed_at", At(order.PlacedAt));
        json.WriteString("updated_at", At(order.UpdatedAt));
        Moment(json, "cancelled_at", order.CancelledAt);
        json.WriteBoolean("test", false);
        json.WriteBoolean("taxes_included", false);
        json.WriteString("currency", currency);
        json.WriteString("financial_status", order.Payment);
        if (order.FulfilledAt is null) json.WriteNull("fulfillment_status");
        else json.WriteString("fulfillment_status", "fulfilled");
        json.WriteString("cart_token", order.CartToken);
        json.WriteString("checkout_token", "co-" + order.CartToken);
        json.WriteString("customer_locale", order.Person.Locale);
        json.WriteBoolean("buyer_accepts_marketing", order.IsGuest && order.Person.Agreed);
        json.WriteString("landing_site", $"/?utm_source={order.Person.Source}");
        json.WriteString("subtotal_price", Money(order.Goods));
        json.WriteString("total_price", Money(order.Goods + order.Shipping + order.Lines.Sum(Tax)));
        if (order.IsGuest) json.WriteNull("customer");
        else Buyer(json, order, order.PlacedAt);
        json.WriteStartObject("billing_address");
        json.WriteString("first_name", order.Person.FirstName);
        json.WriteString("last_name", order.Person.LastName);
        json.WriteString("country_code", order.Person.Country);
        json.WriteEndObject();
        OrderParts(json, order, currency);
    });

    public static byte[] Refund(ShopOrder order, ShopRefund refund, string currency) =>
        Write(json => RefundMembers(json, order, refund, currency));

    private static void OrderParts(Utf8JsonWriter json, ShopOrder order, string currency)
    {
        json.WriteStartArray("discount_codes");
        if (order.Code is { } code)
        {
            json.WriteStartObject();
            json.WriteString("code", code);
            json.WriteString("amount", Money(order.Lines.Sum(static line => line.Discount)));
            json.WriteString("type", "percentage");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("line_items");
        foreach (var line in order.Lines) Line(json, line);
        json.WriteEndArray();
        json.WriteStartArray("shipping_lines");
        json.WriteStartObject();
        json.WriteString("title", "Courier");
        json.WriteString("price", Money(order.Shipping));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("fulfillments");
        if (order.FulfilledAt is { } fulfilled)
        {
            json.WriteStartObject();
            json.WriteNumber("id", order.Id + 3);
            json.WriteString("status", "success");
            json.WriteString("created_at", At(fulfilled));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("refunds");
        foreach (var refund in order.Refunds)
        {
            json.WriteStartObject();
            RefundMembers(json, order, refund, currency);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Line(Utf8JsonWriter json, ShopLine line)
    {
        json.WriteStartObject();
        json.WriteNumber("id", line.Id);
        json.WriteNumber("product_id", line.Product.Id);
        json.WriteNumber("variant_id", line.Product.Id * 100);
        json.WriteString("sku", line.Product.Sku);
        json.WriteString("title", line.Product.Title);
        json.WriteNumber("quantity", line.Quantity);
        json.WriteString("price", Money(line.Product.Price));
        // As the platform does: the line's own discounts stand in the allocations only.
        json.WriteString("total_discount", "0.00");
        json.WriteBoolean("gift_card", false);
        json.WriteStartArray("properties");
        json.WriteEndArray();
        json.WriteStartArray("discount_allocations");
        if (line.Discount > 0)
        {
            json.WriteStartObject();
            json.WriteString("amount", Money(line.Discount));
            json.WriteNumber("discount_application_index", 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("tax_lines");
        json.WriteStartObject();
        json.WriteString("title", "VAT");
        json.WriteString("price", Money(Tax(line)));
        json.WriteNumber("rate", 0.2);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void RefundMembers(Utf8JsonWriter json, ShopOrder order, ShopRefund refund, string currency)
    {
        json.WriteNumber("id", refund.Id);
        json.WriteNumber("order_id", order.Id);
        json.WriteString("created_at", At(refund.At));
        json.WriteString("processed_at", At(refund.At));
        json.WriteStartArray("refund_line_items");
        foreach (var (line, quantity, amount) in refund.Lines)
        {
            json.WriteStartObject();
            json.WriteNumber("id", line.Id + 5);
            json.WriteNumber("line_item_id", line.Id);
            json.WriteNumber("quantity", quantity);
            // The platform writes this field as a number where the other amounts are texts.
            json.WritePropertyName("subtotal");
            json.WriteRawValue(Money(amount));
            Set(json, "subtotal_set", amount, currency);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("transactions");
        json.WriteStartObject();
        json.WriteString("kind", "refund");
        json.WriteString("status", "success");
        json.WriteString("currency", currency);
        json.WriteString("amount", Money(refund.Lines.Sum(static line => line.Amount) + refund.Shipping));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("order_adjustments");
        json.WriteEndArray();
    }

    private static void Buyer(Utf8JsonWriter json, ShopOrder order, Instant at)
    {
        json.WriteStartObject("customer");
        Person(json, order.Person, at, at, agreed: null);
        json.WriteEndObject();
    }

    private static void Person(
        Utf8JsonWriter json,
        ShopPerson person,
        Instant createdAt,
        Instant updatedAt,
        bool? agreed,
        string? lastName = null)
    {
        json.WriteNumber("id", person.ShopId);
        json.WriteString("email", person.Email);
        json.WriteString("first_name", person.FirstName);
        json.WriteString("last_name", lastName ?? person.LastName);
        json.WriteString("phone", person.Phone);
        json.WriteString("state", "enabled");
        json.WriteString("created_at", At(createdAt));
        json.WriteString("updated_at", At(updatedAt));
        json.WriteString("tags", $"locale:{person.Locale}, zone:{person.Zone}, source:{person.Source}");
        json.WriteStartObject("default_address");
        json.WriteString("country_code", person.Country);
        json.WriteEndObject();
        if (agreed is { } given)
        {
            json.WriteStartObject("email_marketing_consent");
            json.WriteString("state", given ? "subscribed" : "unsubscribed");
            json.WriteString("opt_in_level", "single_opt_in");
            json.WriteString("consent_updated_at", At(updatedAt));
            json.WriteEndObject();
        }
    }

    private static long Tax(ShopLine line) => line.Net / 5;

    private static void Set(Utf8JsonWriter json, string name, long minor, string currency)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("shop_money");
        json.WriteString("amount", Money(minor));
        json.WriteString("currency_code", currency);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Moment(Utf8JsonWriter json, string name, Instant? at)
    {
        if (at is { } moment) json.WriteString(name, At(moment));
        else json.WriteNull(name);
    }

    private static string Money(long minor) => (minor / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    private static string At(Instant at) =>
        OffsetDateTimePattern.Rfc3339.Format(at.InZone(ShopZone).ToOffsetDateTime());

    private static string Utc(Instant at) => InstantPattern.ExtendedIso.Format(at);

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
