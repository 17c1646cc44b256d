using System.Text.Json.Nodes;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// Everything that is stored about a person (GDPR, articles 15 and 20): every document of their partition and of those who were merged into them, the events
/// that came in, the names that lead to them, and where suppression lists have their addresses. Read only; made anew each time, stored nowhere.
/// </summary>
public sealed class PersonExport(IDocumentStore store, PersonResolver people, IntakeService intake, SuppressionList suppressions, AuditLog audit, IClock clock)
{
    private const int PageSize = 200;

    /// <summary>Sections in the order in which people read them; by kind of document.</summary>
    private static readonly (string Section, string Kind)[] Sections =
    [
        ("person", Kinds.Person), ("record", Kinds.Customer), ("orders", Kinds.Order), ("ledger", Kinds.Entry), ("endedLots", Kinds.Lot), ("redemptions", Kinds.Redemption),
        ("messages", Kinds.Message), ("consents", Kinds.Consent), ("feedback", Kinds.Feedback), ("tasks", Kinds.Task), ("codes", Kinds.Code), ("referrals", Kinds.Referral),
        ("friends", Kinds.Referred), ("journeys", Kinds.Run), ("erasure", Kinds.Erasure),
    ];

    /// <summary>The export; null: nobody is known by this id.</summary>
    public async Task<JsonObject?> ReadAsync(string customerId, CancellationToken cancellation = default)
    {
        customerId = await store.SurvivorAsync(customerId, cancellation);
        if (await store.FindCustomerAsync(customerId, cancellation) is not { MergedInto: null } customer) return null;
        var sections = Sections.ToDictionary(static one => one.Section, static _ => new JsonArray(), StringComparer.Ordinal);
        var other = new JsonArray();
        foreach (var part in customer.Absorbed.Prepend(customerId)) await ReadAsync(part, sections, other, cancellation);
        var export = new JsonObject
        {
            ["customerId"] = customerId,
            ["exportedAt"] = LoyaltyText(clock.GetCurrentInstant()),
            ["format"] = "loyalty-functions/person/1",
        };
        foreach (var (section, _) in Sections) export[section] = sections[section];
        export["identifiers"] = new JsonArray([.. customer.Identifiers.Select(static name => (JsonNode)name)]);
        export["suppressed"] = await SuppressedAsync(customer, cancellation);
        export["events"] = await EventsAsync(customer, sections["orders"], cancellation);
        export["access"] = JsonNode.Parse(LoyaltyJson.Write(await audit.OfAsync(customerId, cancellation)));
        export["other"] = other;
        return export;
    }

    private static string LoyaltyText(Instant at) => NodaTime.Text.InstantPattern.ExtendedIso.Format(at);

    private async Task ReadAsync(string customerId, Dictionary<string, JsonArray> sections, JsonArray other, CancellationToken cancellation)
    {
        await foreach (var document in store.ReadAllAsync(new DocumentQuery(Keys.CustomerPartition(customerId), "", PageSize), cancellation))
        {
            if (document.Kind is Kinds.Merged or Kinds.Merge or Kinds.Marker or Kinds.Absorbed) continue;
            var section = Sections.FirstOrDefault(one => one.Kind == document.Kind).Section;
            (section is null ? other : sections[section]).Add(JsonNode.Parse(document.Body.Span));
        }
    }

    private async Task<JsonArray> SuppressedAsync(CustomerState customer, CancellationToken cancellation)
    {
        var found = new JsonArray();
        foreach (var name in customer.Identifiers.Select(static name => new Identifier(name)).Where(static name => name.Kind is "email" or "phone"))
        {
            var address = name.Value[(name.Kind.Length + 1)..];
            if (await suppressions.HasAsync(address, cancellation)) found.Add(address);
        }

        return found;
    }

    private async Task<JsonArray> EventsAsync(CustomerState customer, JsonArray orders, CancellationToken cancellation)
    {
        var events = new JsonArray();
        string[] ids = [customer.CustomerId, .. customer.Absorbed];
        // A name that was another's before, or is another's since, tells that one's events as well.
        foreach (var name in customer.Identifiers)
        {
            var span = await people.SpanAsync(new Identifier(name), ids, cancellation);
            await AddAsync(events, name, span.Covers, cancellation);
        }

        foreach (var former in customer.Former ?? []) await AddAsync(events, former.Name, former.Covers, cancellation);
        var own = orders.Select(static order => "order:" + order!["orderId"]!.GetValue<string>()).Concat(customer.Carts.Select(static cart => "cart:" + cart.CartId))
            .Append("id:" + customer.CustomerId).Except(customer.Identifiers, StringComparer.Ordinal);
        foreach (var session in own) await AddAsync(events, session, static _ => true, cancellation);
        return events;
    }

    private async Task AddAsync(JsonArray events, string session, Func<Instant, bool> isTheirs, CancellationToken cancellation)
    {
        await foreach (var document in intake.OfSessionAsync(PersonTraces.Session(session), cancellation))
        {
            if (isTheirs(document.Event.ReceivedAt)) events.Add(JsonNode.Parse(LoyaltyJson.Write(document.Event)));
        }
    }
}
