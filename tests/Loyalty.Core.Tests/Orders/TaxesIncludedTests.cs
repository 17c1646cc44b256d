using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

/// <summary>Net is without tax and gross with it, whichever of the two the shop's amounts are.</summary>
public sealed class TaxesIncludedTests
{
    [Theory]
    [InlineData(false, 10_000, 2_000, 10_000, 12_000)]
    [InlineData(true, 12_000, 2_000, 10_000, 12_000)]
    [InlineData(true, 12_000, 0, 12_000, 12_000)]
    public void Lines_NothingRefunded_NetAndGross(bool included, long amount, long tax, long net, long gross)
    {
        var line = Assert.Single(OrderValue.Lines(Order(included, amount, tax), []));
        Assert.Equal((net, gross), (line.NetMinor, line.GrossMinor));
    }

    [Fact]
    public void Lines_HalfRefundedWithTaxInside_TheTaxShrinksInProportion()
    {
        var refund = new OrderRefund("r", Instant.FromUtc(2026, 1, 2, 0, 0), [new RefundLine("1", 1, 6_000)]);
        var line = Assert.Single(OrderValue.Lines(Order(true, 12_000, 2_000), [refund]));
        Assert.Equal((5_000, 6_000), (line.NetMinor, line.GrossMinor));
    }

    private static OrderSnapshot Order(bool included, long amount, long tax) => new()
    {
        OrderId = "o",
        Currency = "EUR",
        PlacedAt = Instant.FromUtc(2026, 1, 1, 0, 0),
        UpdatedAt = Instant.FromUtc(2026, 1, 1, 0, 0),
        TaxesIncluded = included,
        Lines = [new OrderLine { LineId = "1", Quantity = 2, NetMinor = amount, TaxMinor = tax }],
    };
}
