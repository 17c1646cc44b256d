using System.Collections.Immutable;
using Loyalty.Core.Events;

namespace Loyalty.Core.Conditions;

/// <summary>The attributes every program has: those of the customer, and what each canonical event tells (docs/reference/events.md).</summary>
public static class BuiltInAttributes
{
    /// <summary>The customer's stages.</summary>
    public static ImmutableArray<string> Stages { get; } = ["attract", "not-bought", "refer", "repeat", "lapsed"];

    /// <summary><c>customer.*</c> without <c>consent</c>, <c>facts</c> and <c>measures</c>, which the program declares.</summary>
    public static ImmutableDictionary<string, AttributeInfo> Customer { get; } = Make(
        ("id", AttributeType.Text),
        ("first-name", AttributeType.Text),
        ("last-name", AttributeType.Text),
        ("name", AttributeType.Text),
        ("email", AttributeType.Text),
        ("phone", AttributeType.Text),
        ("locale", AttributeType.Text),
        ("zone", AttributeType.Text),
        ("country", AttributeType.Text),
        ("source", AttributeType.Text),
        ("campaign", AttributeType.Text),
        ("stage", new AttributeInfo(AttributeType.Text, Stages)),
        ("tier", AttributeType.Text),
        ("points", AttributeType.Number),
        ("points-pending", AttributeType.Number),
        ("next-expiry-at", AttributeType.Moment),
        ("next-expiry-points", AttributeType.Number),
        ("orders", AttributeType.Number),
        ("spend", AttributeType.Money),
        ("created-at", AttributeType.Moment),
        ("signed-up-at", AttributeType.Moment),
        ("last-activity-at", AttributeType.Moment),
        ("first-order-at", AttributeType.Moment),
        ("last-order-at", AttributeType.Moment),
        ("next-order-at", AttributeType.Moment),
        ("last-sent-at", AttributeType.Moment),
        ("birthday", AttributeType.AnnualDay),
        ("tags", AttributeType.List));

    /// <summary><c>asset.*</c> without what the program declares.</summary>
    public static ImmutableDictionary<string, AttributeInfo> Asset { get; } = Make(
        ("id", AttributeType.Text),
        ("kind", AttributeType.Text),
        ("registered-at", AttributeType.Moment),
        ("removed-at", AttributeType.Moment),
        ("is-held", AttributeType.Flag));

    /// <summary><c>program.*</c>.</summary>
    public static ImmutableDictionary<string, AttributeInfo> Program { get; } = Make(
        ("name", AttributeType.Text),
        ("url", AttributeType.Text),
        ("currency", AttributeType.Text),
        ("zone", AttributeType.Text),
        ("locale", AttributeType.Text));

    /// <summary>What every event has: its own fields, and the same where data of that name does not hide them (<see cref="Journeys.RunPaths.Envelope"/>).</summary>
    public static ImmutableDictionary<string, AttributeInfo> EveryEvent { get; } = Make(
        ("id", AttributeType.Text),
        ("type", AttributeType.Text),
        ("at", AttributeType.Moment),
        ("envelope.id", AttributeType.Text),
        ("envelope.type", AttributeType.Text),
        ("envelope.at", AttributeType.Moment));

    /// <summary>Canonical event type → its attributes, those of every event included.</summary>
    public static ImmutableSortedDictionary<string, ImmutableDictionary<string, AttributeInfo>> Events { get; } = MakeEvents();

    private static ImmutableDictionary<string, AttributeInfo> Make(params (string Name, AttributeInfo Info)[] attributes) =>
        attributes.ToImmutableDictionary(a => a.Name, a => a.Info, StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, ImmutableDictionary<string, AttributeInfo>> MakeEvents()
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, ImmutableDictionary<string, AttributeInfo>>(StringComparer.Ordinal);
        (string, AttributeInfo)[] person =
        [
            ("source", AttributeType.Text), ("campaign", AttributeType.Text), ("locale", AttributeType.Text), ("country", AttributeType.Text),
            ("tags", AttributeType.List),
        ];
        (string, AttributeInfo)[] order =
        [
            ("order-id", AttributeType.Text), ("number", AttributeType.Text), ("currency", AttributeType.Text), ("total", AttributeType.Money),
            ("kept", AttributeType.Money), ("items", AttributeType.Number), ("skus", AttributeType.List), ("categories", AttributeType.List),
            ("codes", AttributeType.List), ("cart-id", AttributeType.Text), ("nth", AttributeType.Number),
            ("channel", AttributeType.Text),
        ];
        (string, AttributeInfo)[] cart =
        [
            ("cart-id", AttributeType.Text), ("currency", AttributeType.Text), ("total", AttributeType.Money), ("items", AttributeType.Number),
            ("skus", AttributeType.List), ("titles", AttributeType.List), ("is-checkout", AttributeType.Flag),
        ];
        (string, AttributeInfo)[] message =
        [
            ("message-id", AttributeType.Text), ("template", AttributeType.Text), ("run", AttributeType.Text), ("step", AttributeType.Text),
            ("link", AttributeType.Text), ("text", AttributeType.Text), ("kind", new AttributeInfo(AttributeType.Text, ["hard", "soft"])), ("topic", AttributeType.Text),
        ];
        Add(person, EventTypes.CustomerSignedUp, EventTypes.CustomerUpdated);
        Add([("absorbed", AttributeType.Text)], EventTypes.CustomerMerged);
        Add([("given", AttributeType.List), ("withdrawn", AttributeType.List), ("asked", AttributeType.List)], EventTypes.CustomerConsentChanged);
        Add([], EventTypes.CustomerErasureRequested, EventTypes.CustomerErased);
        Add(
            order,
            EventTypes.OrderPlaced,
            EventTypes.OrderPaid,
            EventTypes.OrderUpdated,
            EventTypes.OrderFulfilled,
            EventTypes.OrderCancelled);
        Add(
            [.. order, ("refund-id", AttributeType.Text), ("refund-amount", AttributeType.Money)],
            EventTypes.OrderRefunded);
        Add(cart, EventTypes.CartUpdated, EventTypes.CartAbandoned);
        Add(
            message,
            EventTypes.MessageDelivered,
            EventTypes.MessageOpened,
            EventTypes.MessageClicked,
            EventTypes.MessageBounced,
            EventTypes.MessageComplained,
            EventTypes.MessageReplied,
            EventTypes.MessageUnsubscribed);
        Add(
            [
                (
                    "kind",
                    new AttributeInfo(AttributeType.Text, ["complaint", "question", "advice", "idea", "rating", "reason", "reply"])),
                ("about", new AttributeInfo(AttributeType.Text, ["product", "outlet", "unit", "order"])),
                ("reason", AttributeType.Text), ("rating", AttributeType.Number), ("text", AttributeType.Text), ("order-id", AttributeType.Text),
                ("product-id", AttributeType.Text), ("message-id", AttributeType.Text), ("run", AttributeType.Text), ("step", AttributeType.Text), ("template", AttributeType.Text),
                ("feedback-id", AttributeType.Text),
            ],
            EventTypes.FeedbackGiven);
        Add(
            [("from", new AttributeInfo(AttributeType.Text, Stages)), ("to", new AttributeInfo(AttributeType.Text, Stages))],
            EventTypes.CustomerStageChanged);
        Add(
            [("expected-at", AttributeType.Moment), ("last-order-at", AttributeType.Moment), ("category", AttributeType.Text)],
            EventTypes.CustomerReorderDue);
        Add([("last-activity-at", AttributeType.Moment)], EventTypes.CustomerInactive);
        Add(
            [
                ("wallet", AttributeType.Text), ("points", AttributeType.Number), ("expires-at", AttributeType.Moment), ("days", AttributeType.Number),
            ],
            EventTypes.PointsExpiring);
        Add(
            [("friend", AttributeType.Text)],
            "referral.clicked",
            "referral.joined",
            "referral.qualified",
            "referral.voided");
        Add(
            [("asset-id", AttributeType.Text), ("kind", AttributeType.Text)],
            "asset.registered",
            "asset.updated",
            "asset.removed");
        Add([("seminar", AttributeType.Text)], "seminar.registered", "seminar.attended", "seminar.missed");
        Add([("task", AttributeType.Text), ("outcome", AttributeType.Text)], "task.completed");
        Add([("from", AttributeType.Text), ("to", AttributeType.Text)], "customer.segment-changed");
        Add([("from", AttributeType.Text), ("to", AttributeType.Text), ("reason", AttributeType.Text)], "tier.changed");
        Add([("day", AttributeType.Day)], "customer.birthday");
        Add([("day", AttributeType.Day), ("years", AttributeType.Number)], "customer.anniversary");
        Add([("game", AttributeType.Text), ("rounds", AttributeType.Number)], "badge.earned");
        Add([], "budget.reached");
        return builder.ToImmutable();

        void Add((string, AttributeInfo)[] attributes, params string[] types)
        {
            foreach (var type in types) builder[type] = EveryEvent.SetItems(Make(attributes));
        }
    }
}
