using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Simulation.Import;
using Loyalty.Simulation.World;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>One person of a history.</summary>
/// <param name="CustomerId">The program's id.</param>
/// <param name="Zone">The person's zone.</param>
/// <param name="Before">What happened before the first moment, oldest first.</param>
/// <param name="Events">What happens, in order of <see cref="CanonicalEvent.ReceivedAt"/>.</param>
public sealed record HistoryPerson(
    string CustomerId, DateTimeZone Zone, ImmutableArray<CanonicalEvent> Before, ImmutableArray<CanonicalEvent> Events);

/// <summary>People whose history is known: from a store, from a file of purchases.</summary>
public sealed class HistoryPopulation : IPopulation
{
    private readonly ImmutableArray<HistoryPerson> _people;

    /// <param name="people">In any order; they are played by id.</param>
    /// <param name="start">The first moment.</param>
    /// <param name="end">The last moment, included.</param>
    /// <param name="description">In words.</param>
    public HistoryPopulation(IEnumerable<HistoryPerson> people, Instant start, Instant end, string description)
    {
        _people = [.. people.OrderBy(static one => one.CustomerId, StringComparer.Ordinal)];
        (Start, End, Description) = (start, end, description);
    }

    /// <inheritdoc/>
    public int Count => _people.Length;

    /// <inheritdoc/>
    public Instant Start { get; }

    /// <inheritdoc/>
    public Instant End { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The number of a person; null: nobody has this id.</summary>
    public int? NumberOf(string customerId)
    {
        for (var i = 0; i < _people.Length; i++)
        {
            if (_people[i].CustomerId == customerId) return i;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Fill(int number, CustomerLife life)
    {
        var person = _people[number];
        life.CustomerId = person.CustomerId;
        life.Zone = person.Zone;
        life.Seed = Draws.Key(person.CustomerId);
        life.Before.AddRange(person.Before);
        life.Events.AddRange(person.Events);
    }

    /// <summary>
    /// A file of purchases: each person signs up at nine on the day of the first purchase and agrees to every topic, purchases come at noon, as
    /// <c>import --with-journeys</c> plays them.
    /// </summary>
    /// <param name="purchases">At least one.</param>
    /// <param name="format">Names the source, e.g. <c>cdnow</c>.</param>
    /// <param name="zone">The program's zone.</param>
    /// <param name="days">Days from the first purchase on; null: to the last.</param>
    public static HistoryPopulation Of(IReadOnlyList<Purchase> purchases, string format, DateTimeZone zone, int? days)
    {
        if (purchases.Count == 0) throw new ArgumentException("There is no purchase.", nameof(purchases));
        var start = purchases.Min(static purchase => purchase.Date).AtStartOfDayInZone(zone).ToInstant();
        var last = purchases.Max(static purchase => purchase.Date).PlusDays(1).AtStartOfDayInZone(zone).ToInstant();
        var end = days is { } limit ? start + Duration.FromDays(limit) : last;
        var people = purchases
            .GroupBy(static purchase => purchase.CustomerId ?? purchase.Email ?? purchase.EventId)
            .Select(person => Person(person.Key, [.. person], format, zone));
        return new HistoryPopulation(people, start, end, $"{purchases.Count:N0} purchases of {format}");
    }

    private static HistoryPerson Person(string id, List<Purchase> purchases, string format, DateTimeZone zone)
    {
        var first = purchases.MinBy(static purchase => (purchase.Date, purchase.Line))!;
        var signedUpAt = first.Date.At(new LocalTime(9, 0)).InZoneLeniently(zone).ToInstant();
        var identifiers = ImmutableArray.Create(Identifier.Customer(id));
        var signUp = new CanonicalEvent
        {
            Id = "sign-up:" + id,
            Source = "import:" + format,
            Type = EventTypes.CustomerSignedUp,
            Time = signedUpAt,
            ReceivedAt = signedUpAt,
            Identifiers = identifiers,
            Data = new EventData.Person
            {
                Email = first.Email ?? first.CustomerId + "@customers.invalid",
                Consent = ImmutableDictionary<string, bool>.Empty.Add("*", true),
            },
        };
        var events = purchases.Select(purchase => purchase.ToEvent(format, zone, Instant.MinValue)).Prepend(signUp)
            .OrderBy(static e => e.Time).ThenBy(static e => e.Id, StringComparer.Ordinal)
            .Select(e => e with { ReceivedAt = e.Time, Identifiers = identifiers });
        return new HistoryPerson(id, zone, [], [.. events]);
    }
}
