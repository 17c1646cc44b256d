using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

/// <summary>A line with a price below 0 is how some shops tell a discount: it is spread over the goods, and earns and returns nothing itself.</summary>
public sealed class NegativeLineTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 9, 0);

    [Fact]
    public void Lines_DiscountLine_IsSpreadInProportionAndSumsExactly()
    {
        var values = OrderValue.Lines(Order(10_000, 5_000, -3_001), []);

        Assert.Equal([7_999L, 4_000L], values.Select(static line => line.NetMinor));
        Assert.Equal(11_999, OrderValue.Net(Order(10_000, 5_000, -3_001)));
    }

    [Fact]
    public void Lines_DiscountAboveTheGoods_NothingIsLeftAndNothingBelowZero() =>
        Assert.All(OrderValue.Lines(Order(1_000, 500, -9_000), []), static line => Assert.Equal((0L, 0L), (line.NetMinor, line.GrossMinor)));

    [Fact]
    public void Lines_OnlyADiscount_IsWorthNothing() => Assert.Empty(OrderValue.Lines(Order(-500), []));

    [Fact]
    public void Lines_GiftCard_BearsNoDiscount()
    {
        var order = Order(1_000, 1_000, -400);
        order = order with { Lines = order.Lines.SetItem(0, order.Lines[0] with { IsGiftCard = true }) };

        Assert.Equal(600, Assert.Single(OrderValue.Lines(order, [])).NetMinor);
    }

    [Fact]
    public void Lines_TaxOfTheDiscount_LowersTheGoodsTax()
    {
        var order = Order(1_000, 1_000, -500);
        order = order with { Lines = [.. order.Lines.Select(static line => line with { TaxMinor = line.NetMinor / 5 })] };

        Assert.Equal([(750L, 900L), (750L, 900L)], OrderValue.Lines(order, []).Select(static line => (line.NetMinor, line.GrossMinor)));
    }

    [Fact]
    public void Lines_OneLineReturnedWithItsShare_TheOtherKeepsItsOwn()
    {
        var refund = new OrderRefund("r", Day, [new RefundLine("l0", 0, 8_000), new RefundLine("l2", 1, -2_000)]);

        Assert.Equal([0L, 4_000L], OrderValue.Lines(Order(10_000, 5_000, -3_000), [refund]).Select(static line => line.NetMinor));
    }

    [Fact]
    public void Decide_OrderWithADiscountLine_EarnsWhatWasPaid()
    {
        var keeper = new Keeper(Shop.Program());
        var decision = keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10_000) with { Lines = Order(10_000, 5_000, -3_000).Lines }));

        Assert.IsType<CustomerDecision.Applied>(decision);
        Assert.Equal(12_000, keeper.Customer!.Purchases.SpendIn("EUR"));
    }

    [Fact]
    public void Decide_NegativeTaxOnGoods_IsRefused()
    {
        var order = Shop.Paid("1", Day, 10_000);
        order = order with { Lines = [order.Lines[0] with { TaxMinor = -1 }] };

        Assert.Equal(RefusalCode.AmountOutOfRange, Assert.IsType<CustomerDecision.Refused>(new Keeper(Shop.Program()).Apply(Shop.Told(order))).Code);
    }

    [Fact]
    public void Decide_OtherCurrency_LeavesAReadableTrace()
    {
        var keeper = new Keeper(Shop.Program());
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10_000) with { Currency = "JPY", Number = "#1" }));

        Assert.Equal("order #1 earned nothing: currency JPY, program EUR, no rate", Assert.Single(keeper.Customer!.Unearned).ToString());
    }

    private static OrderSnapshot Order(params long[] nets) => new()
    {
        OrderId = "o",
        Currency = "EUR",
        PlacedAt = Day,
        UpdatedAt = Day,
        Payment = PaymentStatus.Paid,
        Lines = [.. nets.Select(static (net, i) => new OrderLine { LineId = $"l{i}", Quantity = 1, NetMinor = net })],
    };
}
