using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Adobe;

/// <summary>Customers of Adobe Commerce.</summary>
internal static class AdobePeople
{
    public static Mapped Map(Node value, ShopContext context, string type)
    {
        var id = value["entity_id"].Exists ? value["entity_id"] : value["id"];
        var updatedAt = value["updated_at"].AtUtc();
        var birthday = value["dob"].Text(40) is { Length: >= 10 } text && NodaTime.Text.LocalDatePattern.Iso.Parse(text[..10]) is { Success: true } day ? day.Value : (NodaTime.LocalDate?)null;
        var at = type == EventTypes.CustomerSignedUp ? value["created_at"].AtUtc() ?? updatedAt : updatedAt;
        return Mapped.Of(context.Event(type, at, context.Identify(id.RequiredId(), value["email"].Text(254), null), new EventData.Person
        {
            Email = Identifier.Email(value["email"].Text(254)) is { } email ? email.Value["email:".Length..] : null,
            FirstName = value["firstname"].Text(100),
            LastName = value["lastname"].Text(100),
            Birthday = birthday,
            UpdatedAt = updatedAt,
        }));
    }
}
