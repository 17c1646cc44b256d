using System.Collections.Immutable;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

/// <summary>Money given back for no line in particular is spread over everything that is kept.</summary>
public sealed class UnsplitRefundTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 1, 2, 0, 0);

    [Theory]
    [InlineData(0, 10_000, 5_000)]
    // 185.00 with tax and shipping: half of everything.
    [InlineData(9_250, 5_000, 2_500)]
    [InlineData(18_500, 0, 0)]
    [InlineData(99_999, 0, 0)]
    public void Lines_AmountGivenBack_IsSpreadOverGoodsAndShippingInProportion(long amount, long first, long second)
    {
        var lines = OrderValue.Lines(Order(), [Unsplit("r", amount)]);

        Assert.Equal([first, second], lines.Select(static line => line.NetMinor));
    }

    [Fact]
    public void Lines_SeveralAmountsAndLines_AreTheSameInAnyOrder()
    {
        ImmutableArray<OrderRefund> refunds = [Unsplit("a", 333), Unsplit("b", 1), new("c", At, [new RefundLine("1", 1, 5_000)]), Unsplit("d", 7_777)];
        var expected = OrderValue.Lines(Order(), refunds);

        Assert.Equal(expected.AsEnumerable(), OrderValue.Lines(Order(), [.. refunds.Reverse()]));
        Assert.Equal(expected.AsEnumerable(), OrderValue.Lines(Order(), [refunds[2], refunds[0], refunds[3], refunds[1]]));
        // 185.00 less 60.00 for one piece with its tax, less 81.11: what remains of goods and shipping, to the cent.
        Assert.InRange(expected.Sum(static line => line.GrossMinor), 0, 18_500 - 6_000 - 8_111);
    }

    [Fact]
    public void Lines_MoreIsGivenBack_NothingGrows()
    {
        long[] kept = [.. Enumerable.Range(0, 200).Select(static step => OrderValue.Lines(Order(), [Unsplit("r", step * 100)]).Sum(static line => line.NetMinor))];

        Assert.Equal(kept.OrderDescending(), kept);
        Assert.All(kept, static sum => Assert.InRange(sum, 0, 15_000));
    }

    [Fact]
    public void Fold_SameRefundByLineAndByAmount_TheOneByLineStaysWhicheverCameFirst()
    {
        var split = new OrderRefund("r", At, [new RefundLine("1", 1, 5_000)]);
        var shippingOnly = new OrderRefund("s", At, []);

        foreach (var order in new[] { new[] { split, Unsplit("r", 6_000), shippingOnly, Unsplit("s", 500) }, [Unsplit("r", 6_000), split, Unsplit("s", 500), shippingOnly] })
        {
            var facts = order.Aggregate(new OrderFacts(), OrderMerge.Fold);
            Assert.All(facts.Refunds, static refund => Assert.Null(refund.AmountMinor));
            Assert.Equal([1, 0], facts.Refunds.Select(static refund => refund.Lines.Length));
        }
    }

    private static OrderRefund Unsplit(string id, long amount) => new(id, At, []) { AmountMinor = amount };

    /// <summary>Goods 150.00, tax 30.00, shipping 5.00.</summary>
    private static OrderSnapshot Order() => new()
    {
        OrderId = "o",
        Currency = "EUR",
        PlacedAt = At,
        UpdatedAt = At,
        ShippingMinor = 500,
        Lines =
        [
            new OrderLine { LineId = "1", Quantity = 2, NetMinor = 10_000, TaxMinor = 2_000 },
            new OrderLine { LineId = "2", Quantity = 1, NetMinor = 5_000, TaxMinor = 1_000 },
        ],
    };
}
