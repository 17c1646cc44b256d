using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>An event that leaves a parked run as it is does not wake it; whatever changes it, does.</summary>
public sealed class ParkedWakeTests
{
    private const string Ann = "ann@shop.example";

    private const string Patient = """
        enter: { event: customer.signed-up, again: never }
        goal: { event: order.paid, within: 60d, when: event.total > 50 EUR }
        exit:
          - { when: customer.orders >= 3, outcome: loyal }
          - { event: feedback.given, when: event.reason = 'stop', outcome: stopped }
        steps:
          - { name: a-month, wait: 30d }
          - { name: done, end: done }
        """;

    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Event_ThatChangesNothing_LeavesTheDocumentOfAParkedRunAlone()
    {
        await using var world = await ParkedAsync(Patient);
        var before = await StoredAsync(world);

        await world.TellAsync(Tell.Paid(Ann, "1", 20, world.Clock.Now));
        await world.SettleAsync();

        Assert.Equal(before.ETag, (await StoredAsync(world)).ETag);
        await world.PassAsync(Duration.FromDays(31));
        Assert.Equal("done", (await RunAsync(world)).Run.Outcome);
    }

    [Fact]
    public async Task Event_ThatReachesTheGoal_IsCountedAndTheRunWaitsOn()
    {
        await using var world = await ParkedAsync(Patient);

        await world.TellAsync(Tell.Paid(Ann, "1", 60, world.Clock.Now));
        await world.SettleAsync();

        var run = await RunAsync(world);
        Assert.Equal((world.Clock.Now, RunStatus.Parked, "a-month"), (run.Run.GoalAt, run.Status, run.Run.Position!.Step));
    }

    [Fact]
    public async Task Event_AfterWhichAnExitWithoutEventHolds_EndsTheRun()
    {
        await using var world = await ParkedAsync(Patient);

        for (var order = 1; order <= 3; order++)
        {
            Assert.Null((await RunAsync(world)).Run.Outcome);
            await world.TellAsync(Tell.Paid(Ann, $"{order}", 20, world.Clock.Now));
            await world.SettleAsync();
        }

        Assert.Equal("loyal", (await RunAsync(world)).Run.Outcome);
    }

    [Theory]
    [InlineData("hello", null)]
    [InlineData("stop", "stopped")]
    public async Task Event_ThatAnExitNames_EndsTheRunWhereItsConditionHolds(string reason, string? outcome)
    {
        await using var world = await ParkedAsync(Patient);

        await world.TellAsync(Tell.Reason(Ann, reason, world.Clock.Now));
        await world.SettleAsync();

        var run = await RunAsync(world);
        Assert.Equal((outcome, outcome is null ? RunStatus.Parked : RunStatus.Finished), (run.Run.Outcome, run.Status));
    }

    [Fact]
    public async Task Event_ThatAWaitForTakes_EndsTheWait()
    {
        await using var world = await ParkedAsync("""
            enter: { event: customer.signed-up, again: never }
            steps:
              - name: hear
                wait-for: { event: feedback.given, when: event.reason = 'price', up-to: 30d }
                in-time: [ { name: heard, end: heard } ]
                too-late: [ { name: silence, end: silent } ]
            """);

        await world.TellAsync(Tell.Reason(Ann, "delivery", world.Clock.Now));
        await world.SettleAsync();
        Assert.Equal(RunStatus.Parked, (await RunAsync(world)).Status);
        await world.PassAsync(Duration.FromHours(1));
        await world.TellAsync(Tell.Reason(Ann, "price", world.Clock.Now));
        await world.SettleAsync();

        Assert.Equal("heard", (await RunAsync(world)).Run.Outcome);
    }

    [Fact]
    public async Task Event_OfARestrictedPerson_HoldsTheRun()
    {
        await using var world = await ParkedAsync(Patient);
        await new RestrictUseCase(world.Store, world.Merger, world.Programs, world.Clock).RestrictAsync((await RunAsync(world)).Run.CustomerId);

        await world.TellAsync(Tell.Paid(Ann, "1", 20, world.Clock.Now));
        await world.SettleAsync();

        Assert.Equal(RunStatus.Held, (await RunAsync(world)).Status);
    }

    [Fact]
    public async Task Event_WhileAnotherChangesTheRun_IsDecidedAnewAndReachesIt()
    {
        FaultyStore? store = null;
        await using var world = await ParkedAsync(Patient, inner => store = new FaultyStore(inner));
        var parked = (await RunAsync(world)).Run;
        var others = 0;
        store!.BeforeCommit = async partition =>
        {
            if (partition != Keys.CustomerPartition(parked.CustomerId) || others++ > 0) return;
            var session = new PartitionSession(world.Store, partition);
            var document = await session.ReadAsync<RunDocument>(Keys.Run(parked.RunId));
            var signal = new RunSignal.Occurred(new Occurrence("other", "order.paid", world.Clock.Now, ImmutableDictionary<string, AttributeValue>.Empty));
            var (next, _) = RunProtocol.Append(document!, signal, world.Clock.Now, RunProtocolSettings.Default);
            session.Put(Keys.Run(parked.RunId), Kinds.Run, next, next.WakeAt);
            Assert.True(await session.CommitAsync());
        };

        await world.TellAsync(Tell.Paid(Ann, "1", 20, world.Clock.Now));

        var inbox = (await RunAsync(world)).Inbox.Cast<RunSignal.Occurred>().Select(static signal => signal.Event).ToList();
        Assert.Equal(["order.paid", "order.placed", "order.paid", "customer.stage-changed"], inbox.Select(static one => one.Type));
        Assert.Equal("other", inbox[0].Id);
        Assert.Equal(1, Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer)).Purchases.Count);
    }

    /// <summary>Ann has signed up, and her run is parked.</summary>
    private static async Task<EngineWorld> ParkedAsync(string journey, Func<IDocumentStore, IDocumentStore>? around = null)
    {
        var world = await EngineWorld.StartAsync(Start, around: around, program: new ProgramText().Journey("patience", journey));
        await world.TellAsync(Tell.SignUp(Ann, Start));
        await world.SettleAsync();
        Assert.Equal(RunStatus.Parked, (await RunAsync(world)).Status);
        return world;
    }

    private static async Task<RunDocument> RunAsync(EngineWorld world) => Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run));

    private static async Task<Document> StoredAsync(EngineWorld world)
    {
        var run = (await RunAsync(world)).Run;
        return (await world.Store.ReadAsync(Keys.CustomerPartition(run.CustomerId), Keys.Run(run.RunId)))!;
    }
}
