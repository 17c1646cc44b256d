using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

public sealed class OrderMergeTests
{
    private static readonly Instant Day = Shop.Start;

    [Fact]
    public void Fold_OlderVersionAfterNewer_KeepsTheNewerLinesAndTheEarliestTimes()
    {
        var first = Shop.Paid("1", Day, 100) with { FulfilledAt = Day + Duration.FromDays(3) };
        var second = Shop.Paid("1", Day, 200) with { UpdatedAt = Day + Duration.FromDays(1), PaidAt = Day + Duration.FromHours(1), FulfilledAt = Day + Duration.FromDays(2) };
        var facts = Folded(second, first);
        Assert.Equal(200, facts.Latest!.Lines[0].NetMinor);
        Assert.Equal((Day, Day, Day + Duration.FromDays(2)), (facts.PlacedAt, facts.PaidAt, facts.FulfilledAt));
        Assert.Equal(Shop.Json(facts), Shop.Json(Folded(first, second, first)));
    }

    [Theory]
    [InlineData(PaymentStatus.Pending, PaymentStatus.Paid, PaymentStatus.Paid)]
    [InlineData(PaymentStatus.Refunded, PaymentStatus.PartiallyRefunded, PaymentStatus.Refunded)]
    [InlineData(PaymentStatus.Paid, PaymentStatus.Paid, PaymentStatus.Paid)]
    public void Fold_TwoVersionsOfOneSecond_KeepsTheOneFurtherPaid(PaymentStatus a, PaymentStatus b, PaymentStatus expected)
    {
        var order = Shop.Paid("1", Day, 100);
        Assert.Equal(expected, Folded(order with { Payment = a }, order with { Payment = b }).Latest!.Payment);
        Assert.Equal(expected, Folded(order with { Payment = b }, order with { Payment = a }).Latest!.Payment);
    }

    [Fact]
    public void Fold_SameRefundToldDifferently_KeepsTheFullerOne()
    {
        var bare = Shop.Refund("r", Day);
        var small = Shop.Refund("r", Day, ("l0", 10));
        var great = Shop.Refund("r", Day, ("l0", 20));
        foreach (var told in new[] { new[] { bare, small, great }, [great, small, bare], [small, great, bare] })
        {
            var facts = told.Aggregate(new OrderFacts(), OrderMerge.Fold);
            Assert.Equal(20, Assert.Single(facts.Refunds).Lines[0].NetMinor);
        }
    }

    [Fact]
    public void Fold_CancelledAndFulfilledEventsWithoutATime_TakeTheEvents()
    {
        var order = Shop.Paid("1", Day, 100);
        var at = Day + Duration.FromHours(5);
        var facts = OrderMerge.Fold(new OrderFacts(), Shop.Event("c", EventTypes.OrderCancelled, at, new EventData.Order(order)));
        facts = OrderMerge.Fold(facts, Shop.Event("f", EventTypes.OrderFulfilled, at, new EventData.Order(order)));
        Assert.Equal((at, at), (facts.CancelledAt, facts.FulfilledAt));
    }

    [Fact]
    public void Lines_EveryPieceBack_KeepsNothingWhateverCentsAreLeft()
    {
        var order = Shop.Paid("1", Day, 19567, 100);
        var refund = new OrderRefund("r", Day, [new RefundLine("l0", 1, 19566), new RefundLine("gone", 1, 5000), new RefundLine("l1", 0, 101)]);
        Assert.Equal([0, 0], OrderValue.Lines(order, [refund]).Select(static line => line.NetMinor));
    }

    [Fact]
    public void Lines_SomePiecesBack_KeepsTheRest()
    {
        var order = Shop.Paid("1", Day) with { Lines = [Shop.Line("a", 3000) with { Quantity = 3, TaxMinor = 600 }] };
        var line = Assert.Single(OrderValue.Lines(order, [new OrderRefund("r", Day, [new RefundLine("a", 1, 1000)])]));
        Assert.Equal((2000, 2400), (line.NetMinor, line.GrossMinor));
    }

    private static OrderFacts Folded(params OrderSnapshot[] snapshots) =>
        snapshots.Aggregate(new OrderFacts(), static (facts, snapshot) => OrderMerge.Fold(facts, snapshot, snapshot.UpdatedAt));
}
