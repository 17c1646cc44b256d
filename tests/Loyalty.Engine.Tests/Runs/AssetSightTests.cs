using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary><c>asset.*</c> is seen by what is asked about a run while it is under way, while it is held and after its end.</summary>
public sealed class AssetSightTests
{
    private const string Ann = "ann@shop.example";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Goal_AfterTheEndOfTheRun_CountsForTheThingThatItsConditionNames()
    {
        await using var world = await StartAsync("""
            goal: { event: order.paid, within: 30d, when: asset.kind = 'car' }
            steps:
              - { name: done, end: done }
            """);
        await world.PassAsync(Duration.FromDays(1));

        await world.TellAsync(Tell.Paid(Ann, "1", 20, world.Clock.Now));
        await world.SettleAsync();

        var runs = await RunsAsync(world);
        Assert.All(runs.Values, static run => Assert.Equal("done", run.Run.Outcome));
        Assert.NotNull(runs["car-1"].Run.GoalAt);
        Assert.Null(runs["boiler-1"].Run.GoalAt);
    }

    [Fact]
    public async Task Exit_WhileTheRunIsHeld_EndsTheRunOfTheThingThatWentAtOnce()
    {
        await using var world = await StartAsync("""
            exit: [ { when: asset.removed-at is set, outcome: sold } ]
            steps:
              - { name: a-day, wait: 1d }
              - { name: a-year, wait: 1y }
              - { name: served, end: served }
            """);
        var customer = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer));
        await new RestrictUseCase(world.Store, world.Merger, world.Programs, world.Clock).RestrictAsync(customer.CustomerId);
        await world.PassAsync(Duration.FromDays(2));
        Assert.All((await RunsAsync(world)).Values, static run => Assert.Equal(RunStatus.Held, run.Status));

        await world.TellAsync(Asset(CustomerAssets.Removed, "car-1", world.Clock.Now));
        await world.SettleAsync();

        var runs = await RunsAsync(world);
        Assert.Equal("sold", runs["car-1"].Run.Outcome);
        Assert.Equal((null, RunStatus.Held), (runs["boiler-1"].Run.Outcome, runs["boiler-1"].Status));
    }

    /// <summary>Ann has a car and a boiler, and a run of the journey about each.</summary>
    private static async Task<EngineWorld> StartAsync(string journey)
    {
        var world = await EngineWorld.StartAsync(
            Start, program: new ProgramText().Journey("care", "enter: { event: asset.registered, key: asset }\n" + journey));
        await world.TellAsync(Tell.SignUp(Ann, Start));
        await world.TellAsync(Asset(CustomerAssets.Registered, "car-1", Start, ("kind", "car")));
        await world.TellAsync(Asset(CustomerAssets.Registered, "boiler-1", Start, ("kind", "boiler")));
        await world.SettleAsync();
        return world;
    }

    private static async Task<Dictionary<string, RunDocument>> RunsAsync(EngineWorld world) =>
        (await world.AllAsync<RunDocument>(Kinds.Run)).ToDictionary(static run => run.Run.KeyValue, StringComparer.Ordinal);

    private static CanonicalEvent Asset(string type, string asset, Instant at, params (string Name, AttributeValue Value)[] values) => new()
    {
        Id = $"{type}-{asset}",
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(Ann)!.Value],
        Data = new EventData.Facts(values.ToImmutableDictionary(static one => one.Name, static one => one.Value).SetItem("asset-id", asset)),
    };
}
