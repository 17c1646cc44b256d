using System.Globalization;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Stripe;

/// <summary>Payments without a checkout session: payment intents, invoices; and what was given back of a charge.</summary>
internal static class StripePayments
{
    public static Mapped MapIntent(Node intent, ShopContext context)
    {
        // The invoice tells tax and the customer's address too.
        if (intent["invoice"].Exists) return Mapped.None("told-by-invoice");
        var currency = StripeOrders.Currency(intent);
        var amount = intent["amount_received"].Exists ? intent["amount_received"] : intent["amount"];
        if (!amount.Exists) intent["amount"].Fail("an amount");
        // As of its beginning: where a session tells the same payment, the session knows more and has the last word.
        var order = StripeOrders.Snapshot(
            intent, context, intent["id"].RequiredId(), currency, (StripeMoney.Minor(amount, currency, context), 0, 0), intent["created"].AtSeconds() ?? context.TriggeredAt);
        var charge = intent["charges"]["data"].Items().FirstOrDefault(Node.Missing);
        var customer = StripeOrders.Reference(intent["customer"]);
        var identifiers = context.Identify(
            customer, customer is null ? intent["receipt_email"].Text(254) ?? charge["billing_details"]["email"].Text(254) : null, null);
        return Paid(context, order, identifiers);
    }

    public static Mapped MapInvoice(Node invoice, ShopContext context)
    {
        if (invoice["amount_paid"].Whole() is null or 0) return Mapped.None("nothing-paid");
        var intent = StripeOrders.Reference(invoice["payment_intent"]);
        // Newer interfaces leave the payment out of the invoice; payment_intent.succeeded then tells it, and telling it twice would earn twice.
        if (intent is null && invoice["paid_out_of_band"].Flag() != true) return Mapped.None("told-by-payment-intent");
        var currency = StripeOrders.Currency(invoice);
        var tax = invoice["total_tax_amounts"].Exists
            ? invoice["total_tax_amounts"].Items().Sum(line => StripeMoney.Minor(line["amount"], currency, context))
            : StripeMoney.Minor(invoice["tax"], currency, context);
        var shipping = StripeMoney.Minor(invoice["shipping_cost"]["amount_subtotal"], currency, context);
        var order = StripeOrders.Snapshot(
            invoice, context, intent ?? invoice["id"].RequiredId(), currency, (StripeMoney.Minor(invoice["amount_paid"], currency, context), tax, shipping), context.TriggeredAt);
        var identifiers = context.Identify(
            StripeOrders.Reference(invoice["customer"]), invoice["customer_email"].Text(254), invoice["customer_phone"].Text(40));
        return Paid(context, order with { PaidAt = invoice["status_transitions"]["paid_at"].AtSeconds() }, identifiers);
    }

    /// <summary>A refund is an amount: it is spread over what is kept. A refund that has not gone through tells nothing.</summary>
    public static Mapped MapRefunds(Node charge, Node previous, ShopContext context)
    {
        var currency = StripeOrders.Currency(charge);
        var orderId = context.Global(StripeOrders.Reference(charge["payment_intent"]) ?? charge["id"].RequiredId());
        var refunds = charge["refunds"]["data"].Items().Where(static refund => refund["status"].Text(40) is "succeeded" or null).ToList();
        var events = refunds.Select(refund => Event(
            orderId,
            new OrderRefund(refund["id"].RequiredId(), refund["created"].AtSeconds() ?? context.TriggeredAt, []) { AmountMinor = StripeMoney.Minor(refund["amount"], currency, context) },
            context)).ToList();
        if (charge["refunds"]["data"].Exists) return events.Count > 0 ? Mapped.Of(events) : Mapped.None("failed-refund");

        // Newer interfaces tell the sum so far only: each step of it is one refund.
        var (sum, before) = (StripeMoney.Minor(charge["amount_refunded"], currency, context), StripeMoney.Minor(previous["amount_refunded"], currency, context));
        if (sum <= before) return Mapped.None("failed-refund");
        var id = string.Create(CultureInfo.InvariantCulture, $"{charge["id"].RequiredId()}-{sum}");
        return Mapped.Of(Event(orderId, new OrderRefund(id, context.TriggeredAt, []) { AmountMinor = sum - before }, context));
    }

    private static CanonicalEvent Event(string orderId, OrderRefund refund, ShopContext context) => context.Event(
        EventTypes.OrderRefunded, refund.At, [], new EventData.Refund(orderId, refund), suffix: ":" + refund.RefundId);

    private static Mapped Paid(ShopContext context, OrderSnapshot order, System.Collections.Immutable.ImmutableArray<Identifier> identifiers)
    {
        order = order with { Payment = PaymentStatus.Paid, PaidAt = order.PaidAt ?? context.TriggeredAt };
        return Mapped.Of(context.Event(EventTypes.OrderPaid, order.PaidAt, identifiers, new EventData.Order(order)));
    }
}
