using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Connectors.Stripe;

/// <summary>
/// Stripe knows payments, no orders. A payment is an order with one line; its id is the payment intent's, which sessions, invoices and charges name
/// too, so that all that tell of one payment are one order.
/// </summary>
internal static class StripeOrders
{
    /// <summary>The one line of every payment: whatever told it, a refund means the same.</summary>
    public const string LineId = "goods";

    /// <summary>The id of an object, or of the object itself where it is expanded.</summary>
    public static string? Reference(Node node) => node.Element.ValueKind == System.Text.Json.JsonValueKind.Object ? node["id"].Id() : node.Id();

    public static string Currency(Node stripeObject) => ShopContext.RequiredCurrency(stripeObject["currency"], stripeObject["currency"].Text(10));

    /// <summary>A payment of so much, tax and shipping taken out.</summary>
    public static OrderSnapshot Snapshot(
        Node stripeObject, ShopContext context, string orderId, string currency, (long Total, long Tax, long Shipping) amounts, Instant updatedAt) => new()
        {
            OrderId = context.Global(orderId),
            Number = stripeObject["number"].Text(100),
            Currency = currency,
            PlacedAt = stripeObject["created"].AtSeconds() ?? updatedAt,
            UpdatedAt = updatedAt,
            Lines =
            [
                new OrderLine
                {
                    LineId = LineId,
                    Title = stripeObject["description"].Text(300),
                    Quantity = 1,
                    NetMinor = Math.Max(0, amounts.Total - amounts.Tax - amounts.Shipping),
                    TaxMinor = Math.Max(0, amounts.Tax),
                },
            ],
            ShippingMinor = Math.Max(0, amounts.Shipping),
        };
}
