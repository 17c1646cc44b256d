using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

public sealed class DueClaimTests
{
    private const string CustomerId = "c1";
    private const string RunId = "r1";
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 5, 9, 0);

    /// <summary>The sweep works a customer's own moments off beside the claims of the runs: the run must not lose its minute to that.</summary>
    [Fact]
    public async Task TakeOne_TheCustomerChangesMeanwhile_TheRunIsTakenAllTheSame()
    {
        FaultyStore? store = null;
        await using var world = await EngineWorld.StartAsync(Now, around: inner => store = new FaultyStore(inner));
        await PutAsync(world, Now);
        var changes = 0;
        store!.BeforeCommit = async _ =>
        {
            if (changes++ > 0) return;
            var session = Open(world);
            var customer = (await session.ReadAsync<CustomerState>(Keys.CustomerId))!;
            session.Put(Keys.CustomerId, Kinds.Customer, customer with { LastActivityAt = Now });
            Assert.True(await session.CommitAsync());
        };

        var run = await world.Due.TakeOneAsync(new DueItem(CustomerId, Keys.Run(RunId), Kinds.Run));

        Assert.Equal(2, run?.Gen);
        Assert.Equal(3, changes);
        Assert.Equal(RunStatus.Active, (await Open(world).ReadAsync<RunDocument>(Keys.Run(RunId)))!.Status);
    }

    [Fact]
    public async Task TakeOne_SomebodyElseTakesTheRunMeanwhile_ItIsNotTakenAgain()
    {
        FaultyStore? store = null;
        await using var world = await EngineWorld.StartAsync(Now, around: inner => store = new FaultyStore(inner));
        await PutAsync(world, Now);
        var other = false;
        store!.BeforeCommit = async _ =>
        {
            if (other) return;
            other = true;
            Assert.NotNull(await world.Due.TakeOneAsync(new DueItem(CustomerId, Keys.Run(RunId), Kinds.Run)));
        };

        Assert.Null(await world.Due.TakeOneAsync(new DueItem(CustomerId, Keys.Run(RunId), Kinds.Run)));
        Assert.Equal(2, (await Open(world).ReadAsync<RunDocument>(Keys.Run(RunId)))!.Gen);
    }

    private static PartitionSession Open(EngineWorld world) => new(world.Store, Keys.CustomerPartition(CustomerId));

    private static async Task PutAsync(EngineWorld world, Instant due)
    {
        var run = new RunState
        {
            RunId = RunId,
            CustomerId = CustomerId,
            Journey = "welcome",
            Version = 1,
            KeyValue = CustomerId,
            Entry = new Occurrence("e1", "customer.signed-up", due, ImmutableDictionary<string, AttributeValue>.Empty),
            EnteredAt = due,
        };
        var parked = new RunDocument { Run = run, Gen = 1, Status = RunStatus.Parked, WakeAt = due };
        var session = Open(world);
        session.Put(Keys.CustomerId, Kinds.Customer, new CustomerState { CustomerId = CustomerId, CreatedAt = due });
        session.Put(Keys.Run(RunId), Kinds.Run, parked, parked.WakeAt);
        Assert.True(await session.CommitAsync());
    }
}
