using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Stripe;

/// <summary>Checkout sessions: the one object of Stripe that tells tax, shipping and the buyer of a single payment.</summary>
internal static class StripeSessions
{
    public static Mapped Map(Node session, ShopContext context, bool isFailed = false)
    {
        switch (session["mode"].Text(40))
        {
            case "setup": return Mapped.None("no-payment");
            case "subscription": return Mapped.None("told-by-invoice");
            default: break;
        }

        var order = Snapshot(session, context, isFailed);
        var isPaid = order.Payment == PaymentStatus.Paid;
        var type = isFailed ? EventTypes.OrderUpdated : isPaid ? EventTypes.OrderPaid : EventTypes.OrderPlaced;
        var identifiers = Identify(session, context);
        var events = new List<CanonicalEvent> { context.Event(type, context.TriggeredAt, identifiers, new EventData.Order(order)) };
        if (!isFailed && !identifiers.IsEmpty && StripePeople.FromDetails(session) is { } person)
            events.Add(context.Event(EventTypes.CustomerUpdated, context.TriggeredAt, identifiers, person, suffix: ":buyer"));
        return Mapped.Of(events);
    }

    /// <summary>The customer's own address stands in the session: it is what the customer object has, or what the buyer gave of themselves.</summary>
    private static ImmutableArray<Identifier> Identify(Node session, ShopContext context)
    {
        var details = session["customer_details"];
        return context.Identify(
            StripeOrders.Reference(session["customer"]),
            details["email"].Text(254) ?? session["customer_email"].Text(254),
            details["phone"].Text(40));
    }

    private static OrderSnapshot Snapshot(Node session, ShopContext context, bool isFailed)
    {
        var currency = StripeOrders.Currency(session);
        var id = StripeOrders.Reference(session["payment_intent"]) ?? session["id"].RequiredId();
        var totals = session["total_details"];
        if (!session["amount_total"].Exists) session["amount_total"].Fail("the session's total");
        var order = StripeOrders.Snapshot(
            session,
            context,
            id,
            currency,
            (StripeMoney.Minor(session["amount_total"], currency, context), StripeMoney.Minor(totals["amount_tax"], currency, context), StripeMoney.Minor(totals["amount_shipping"], currency, context)),
            context.TriggeredAt);
        var isPaid = session["payment_status"].Text(40) is "paid" or "no_payment_required";
        return order with
        {
            Payment = isFailed ? PaymentStatus.Voided : isPaid ? PaymentStatus.Paid : PaymentStatus.Pending,
            PaidAt = isPaid && !isFailed ? context.TriggeredAt : null,
            Number = session["client_reference_id"].Text(100),
            Channel = "web",
        };
    }
}
