using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Adobe;

/// <summary>Credit memos.</summary>
internal static class AdobeRefunds
{
    public static Mapped Map(Node memo, ShopContext context)
    {
        // 1 open, 2 refunded, 3 cancelled.
        if (memo["state"].Text(10) is not (null or "2")) return Mapped.None("failed-refund");
        var currency = ShopContext.RequiredCurrency(memo["order_currency_code"], memo["order_currency_code"].Text(10) ?? context.Currency);
        var order = context.Global(memo["order_id"].RequiredId());
        var adjustment = (memo["adjustment_positive"].Amount() ?? 0) - (memo["adjustment_negative"].Amount() ?? 0);
        var refund = new OrderRefund(
            memo["entity_id"].RequiredId(),
            memo["created_at"].AtUtc() ?? context.TriggeredAt,
            [.. memo["items"].Items().Where(static item => (item["qty"].Amount() ?? 0) > 0).Select(item => Line(item, context, currency))])
        {
            AmountMinor = adjustment > 0 ? context.Minor(memo["adjustment_positive"], currency, adjustment) : null,
        };
        return Mapped.Of(context.Event(EventTypes.OrderRefunded, refund.At, [], new EventData.Refund(order, refund)));
    }

    private static RefundLine Line(Node item, ShopContext context, string currency)
    {
        var net = (item["row_total"].Amount() ?? 0) - (item["discount_amount"].Amount() ?? 0) + (item["discount_tax_compensation_amount"].Amount() ?? 0);
        return new RefundLine(
            item["order_item_id"].RequiredId(),
            Math.Min(1_000_000, (long)decimal.Truncate(item["qty"].Amount() ?? 0)),
            Math.Max(0, context.Minor(item["row_total"], currency, net)));
    }
}
