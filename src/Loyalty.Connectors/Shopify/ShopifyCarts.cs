using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Shopify;

/// <summary>
/// Carts and checkouts. A checkout and the order made of it carry the token of their cart, so all three share one cart
/// id. A cart names no person; the checkout does.
/// </summary>
internal static class ShopifyCarts
{
    public static Mapped Map(Node body, ShopContext context, bool isCheckout)
    {
        var rows = body["line_items"].Items();
        var currency = Currency(body, rows, context);
        var lines = rows.Select(row => Line(row, context, currency)).ToList();
        var id = (isCheckout ? body["cart_token"].Id() : null) ?? body["token"].Id() ?? body["id"].RequiredId();
        var total = currency is null ? 0 : Total(body, rows, context, currency);
        var data = new EventData.Cart(context.Global(id), isCheckout, currency, total, [.. lines])
        {
            CompletedAt = body["completed_at"].At(),
        };
        var at = body["updated_at"].At() ?? body["created_at"].At();
        return Mapped.Of(context.Event(EventTypes.CartUpdated, at, ShopifyOrders.Identify(body, context), data));
    }

    private static EventData.CartLine Line(Node row, ShopContext context, string? currency)
    {
        var price = (row["discounted_price"].Exists ? row["discounted_price"] : row["price"]).Amount();
        return new EventData.CartLine(
            row["sku"].Text(100),
            row["product_id"].Id(),
            row["title"].Text(300),
            ShopContext.Quantity(row["quantity"]),
            currency is null ? 0 : Math.Max(0, context.Minor(row["price"], currency, price)));
    }

    private static long Total(Node body, List<Node> rows, ShopContext context, string currency)
    {
        var total = body["subtotal_price"].Amount() ?? rows.Sum(static row => row["line_price"].Amount() ?? 0);
        return Math.Max(0, context.Minor(body["subtotal_price"], currency, total));
    }

    private static string? Currency(Node body, List<Node> rows, ShopContext context)
    {
        var told = body["currency"].Text(3) ?? rows
            .Select(static row => row["price_set"]["shop_money"]["currency_code"].Text(3))
            .FirstOrDefault(static c => c is not null)
            ?? context.Currency;
        if (told is null) return null;
        return CurrencyTable.Exponent(told.ToUpperInvariant()) is null
            ? ShopContext.RequiredCurrency(body["currency"], told)
            : told.ToUpperInvariant();
    }
}
