using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Engine.Tests.World;

/// <summary>Events of somebody whom the shop knows by an e-mail address, by an account, or by both.</summary>
internal sealed class Shopper(string name)
{
    private const string Shop = "shopify:shop.example";

    public Identifier Email { get; } = Identifier.Email(name + "@example.com")!.Value;

    public Identifier Account { get; } = Identifier.External("shopify", "shop.example", name);

    public string Address => name + "@example.com";

    public CanonicalEvent SignUp(Identifier by, Instant at, bool? consent = true) => Event("signup-" + by, EventTypes.CustomerSignedUp, [by], at, new EventData.Person
    {
        Email = Address,
        Consent = consent is { } given ? ImmutableDictionary<string, bool>.Empty.Add("offers", given) : ImmutableDictionary<string, bool>.Empty,
    });

    public CanonicalEvent Both(Instant at) => Event("both", EventTypes.CustomerUpdated, [Account, Email], at, new EventData.Person { Email = Address });

    public CanonicalEvent Paid(ImmutableArray<Identifier> by, string number, long amount, Instant at, string currency = "USD") =>
        Event("paid-" + number, EventTypes.OrderPaid, by, at, new EventData.Order(Order(number, amount, at, currency)));

    public CanonicalEvent Fulfilled(ImmutableArray<Identifier> by, string number, long amount, Instant placedAt, Instant at) =>
        Event("fulfilled-" + number, EventTypes.OrderFulfilled, by, at, new EventData.Order(Order(number, amount, placedAt, "USD") with { UpdatedAt = at, FulfilledAt = at }));

    public CanonicalEvent Refund(string number, string refundId, long amount, Instant at) => Event(
        "refund-" + refundId,
        EventTypes.OrderRefunded,
        [],
        at,
        new EventData.Refund(OrderId(number), new OrderRefund(refundId, at, [new RefundLine("1", 0, amount * 100)])));

    public CanonicalEvent Consent(Identifier by, bool isGiven, Instant at) => Event(
        string.Create(CultureInfo.InvariantCulture, $"consent-{by}-{at.ToUnixTimeSeconds()}"),
        EventTypes.CustomerConsentChanged,
        [by],
        at,
        new EventData.Person { Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", isGiven) });

    public CanonicalEvent Said(Identifier by, string reason, Instant at) => Event(
        $"said-{by}-{reason}",
        EventTypes.FeedbackGiven,
        [by],
        at,
        new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "reason").Add("reason", reason)));

    public string OrderId(string number) => $"{Shop}:{name}-{number}";

    private OrderSnapshot Order(string number, long amount, Instant at, string currency) => new()
    {
        OrderId = OrderId(number),
        Currency = currency,
        PlacedAt = at,
        UpdatedAt = at,
        Payment = PaymentStatus.Paid,
        PaidAt = at,
        Lines = [new OrderLine { LineId = "1", Sku = "TEA", Quantity = 1, NetMinor = amount * 100 }],
    };

    private CanonicalEvent Event(string id, string type, ImmutableArray<Identifier> by, Instant at, EventData data) => new()
    {
        Id = $"{name}-{id}",
        Source = Shop,
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = by,
        Data = data,
    };
}
