using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Engine.Tests.World;

/// <summary>Events as a connector would make them.</summary>
internal static class Tell
{
    private const string Shop = "shopify:shop.example";

    public static CanonicalEvent SignUp(string email, Instant at, string? locale = "en") => Event($"signup-{email}", EventTypes.CustomerSignedUp, email, at, new EventData.Person
    {
        Email = email,
        FirstName = "Ann",
        Locale = locale,
        Zone = "Europe/Sofia",
        Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true),
    });

    public static CanonicalEvent Paid(string email, string number, long euros, Instant at) =>
        Event($"paid-{number}", EventTypes.OrderPaid, email, at, new EventData.Order(Order(number, euros, at)));

    public static CanonicalEvent Refund(string number, string refundId, long euros, Instant at) => new()
    {
        Id = $"refund-{refundId}",
        Source = Shop,
        Type = EventTypes.OrderRefunded,
        Time = at,
        ReceivedAt = at,
        Data = new EventData.Refund($"{Shop}:{number}", new OrderRefund(refundId, at, [new RefundLine("1", 0, euros * 100)])),
    };

    public static CanonicalEvent Reason(string email, string reason, Instant at) => Event(
        $"reason-{email}-{at.ToUnixTimeSeconds()}",
        EventTypes.FeedbackGiven,
        email,
        at,
        new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "reason").Add("reason", reason)));

    public static CanonicalEvent Unsubscribed(string email, Instant at) => Event(
        $"unsub-{email}-{at.ToUnixTimeSeconds()}",
        EventTypes.MessageUnsubscribed,
        email,
        at,
        new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("topic", "offers")));

    private static OrderSnapshot Order(string number, long euros, Instant at) => new()
    {
        OrderId = $"{Shop}:{number}",
        Number = "#" + number,
        Currency = "EUR",
        PlacedAt = at,
        UpdatedAt = at,
        Payment = PaymentStatus.Paid,
        PaidAt = at,
        Lines = [new OrderLine { LineId = "1", Sku = "TEA", Quantity = 1, NetMinor = euros * 100 }],
    };

    private static CanonicalEvent Event(string id, string type, string email, Instant at, EventData data) => new()
    {
        Id = id,
        Source = Shop,
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(email)!.Value],
        Data = data,
    };
}
