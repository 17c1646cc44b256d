using Loyalty.Connectors;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>An order and its refund come in different sessions: their consumers are at work at the same moment, and one of them is somewhere in between.</summary>
public sealed class OvertakenOrderTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Theory]
    [InlineData("identifier:")]
    [InlineData("customer:")]
    public async Task Refund_WhileItsOrderIsBeingApplied_CountsHoweverFarTheOrderIs(string partitions)
    {
        // The same before each of the order's commits to these partitions, the first, the second, …, until there are none left.
        var cuts = 0;
        for (var isLast = false; !isLast; cuts++)
        {
            FaultyStore? store = null;
            await using var world = await EngineWorld.StartAsync(Start, around: inner => store = new FaultyStore(inner));
            var refund = await AcceptAsync(world, Tell.Refund("1", "r1", 20, Start + Duration.FromMinutes(1)));
            var order = await AcceptAsync(world, Tell.Paid("ann@example.com", "1", 50, Start));
            var left = cuts;
            store!.BeforeCommit = async partition =>
            {
                if (!partition.StartsWith(partitions, StringComparison.Ordinal) || left-- > 0) return;
                store.BeforeCommit = null;
                Assert.IsType<ConsumeOutcome.Complete>(await world.Consumer.ConsumeAsync(refund));
            };

            Assert.IsType<ConsumeOutcome.Complete>(await world.Consumer.ConsumeAsync(order));

            isLast = store.BeforeCommit is not null;
            store.BeforeCommit = null;
            if (isLast) Assert.IsType<ConsumeOutcome.Complete>(await world.Consumer.ConsumeAsync(refund));

            await world.ApplyQueuedAsync();

            var customer = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer));
            Assert.Equal($"commit {cuts}: 1 order, 3000", $"commit {cuts}: {customer.Purchases.Count} order, {customer.Purchases.Spend.Sum(static one => one.Minor)}");
            Assert.Single(Assert.Single(await world.AllAsync<OrderState>(Kinds.Order)).Facts.Refunds);
            await world.CheckBooksAsync();
        }

        Assert.True(cuts > 1, "the order commits nothing there: the test has lost its way");
    }

    /// <summary>Stored, and in no queue: each is consumed once, when the test says so.</summary>
    private static async Task<EventReference> AcceptAsync(EngineWorld world, CanonicalEvent e)
    {
        var reference = new EventReference(IntakeKeys.MessageId(e), IntakeKeys.SessionId(e));
        await new IntakeService(world.Store, new TwoStepIntakeLog(world.Store, new DeafQueue()), world.Clock).AcceptAsync(e, reference.MessageId, reference.SessionId);
        return reference;
    }
}
