using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Stripe;

/// <summary>Customers. Stripe has one field for the whole name, which stays one; it asks for consent in checkout sessions only.</summary>
internal static class StripePeople
{
    public static Mapped Map(Node customer, ShopContext context, string type)
    {
        var identifiers = context.Identify(customer["id"].RequiredId(), customer["email"].Text(254), customer["phone"].Text(40));
        var at = type == EventTypes.CustomerSignedUp ? customer["created"].AtSeconds() : null;
        return Mapped.Of(context.Event(type, at ?? context.TriggeredAt, identifiers, new EventData.Person
        {
            Email = Identifier.Email(customer["email"].Text(254)) is { } email ? email.Value["email:".Length..] : null,
            Phone = Identifier.Phone(customer["phone"].Text(40)) is { } phone ? phone.Value["phone:".Length..] : null,
            FirstName = customer["name"].Text(100),
            Locale = PersonFields.Locale(customer["preferred_locales"].Items().FirstOrDefault(Node.Missing).Text(35)),
            Country = PersonFields.Country(customer["address"]["country"].Text(10)),
            UpdatedAt = context.TriggeredAt,
        }));
    }

    /// <summary>What a checkout session tells about its buyer; null where it tells nothing.</summary>
    public static EventData.Person? FromDetails(Node session)
    {
        var details = session["customer_details"];
        var agreed = session["consent"]["promotions"].Text(40) == "opt_in";
        var person = new EventData.Person
        {
            FirstName = details["name"].Text(100),
            Locale = PersonFields.Locale(session["locale"].Text(35)),
            Country = PersonFields.Country(details["address"]["country"].Text(10)),
        };
        if (agreed) person = person with { Consent = person.Consent.Add(PersonFields.EmailTopic, true) };
        return person.FirstName is null && person.Locale is null && person.Country is null && !agreed ? null : person;
    }
}
