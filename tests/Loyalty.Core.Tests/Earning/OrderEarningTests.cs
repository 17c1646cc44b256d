using System.Globalization;
using System.Text.Json;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Tests.Earning;

public sealed class OrderEarningTests
{
    private const string RealOrderFile = "shopify/shopify-api-js/order.01.json";
    private static readonly Instant Day = Shop.Start;

    [SharedDataFact(RealOrderFile)]
    public void Decide_RealOrderWithItsRefundInOneSnapshot_Earns587Reverses392Keeps195()
    {
        var order = RealOrder();
        var keeper = new Keeper(Shop.Program(Shop.PerEuro) with { Currency = "USD" });
        keeper.Apply(Shop.Told(order), order.UpdatedAt);
        Assert.Equal(58700, OrderValue.Net(order));
        Assert.Equal(19567, OrderValue.Kept(keeper.Orders[order.OrderId].Facts));
        Assert.Equal(new[] { (EntryType.Grant, 587L), (EntryType.Reverse, 392L) }, keeper.Entries.Select(static entry => (entry.Type, entry.Points)));
        Assert.Equal(195, keeper.Wallet().Balances.Available);
        Assert.Equal(587.00m, keeper.Entries[0].Cause.Exact);
        Assert.Equal(195.67m, keeper.Entries[1].Cause.Exact);
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    [Fact]
    public void Decide_RefundToldBeforeItsOrder_IsKeptAndPostedWithTheOrder()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day + Duration.FromDays(2), ("l0", 4000))));
        Assert.Empty(keeper.Entries);
        Assert.Empty(keeper.Occurrences);
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        Assert.Equal(new[] { (EntryType.Grant, 100L), (EntryType.Reverse, 40L) }, keeper.Entries.Select(static entry => (entry.Type, entry.Points)));
        Assert.Equal([EventTypes.OrderPlaced, EventTypes.OrderPaid, EventTypes.OrderRefunded], OrderTypes(keeper));
    }

    [Fact]
    public void Decide_ManyRefundsOfOneMinorUnit_FloorsTheRemainderOnce()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 1000)));
        for (var i = 0; i < 100; i++)
            keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund($"r{i:D3}", Day + Duration.FromHours(i + 1), ("l0", 1))));
        Assert.Equal(9, keeper.Wallet().Balances.Available);
        Assert.Equal(1, keeper.Entries.Count(static entry => entry.Type == EntryType.Reverse));
    }

    [Theory]
    [InlineData("JPY", 1999, 1999)]
    [InlineData("EUR", 1999, 19)]
    [InlineData("TND", 1999, 1)]
    [InlineData("TND", 999, 0)]
    public void Decide_CurrenciesWithOtherDecimals_EarnPerWholeUnit(string currency, long net, long points)
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro) with { Currency = currency });
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, net) with { Currency = currency }));
        Assert.Equal(points, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Decide_AnotherCurrencyThanTheProgram_EarnsNothingAndSaysWhy()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000) with { Currency = "USD" }));
        Assert.Empty(keeper.Entries);
        Assert.Equal(["currency-mismatch"], keeper.Notes);
        Assert.Equal("currency-mismatch", keeper.Orders["shopify:s:1"].Earning!.NothingBecause);
        Assert.Equal(1, keeper.Customer!.Purchases.Count);
    }

    [Theory]
    [InlineData(PaymentStatus.Pending)]
    [InlineData(PaymentStatus.Authorized)]
    [InlineData(PaymentStatus.PartiallyPaid)]
    [InlineData(PaymentStatus.Voided)]
    public void Decide_OrderNeverPaid_ChangesNoMoney(PaymentStatus status)
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000) with { Payment = status, PaidAt = null }));
        Assert.Empty(keeper.Entries);
        Assert.Equal(0, keeper.Customer!.Purchases.Count);
        Assert.Equal([EventTypes.OrderPlaced], OrderTypes(keeper));
    }

    [Fact]
    public void Decide_ShippingOnlyRefund_ReversesNothing()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day)));
        Assert.Equal(100, keeper.Wallet().Balances.Available);
        Assert.Single(keeper.Entries);
        Assert.Contains(EventTypes.OrderRefunded, OrderTypes(keeper));
    }

    [Fact]
    public void Decide_GiftCardsAndExcludedGoods_DoNotCount()
    {
        var rule = Shop.PerEuro with { ExcludedSkus = ["TOBACCO"], ExcludedCategories = ["books"] };
        var order = Shop.Paid("1", Day) with
        {
            Lines =
            [
                Shop.Line("a", 1000),
                Shop.Line("b", 2000) with { IsGiftCard = true },
                Shop.Line("c", 4000, "TOBACCO"),
                Shop.Line("d", 8000) with { Category = "books" },
            ],
        };
        var keeper = new Keeper(Shop.Program(rule));
        keeper.Apply(Shop.Told(order));
        Assert.Equal(10, keeper.Wallet().Balances.Available);
        Assert.Equal(new LineShare("a", 10), Assert.Single(keeper.Entries[0].Cause.Lines));
    }

    [Fact]
    public void Decide_GrossBase_CountsTaxInProportionToWhatIsKept()
    {
        var rule = Shop.PerEuro with { Formula = new EarningFormula.PerAmount(1m, EarningBase.Gross) };
        var keeper = new Keeper(Shop.Program(rule));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day) with { Lines = [Shop.Line("a", 10000) with { TaxMinor = 2000 }] }));
        Assert.Equal(120, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day, ("a", 5000))));
        Assert.Equal(60, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Decide_RulesOfOneWallet_AddUpExactlyAndAreFlooredOnce()
    {
        var half = Shop.PerEuro with { Id = "half", Formula = new EarningFormula.PerAmount(0.5m) };
        var keeper = new Keeper(Shop.Program(Shop.PerEuro, half));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 167)));
        // 1.67 + 0.835 = 2.505: two points; floored apart it would be one.
        Assert.Equal(2, keeper.Wallet().Balances.Available);
        Assert.Equal(["half", "per-euro"], keeper.Entries.Select(static entry => entry.Cause.RuleId).Order());
    }

    [Fact]
    public void Decide_RuleEditedBetweenGrantAndRefund_UsesTheRuleThatGranted()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        keeper.Program = Shop.Program(Shop.PerEuro with { Version = 2, Formula = new EarningFormula.PerAmount(3m) });
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day, ("l0", 5000))));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        Assert.Equal(1, keeper.Entries[^1].Cause.RuleVersion);
        keeper.Program = Shop.Program();
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r2", Day, ("l0", 5000))));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Decide_OrderEditedUpAndDown_FollowsTheTarget()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        var order = Shop.Paid("1", Day, 10000);
        foreach (var (net, hour) in new[] { (10000L, 0), (15000L, 1), (4000L, 2), (12000L, 3) })
            keeper.Apply(Shop.Told(order with { Lines = [Shop.Line("l0", net)], UpdatedAt = Day + Duration.FromHours(hour) }));
        Assert.Equal(
            new[] { (EntryType.Grant, 100L), (EntryType.Grant, 50L), (EntryType.Reverse, 110L), (EntryType.Grant, 80L) },
            keeper.Entries.Select(static entry => (entry.Type, entry.Points)));
        Assert.Equal(120, keeper.Wallet().Balances.Available);
        Assert.Equal([new LineShare("l0", 120)], LineSums(keeper));
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    [Fact]
    public void Decide_CancelledOrder_KeepsNothingAndStaysCancelled()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        var order = Shop.Paid("1", Day, 10000);
        keeper.Apply(Shop.Told(order));
        keeper.Apply(Shop.Told(order with { UpdatedAt = Day + Duration.FromHours(2), CancelledAt = Day + Duration.FromHours(2) }));
        keeper.Apply(Shop.Told(order with { UpdatedAt = Day + Duration.FromHours(3) }));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
        Assert.Equal(0, keeper.Customer!.Purchases.Count);
        Assert.Equal([EventTypes.OrderPlaced, EventTypes.OrderPaid, EventTypes.OrderCancelled, EventTypes.OrderUpdated], OrderTypes(keeper));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decide_RefundedByStatusAlone_KeepsNothingWhateverItsRefundsNameAndWhenTheyAreTold(bool isRefundToldFirst)
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        var order = Shop.Paid("1", Day, 10000);
        var refunded = Shop.Told(order with { UpdatedAt = Day + Duration.FromHours(2), Payment = PaymentStatus.Refunded });
        var part = Shop.Told(order.OrderId, Shop.Refund("r1", Day + Duration.FromHours(1), ("l0", 2500)));
        keeper.Apply(Shop.Told(order));
        keeper.Apply(isRefundToldFirst ? part : refunded);
        keeper.Apply(isRefundToldFirst ? refunded : part);
        keeper.Apply(Shop.Told(order with { UpdatedAt = Day + Duration.FromHours(3) }));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
        Assert.Equal(-100, keeper.Entries.Where(static entry => entry.Type == EntryType.Reverse).Sum(static entry => -entry.Points));
        Assert.Equal((1, 0L), (keeper.Customer!.Purchases.Count, keeper.Customer.Purchases.Spend.Sum(static one => one.Minor)));
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    [Fact]
    public void Decide_FixedBonusForTheSecondOrder_IsFrozenWhenTheFirstIsCancelled()
    {
        var second = new EarningRule { Id = "second", Formula = new EarningFormula.Fixed(500), OnlyNthOrder = 2 };
        var keeper = new Keeper(Shop.Program(second));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(1), 10000)));
        Assert.Equal(500, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000) with { UpdatedAt = Day + Duration.FromDays(2), CancelledAt = Day + Duration.FromDays(2) }));
        Assert.Equal(500, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r1", Day, ("l0", 9000))));
        Assert.Equal(500, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r2", Day, ("l0", 1000))));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Decide_ReturnWindow_ActivatesAfterFulfilmentAndExpiresAtMidnightOfTheProgramsZone()
    {
        var rule = Shop.PerEuro with { Activation = new ActivationRule.AfterFulfilment(14), Expiry = new ExpiryRule.After(30) };
        var program = Shop.Program(rule) with { Zone = "Europe/Sofia" };
        var keeper = new Keeper(program);
        var order = Shop.Paid("1", Day, 10000);
        keeper.Apply(Shop.Told(order));
        Assert.Equal((100, 0), (keeper.Wallet().Balances.Pending, keeper.Wallet().Balances.Available));
        Assert.Null(keeper.Wallet().NextMoment);
        keeper.Apply(Shop.Told(order with { UpdatedAt = Day + Duration.FromDays(3), FulfilledAt = Day + Duration.FromDays(3) }));
        var active = Instant.FromUtc(2026, 1, 27, 12, 0);
        Assert.Equal(active, CustomerMoments.Next(keeper.Customer!, program));
        keeper.Tick(active);
        Assert.Equal((0, 100), (keeper.Wallet().Balances.Pending, keeper.Wallet().Balances.Available));
        // Thirty full days after 27 January end at 24:00 of 26 February in Sofia, which is 22:00 UTC.
        Assert.Equal(Instant.FromUtc(2026, 2, 26, 22, 0), keeper.Wallet().NextMoment);
        keeper.Tick(Instant.FromUtc(2026, 2, 26, 21, 59));
        Assert.Equal(100, keeper.Wallet().Balances.Available);
        keeper.Tick(Instant.FromUtc(2026, 2, 26, 22, 0));
        Assert.Equal((0, 100), (keeper.Wallet().Balances.Available, keeper.Wallet().Balances.Expired));
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    private static IEnumerable<string> OrderTypes(Keeper keeper) =>
        keeper.Occurrences.Select(static occurrence => occurrence.Type).Where(static type => type.StartsWith("order.", StringComparison.Ordinal));

    private static IEnumerable<LineShare> LineSums(Keeper keeper) => keeper.Entries
        .SelectMany(static entry => entry.Cause.Lines)
        .GroupBy(static share => share.LineId)
        .Select(static line => new LineShare(line.Key, line.Sum(static share => share.Points)));

    private static OrderSnapshot RealOrder()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.Full(RealOrderFile)));
        var order = document.RootElement.TryGetProperty("orders", out var orders) ? orders[0] : document.RootElement.GetProperty("order");
        return new OrderSnapshot
        {
            OrderId = "shopify:s:" + order.GetProperty("id").GetInt64(),
            Currency = order.GetProperty("currency").GetString()!,
            PlacedAt = Time(order, "created_at"),
            UpdatedAt = Time(order, "updated_at"),
            Payment = PaymentStatus.PartiallyRefunded,
            Lines = [.. order.GetProperty("line_items").EnumerateArray().Select(static line => new OrderLine
            {
                LineId = line.GetProperty("id").ToString(),
                Quantity = line.GetProperty("quantity").GetInt64(),
                NetMinor = Minor(line.GetProperty("price")) * line.GetProperty("quantity").GetInt64()
                    - line.GetProperty("discount_allocations").EnumerateArray().Sum(static part => Minor(part.GetProperty("amount"))),
            })],
            Refunds = [.. order.GetProperty("refunds").EnumerateArray().Select(static refund => new OrderRefund(
                refund.GetProperty("id").ToString(),
                Time(refund, "processed_at"),
                [.. refund.GetProperty("refund_line_items").EnumerateArray().Select(static line => new RefundLine(
                    line.GetProperty("line_item_id").ToString(),
                    line.GetProperty("quantity").GetInt64(),
                    Minor(line.GetProperty("subtotal"))))]))],
        };
    }

    private static Instant Time(JsonElement element, string name) =>
        OffsetDateTimePattern.ExtendedIso.Parse(element.GetProperty(name).GetString()!).Value.ToInstant();

    private static long Minor(JsonElement amount) => (long)(decimal.Parse(amount.ToString(), CultureInfo.InvariantCulture) * 100);
}
