using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>What program.yaml declares and journeys live by: measures, assets, the program's own holdout; on the real use cases and a real file.</summary>
public sealed class DeclarationTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Measures_CountSumFirstLast_AreSeenByJourneysAsTheyStandAtTheMoment()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText()
            .Program("""
                measures:
                  orders-lately: { count: order.paid, within: 30d }
                  big-orders: { count: order.paid, when: event.total > 50 EUR }
                  spent: { sum: order.paid, of: event.total }
                  first-paid: { first: order.paid }
                  last-total: { last: order.paid, of: event.total }
                """)
            .Journey("look", """
                enter: { event: feedback.given, again: after-end }
                steps:
                  - name: see
                    choose:
                      - case: regular
                        when: customer.measures.orders-lately = 2 and customer.measures.big-orders = 1 and customer.measures.spent = 120 EUR and customer.measures.first-paid before customer.last-order-at and customer.measures.last-total = 100 EUR
                        steps: [ { name: seen, end: regular } ]
                      - case: former
                        when: customer.measures.orders-lately = 0 and customer.measures.big-orders = 1
                        steps: [ { name: known, end: former } ]
                      - case: new
                        when: customer.measures.spent is empty or customer.measures.spent = 0 EUR
                        steps: [ { name: unknown, end: nobody } ]
                """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await AskAsync(world);
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(5));
        await world.TellAsync(Tell.Paid("ann@shop.example", "2", 100, world.Clock.Now));
        await AskAsync(world);
        await world.PassAsync(Duration.FromDays(40));
        await AskAsync(world);

        Assert.Equal(["nobody", "regular", "former"], (await world.AllAsync<RunDocument>(Kinds.Run)).OrderBy(static run => run.Run.EnteredAt).Select(static run => run.Run.Outcome!));
    }

    [Fact]
    public async Task Assets_KeyAsset_OneRunForEachThingAndItsAttributesAreSeen()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText()
            .Program("assets: { fuel: text }")
            .Journey("care", """
                enter: { event: asset.registered, key: asset, if-inside: ignore, max-age: 2d }
                exit: [ { when: not asset.is-held, outcome: sold } ]
                steps:
                  - name: which
                    choose:
                      - { case: diesel, when: asset.fuel = 'diesel' and asset.kind = 'car', steps: [ { name: filter, set: { customer.tags.filter: "true" } } ] }
                  - { name: a-year, wait: 1y }
                  - { name: served, end: served }
                """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await world.TellAsync(Asset(CustomerAssets.Registered, "one", Start, ("kind", "car"), ("fuel", "diesel")));
        await world.TellAsync(Asset(CustomerAssets.Registered, "two", Start, ("kind", "car"), ("fuel", "petrol")));
        await world.TellAsync(Asset(CustomerAssets.Registered, "old", Start - Duration.FromDays(3), ("kind", "car")));
        await world.SettleAsync();
        Assert.Equal(["one", "two"], (await world.AllAsync<RunDocument>(Kinds.Run)).Select(static run => run.Run.KeyValue).Order(StringComparer.Ordinal));

        await world.TellAsync(Asset(CustomerAssets.Removed, "two", world.Clock.Now + Duration.FromMinutes(1)));
        await world.PassAsync(Duration.FromDays(370));

        var runs = (await world.AllAsync<RunDocument>(Kinds.Run)).ToDictionary(static run => run.Run.KeyValue, StringComparer.Ordinal);
        Assert.Equal(("served", "diesel"), (runs["one"].Run.Outcome, runs["one"].Run.Steps["which"].Result));
        Assert.Equal(("sold", "none"), (runs["two"].Run.Outcome, runs["two"].Run.Steps["which"].Result));
    }

    [Fact]
    public async Task GlobalHoldout_SameCustomersInEveryJourney_MeasuredAndGivenNothing()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText()
            .Program("holdout: 40%")
            .Journey("first", Gift("first", "goal: { event: order.paid, within: 30d }"))
            .Journey("second", Gift("second", "goal: { event: order.paid, within: 30d }"))
            .Journey("aimless", Gift("aimless", "")));
        for (var i = 0; i < 40; i++) await world.TellAsync(Tell.SignUp($"c{i}@shop.example", Start));
        await world.SettleAsync();

        var runs = await world.AllAsync<RunDocument>(Kinds.Run);
        var held = runs.Where(static run => run.Run.IsHeldOut).Select(static run => (run.Run.CustomerId, run.Run.Journey)).ToHashSet();
        var people = held.Select(static one => one.CustomerId).ToHashSet(StringComparer.Ordinal);
        Assert.InRange(people.Count, 8, 24);

        // The same people in both journeys; where no goal measures them they do not enter at all.
        Assert.All(people, id => Assert.True(held.Contains((id, "first")) && held.Contains((id, "second"))));
        Assert.DoesNotContain(runs, run => run.Run.Journey == "aimless" && people.Contains(run.Run.CustomerId));
        Assert.Equal(40 - people.Count, runs.Count(static run => run.Run.Journey == "aimless"));

        Assert.Equal(3 * (40 - people.Count), (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Count);
        Assert.All(runs.Where(static run => run.Run.IsHeldOut), static run => Assert.Equal(RunPosition.Holdout, run.Run.Position!.Step));
    }

    private static string Gift(string name, string goal) => $$"""
        enter: { event: customer.signed-up, again: never }
        {{goal}}
        steps:
          - { name: gift-{{name}}, award: 10 }
        """;

    private static async Task AskAsync(EngineWorld world)
    {
        await world.TellAsync(Tell.Reason("ann@shop.example", "price", world.Clock.Now));
        await world.PassAsync(Duration.FromMinutes(10));
    }

    private static CanonicalEvent Asset(string type, string asset, Instant at, params (string Name, AttributeValue Value)[] values) => new()
    {
        Id = $"{type}-{asset}",
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email("ann@shop.example")!.Value],
        Data = new EventData.Facts(values.ToImmutableDictionary(static one => one.Name, static one => one.Value).SetItem("asset-id", asset)),
    };
}
