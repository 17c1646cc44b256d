using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Queries;

public sealed class ReportQueriesTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly Shopper Ann = new("ann");

    [Fact]
    public async Task ReadAsync_PointsByHand_AreInTheSumOfAllAccounts()
    {
        await using var world = await WorldAsync();
        var id = (await world.People.OwnerAsync(Ann.Account))!;
        foreach (var (key, points) in new[] { ("given", 500), ("taken", -200) })
            await world.Counter.Points.PostAsync(id, "spendable", new LedgerCommand.Adjust(key, points, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));

        var report = (await new ReportQueries(world.Store, world.Clock).ReadAsync()).Points;

        Assert.Equal(200, report.Balances.Adjusted);
        Assert.Equal(0, report.Balances.Total);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task ReadAsync_OrderRefundedByItsStatusAlone_CountsAsRefunded()
    {
        await using var world = await WorldAsync();
        var paid = Ann.Paid([Ann.Account], "1", 20, world.Clock.Now);
        await world.TellAsync(paid);
        world.Clock.Now += Duration.FromHours(1);
        var order = ((EventData.Order)paid.Data).Snapshot with { UpdatedAt = world.Clock.Now, Payment = PaymentStatus.Refunded };
        await world.TellAsync(paid with { Id = "refunded-1", Type = EventTypes.OrderUpdated, Time = world.Clock.Now, Data = new EventData.Order(order) });

        var report = await new ReportQueries(world.Store, world.Clock).ReadAsync();

        Assert.Equal((1, 1, 1), (report.Orders, report.PaidOrders, report.RefundedOrders));
    }

    private static async Task<EngineWorld> WorldAsync()
    {
        var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Ann.SignUp(Ann.Account, Start));
        return world;
    }
}
