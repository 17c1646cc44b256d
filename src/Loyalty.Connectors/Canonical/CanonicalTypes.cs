using System.Collections.Frozen;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Canonical;

/// <summary>Which shape of data belongs to an event type.</summary>
internal static class CanonicalTypes
{
    private static readonly FrozenDictionary<string, DataShape> Shapes =
        new Dictionary<string, DataShape>(StringComparer.Ordinal)
        {
            [EventTypes.OrderPlaced] = DataShape.Order,
            [EventTypes.OrderPaid] = DataShape.Order,
            [EventTypes.OrderUpdated] = DataShape.Order,
            [EventTypes.OrderFulfilled] = DataShape.Order,
            [EventTypes.OrderCancelled] = DataShape.Order,
            [EventTypes.OrderRefunded] = DataShape.Refund,
            [EventTypes.CustomerSignedUp] = DataShape.Person,
            [EventTypes.CustomerUpdated] = DataShape.Person,
            [EventTypes.CustomerConsentChanged] = DataShape.Person,
            [EventTypes.CartUpdated] = DataShape.Cart,
            // The program's own book-keeping: an outsider who could tell these could rewrite it.
            [EventTypes.CustomerMerged] = DataShape.Reserved,
            [EventTypes.CustomerErased] = DataShape.Reserved,
            [EventTypes.ShopChanged] = DataShape.Reserved,
            [EventTypes.CustomerStageChanged] = DataShape.Reserved,
            ["customer.segment-changed"] = DataShape.Reserved,
            ["tier.changed"] = DataShape.Reserved,
            [EventTypes.PointsExpiring] = DataShape.Reserved,
            ["budget.reached"] = DataShape.Reserved,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every type that is not named carries facts.</summary>
    public static DataShape Shape(string type) => Shapes.GetValueOrDefault(type, DataShape.Facts);
}

internal enum DataShape
{
    Facts,
    Order,
    Refund,
    Person,
    Cart,
    Reserved,
}
