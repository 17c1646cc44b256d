using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>Customers. WooCommerce asks nobody for consent and keeps no zone, language or birthday; what is not told stays as it is.</summary>
internal static class WooPeople
{
    public static Mapped Map(Node body, ShopContext context, string type)
    {
        var updatedAt = body["date_modified_gmt"].AtUtc();
        var at = type == EventTypes.CustomerSignedUp ? body["date_created_gmt"].AtUtc() ?? updatedAt : updatedAt;
        var billing = body["billing"];
        var identifiers = context.Identify(body["id"].RequiredId(), body["email"].Text(254), billing["phone"].Text(40));
        return Mapped.Of(context.Event(type, at, identifiers, new EventData.Person
        {
            Email = Identifier.Email(body["email"].Text(254)) is { } email ? email.Value["email:".Length..] : null,
            Phone = Identifier.Phone(billing["phone"].Text(40)) is { } phone ? phone.Value["phone:".Length..] : null,
            FirstName = body["first_name"].Text(100) ?? billing["first_name"].Text(100),
            LastName = body["last_name"].Text(100) ?? billing["last_name"].Text(100),
            Country = PersonFields.Country(billing["country"].Text(10)),
            UpdatedAt = updatedAt,
        }));
    }

    /// <summary>What an order tells about a guest; null where it tells nothing, or the buyer has an account that tells it better.</summary>
    public static EventData.Person? FromOrder(Node order)
    {
        if (order["customer_id"].Id() is { } id && id != "0") return null;
        var billing = order["billing"];
        var person = new EventData.Person
        {
            FirstName = billing["first_name"].Text(100),
            LastName = billing["last_name"].Text(100),
            Country = PersonFields.Country(billing["country"].Text(10)),
        };
        return person.FirstName is null && person.LastName is null && person.Country is null ? null : person;
    }
}
