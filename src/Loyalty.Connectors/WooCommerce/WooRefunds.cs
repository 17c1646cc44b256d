using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>Refunds: by total as orders list them, by line as <c>/orders/{id}/refunds</c> tells them.</summary>
internal static class WooRefunds
{
    /// <summary>An item of an order's <c>refunds</c>: an id and a total, spread over what is kept. The one by line takes its place when it comes.</summary>
    public static OrderRefund Unsplit(Node refund, ShopContext context, OrderSnapshot order) => new(refund["id"].RequiredId(), order.UpdatedAt, [])
    {
        AmountMinor = Math.Abs(context.Minor(refund["total"], order.Currency, refund["total"].Amount())),
    };

    /// <summary>A refund by itself: its lines name the order's lines in <c>_refunded_item_id</c>, amounts are below 0; without lines it is shipping or goodwill.</summary>
    public static OrderRefund Split(Node refund, ShopContext context, string currency)
    {
        var lines = refund["line_items"].Items();
        var exact = new OrderRefund(
            refund["id"].RequiredId(),
            refund["date_created_gmt"].AtUtc() ?? context.TriggeredAt,
            [.. lines.Select(line => Line(line, context, currency))]);
        // Money without lines may still be for goods: only what shipping took is known not to be.
        if (lines.Count > 0) return exact;
        var amount = Math.Abs(refund["amount"].Amount() ?? 0) - refund["shipping_lines"].Items().Sum(static line => Math.Abs(line["total"].Amount() ?? 0) + Math.Abs(line["total_tax"].Amount() ?? 0));
        return amount > 0 ? exact with { AmountMinor = context.Minor(refund["amount"], currency, amount) } : exact;
    }

    private static RefundLine Line(Node line, ShopContext context, string currency)
    {
        var of = line["meta_data"].Items().Find(static meta => meta["key"].Text(100) == "_refunded_item_id");
        var id = of.Exists ? of["value"].RequiredId() : line["id"].RequiredId();
        return new RefundLine(
            id,
            Math.Min(1_000_000, Math.Abs(line["quantity"].Whole() ?? 0)),
            Math.Abs(context.Minor(line["total"], currency, line["total"].Amount())));
    }
}
