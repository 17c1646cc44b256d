using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Shopify;

/// <summary>Refunds, told alone or within their order.</summary>
internal static class ShopifyRefunds
{
    public static Mapped Map(Node body, ShopContext context)
    {
        if (WhyNot(body) is { } reason) return Mapped.None(reason);
        var lines = body["refund_line_items"].Items();
        var currency = Currency(body, lines, context);
        var details = Refund(body, context, currency, lines, []);
        var order = context.Global(body["order_id"].RequiredId());
        // A refund names no person; the order it belongs to does.
        return Mapped.Of(context.Event(EventTypes.OrderRefunded, details.At, [], new EventData.Refund(order, details)));
    }

    public static ImmutableArray<OrderRefund> OfOrder(
        Node order, ShopContext context, string currency, List<OrderRow> rows) =>
    [
        .. order["refunds"].Items()
            .Where(static refund => WhyNot(refund) is null)
            .Select(refund => Refund(refund, context, currency, refund["refund_line_items"].Items(), rows)),
    ];

    /// <summary>
    /// A calculated refund has no id and suggests; one whose every transaction failed gave nothing back.
    /// </summary>
    private static string? WhyNot(Node refund)
    {
        var transactions = refund["transactions"].Items();
        if (!refund["id"].Exists || transactions.Any(static t => t["kind"].Text(40) == "suggested_refund"))
            return "calculated-refund";
        return transactions.Count > 0 && transactions.All(static t => t["status"].Text(40) is "failure" or "error")
            ? "failed-refund"
            : null;
    }

    private static OrderRefund Refund(
        Node refund, ShopContext context, string currency, List<Node> lines, List<OrderRow> rows) => new(
        refund["id"].RequiredId(),
        refund["created_at"].At() ?? refund["processed_at"].At() ?? context.TriggeredAt,
        [.. lines.Select(line => Line(line, context, currency, rows))]);

    private static RefundLine Line(Node line, ShopContext context, string currency, List<OrderRow> rows)
    {
        var id = line["line_item_id"].Id() ?? line["line_item"]["id"].RequiredId();
        var quantity = ShopContext.Quantity(line["quantity"]);
        var amount = line["subtotal"].Amount() ?? Share(line, id, quantity, rows);
        return new RefundLine(id, quantity, Math.Max(0, context.Minor(line["subtotal"], currency, amount)));
    }

    /// <summary>
    /// Older bodies tell no subtotal: then it is the refunded pieces' share of what the line cost after its discounts.
    /// </summary>
    private static decimal Share(Node line, string id, long quantity, List<OrderRow> rows)
    {
        if (rows.Find(row => row.Line.LineId == id) is { } row)
            return Part(row.Gross - row.Discount, quantity, row.Line.Quantity);
        var sold = line["line_item"];
        if (!sold["price"].Exists)
        {
            line["subtotal"].Fail("what the refunded pieces cost");
            return 0;
        }

        var pieces = ShopContext.Quantity(sold["quantity"]);
        var discount = sold["discount_allocations"].Items().Sum(
            static allocation => allocation["amount"].Amount() ?? 0);
        return Part((sold["price"].Amount() ?? 0) * pieces - discount, quantity, pieces);
    }

    private static decimal Part(decimal whole, long quantity, long of) =>
        of <= 0 ? 0 : whole * Math.Min(quantity, of) / of;

    /// <summary>
    /// Amounts of refund lines are in the shop's currency; transactions may be in the buyer's, so they are asked last.
    /// </summary>
    private static string Currency(Node body, List<Node> lines, ShopContext context)
    {
        var told = lines.Select(static line => Told(line["subtotal_set"])).FirstOrDefault(static c => c is not null)
            ?? Told(body["total_duties_set"]) ?? Told(body["total_additional_fees_set"])
            ?? context.Currency
            ?? body["transactions"].Items()
                .Select(static t => t["currency"].Text(3))
                .FirstOrDefault(static c => c is not null)
            ?? body["currency"].Text(3);
        // Shipping or goodwill only: no line needs the currency.
        return lines.Count == 0 && told is null ? "USD" : ShopContext.RequiredCurrency(body["currency"], told);
    }

    private static string? Told(Node set) => set["shop_money"]["currency_code"].Text(3);
}
