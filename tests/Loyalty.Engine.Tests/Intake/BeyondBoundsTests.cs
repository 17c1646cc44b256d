using Loyalty.Connectors;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Intake;

/// <summary>A genuine order with an amount that nobody can reckon with: its customer misses points, so somebody has to hear of it.</summary>
public sealed class BeyondBoundsTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Fact]
    public async Task ConsumeAsync_AmountOutOfRange_IsADeadLetterAndNothingIsApplied()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var order = Tell.Paid("ann@example.com", "1", 50, Start);
        var told = (EventData.Order)order.Data;
        var beyond = order with { Data = told with { Snapshot = told.Snapshot with { Lines = [told.Snapshot.Lines[0] with { NetMinor = long.MaxValue }] } } };
        var reference = new EventReference(IntakeKeys.MessageId(beyond), IntakeKeys.SessionId(beyond));
        await world.Intake.AcceptAsync(beyond, reference.MessageId, reference.SessionId);

        var outcome = await world.Consumer.ConsumeAsync(reference);

        Assert.Equal("amount-out-of-range", Assert.IsType<ConsumeOutcome.DeadLetter>(outcome).Reason);
        Assert.Empty(await world.AllAsync<CustomerState>(Kinds.Customer));
    }

    [Fact]
    public async Task ConsumeAsync_OrderRightedAfterwards_CountsOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var order = Tell.Paid("ann@example.com", "1", 50, Start);
        var told = (EventData.Order)order.Data;
        var beyond = order with { Id = order.Id + "-0", Data = told with { Snapshot = told.Snapshot with { Lines = [told.Snapshot.Lines[0] with { NetMinor = long.MaxValue }] } } };
        var reference = new EventReference(IntakeKeys.MessageId(beyond), IntakeKeys.SessionId(beyond));
        await new IntakeService(world.Store, new TwoStepIntakeLog(world.Store, new DeafQueue()), world.Clock).AcceptAsync(beyond, reference.MessageId, reference.SessionId);
        Assert.IsType<ConsumeOutcome.DeadLetter>(await world.Consumer.ConsumeAsync(reference));

        await world.TellAsync(order);

        Assert.Equal(5000, Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer)).Purchases.Spend.Sum(static one => one.Minor));
        await world.CheckBooksAsync();
    }

    /// <summary>The test consumes what is accepted itself.</summary>}
}
