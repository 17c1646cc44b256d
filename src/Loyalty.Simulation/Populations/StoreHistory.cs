using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Identity;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Responses;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>
/// What a store knows of the last days: its customers, the events it accepted (kept for 90 days), and how people responded to its messages. What
/// people did because of a message is left out of their events and drawn anew, from the rates that the history itself shows; their purchases
/// stay, whatever caused them.
/// </summary>
public sealed class StoreHistory
{

    private StoreHistory(HistoryPopulation population, ResponseRates rates, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, long>> inside) =>
        (Population, Rates, Inside) = (population, rates, inside);

    /// <summary>The customers with their events of the last days.</summary>
    public HistoryPopulation Population { get; }

    /// <summary>How they responded.</summary>
    public ResponseRates Rates { get; }

    /// <summary>People inside now, by journey and step.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, long>> Inside { get; }

    /// <summary>Reads it. A report: every partition is read once.</summary>
    /// <param name="store">The store.</param>
    /// <param name="people">Leads from an event to its customer.</param>
    /// <param name="program">For zones.</param>
    /// <param name="now">The last moment.</param>
    /// <param name="days">1 to 90: older events are not kept.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<StoreHistory> ReadAsync(
        IDocumentStore store, PersonResolver people, ProgramModel program, Instant now, int days, CancellationToken cancellation = default)
    {
        var start = now - Duration.FromDays(days);
        var customers = new Dictionary<string, CustomerState>(StringComparer.Ordinal);
        await foreach (var one in store.ScanAsync<CustomerState>(Kinds.Customer, cancellation: cancellation)) customers[one.CustomerId] = one;
        var contacts = new Dictionary<string, PersonState>(StringComparer.Ordinal);
        await foreach (var one in store.ScanAsync<PersonState>(Kinds.Person, cancellation: cancellation)) contacts[one.CustomerId] = one;
        var before = new Dictionary<string, List<CanonicalEvent>>(StringComparer.Ordinal);
        foreach (var one in customers.Values) before[one.CustomerId] = [.. SignedUp(one, contacts.GetValueOrDefault(one.CustomerId), start)];
        await foreach (var order in store.ScanAsync<OrderState>(Kinds.Order, cancellation: cancellation))
        {
            if (before.TryGetValue(order.CustomerId, out var events)) events.AddRange(Past(order, start));
        }

        var rates = new RateCount();
        await foreach (var message in store.ScanAsync<MessageRecord>(Kinds.Message, cancellation: cancellation)) rates.Add(message);
        var window = new Dictionary<string, List<CanonicalEvent>>(StringComparer.Ordinal);
        await foreach (var accepted in store.ScanAsync<IntakeDocument>(Kinds.Intake, cancellation: cancellation))
        {
            var e = accepted.Event;
            if (rates.Add(e) || e.ReceivedAt < start || e.ReceivedAt > now || e.Identifiers.IsDefault) continue;
            if (await OwnerAsync(people, e, cancellation) is not { } owner || !customers.ContainsKey(owner)) continue;
            if (!window.TryGetValue(owner, out var events)) window[owner] = events = [];
            events.Add(e);
        }

        var all = customers.Values.Select(customer => new HistoryPerson(
            customer.CustomerId,
            CustomerMoments.ZoneOf(customer, program),
            [.. before[customer.CustomerId].OrderBy(static e => e.Time).ThenBy(static e => e.Id, StringComparer.Ordinal)],
            [
                .. (window.GetValueOrDefault(customer.CustomerId) ?? [])
                    .OrderBy(static e => e.ReceivedAt).ThenBy(static e => e.Id, StringComparer.Ordinal),
            ]));
        var description = $"{customers.Count:N0} customers of the store, the last {days:N0} days";
        var population = new HistoryPopulation(all, start, now, description);
        return new StoreHistory(population, rates.ToRates(), await InsideAsync(store, cancellation));
    }

    private static async Task<string?> OwnerAsync(PersonResolver people, CanonicalEvent e, CancellationToken cancellation)
    {
        foreach (var identifier in e.Identifiers)
        {
            if (await people.OwnerAsync(identifier, cancellation) is { } owner) return owner;
        }

        return OrderMerge.OrderIdOf(e) is { } orderId ? await people.OwnerAsync(Keys.OrderIdentifier(orderId), cancellation) : null;
    }

    /// <summary>Who had signed up before the window: the sign-up with what is known of the person today.</summary>
    private static IEnumerable<CanonicalEvent> SignedUp(CustomerState customer, PersonState? person, Instant start)
    {
        if (customer.SignedUpAt is not { } at || at >= start) yield break;
        var consents = customer.Consents.Where(consent => consent.At < start)
            .ToImmutableDictionary(static consent => consent.Topic, static consent => consent.IsGiven, StringComparer.Ordinal);
        yield return Made(customer.CustomerId, "signed-up", EventTypes.CustomerSignedUp, at, new EventData.Person
        {
            Email = person?.Email?.Value,
            FirstName = person?.FirstName?.Value,
            Locale = customer.Profile.Locale?.Value,
            Zone = customer.Profile.Zone?.Value,
            Country = customer.Profile.Country?.Value,
            Birthday = customer.Profile.Birthday?.Value,
            Tags = customer.Profile.Tags?.Value ?? [],
            AcquisitionSource = customer.Profile.FirstTouch?.Source,
            Consent = consents,
        });
    }

    /// <summary>An order that was paid before the window, as it stands.</summary>
    private static IEnumerable<CanonicalEvent> Past(OrderState order, Instant start)
    {
        if (order.Facts is not { IsPaid: true, Latest: { } latest, PaidAt: { } paidAt } || paidAt >= start) yield break;
        var told = latest with { PaidAt = paidAt, UpdatedAt = Instant.Min(latest.UpdatedAt, start), Refunds = [] };
        yield return Made(order.CustomerId, "order:" + order.OrderId, EventTypes.OrderPaid, paidAt, new EventData.Order(told));
    }

    private static CanonicalEvent Made(string customerId, string id, string type, Instant at, EventData data) => new()
    {
        Id = id,
        Source = "history",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Customer(customerId)],
        Data = data,
    };

    private static async Task<ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, long>>> InsideAsync(
        IDocumentStore store, CancellationToken cancellation)
    {
        var inside = new SortedDictionary<string, SortedDictionary<string, long>>(StringComparer.Ordinal);
        await foreach (var run in store.ScanAsync<RunDocument>(Kinds.Run, cancellation: cancellation))
        {
            if (run.Run.IsFinished) continue;
            if (!inside.TryGetValue(run.Run.Journey, out var steps)) inside[run.Run.Journey] = steps = new(StringComparer.Ordinal);
            var step = run.Run.Position?.Step ?? "";
            steps[step] = steps.GetValueOrDefault(step) + 1;
        }

        return inside.ToImmutableSortedDictionary(
            static one => one.Key, static one => one.Value.ToImmutableSortedDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
