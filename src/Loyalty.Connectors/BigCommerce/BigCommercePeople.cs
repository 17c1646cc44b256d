using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.BigCommerce;

/// <summary>Customers of the V3 interface. "accepts_product_review_abandoned_cart_emails" is about those letters alone and no consent to offers.</summary>
internal static class BigCommercePeople
{
    /// <param name="list">The answer's list: one customer or none.</param>
    /// <param name="context">The fetch.</param>
    public static Mapped Map(Node list, ShopContext context)
    {
        if (list.Items() is not [var customer, ..]) return Mapped.None("gone");
        var identifiers = context.Identify(customer["id"].RequiredId(), customer["email"].Text(254), customer["phone"].Text(40));
        var (created, updated) = (customer["date_created"].At(), customer["date_modified"].At() ?? context.TriggeredAt);
        // The first telling is the signing up; a later one at another time is a change.
        var isNew = created is { } at && updated - at < Duration.FromMinutes(1);
        return Mapped.Of(context.Event(isNew ? EventTypes.CustomerSignedUp : EventTypes.CustomerUpdated, isNew ? created : updated, identifiers, new EventData.Person
        {
            Email = Identifier.Email(customer["email"].Text(254)) is { } email ? email.Value["email:".Length..] : null,
            Phone = Identifier.Phone(customer["phone"].Text(40)) is { } phone ? phone.Value["phone:".Length..] : null,
            FirstName = customer["first_name"].Text(100),
            LastName = customer["last_name"].Text(100),
            UpdatedAt = updated,
        }));
    }
}
