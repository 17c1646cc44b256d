using Loyalty.Core.Earning;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Tests.Earning;

/// <summary>What points could pay of an order.</summary>
public sealed class PayQuoteTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 0, 0);

    public static readonly TheoryData<string, PayRule?, string, long, PayQuote> Table = new()
    {
        { "a cent a point", Pay(1), "USD", 500, new(500, 500, 12_000, null) },
        { "never more than the goods with tax", Pay(1), "USD", 50_000, new(12_000, 12_000, 12_000, null) },
        { "half at most", Pay(1) with { MaxShare = 0.5m }, "USD", 50_000, new(6_000, 6_000, 12_000, null) },
        { "whole steps", Pay(1) with { Step = 500 }, "USD", 1_999, new(1_500, 1_500, 12_000, null) },
        { "not the goods that are left out", Pay(1) with { Excluded = new GoodsFilter { Skus = ["B"] } }, "USD", 50_000, new(6_000, 6_000, 6_000, null) },
        { "only goods that are left out", Pay(1) with { Excluded = new GoodsFilter { Skus = ["A", "B"] } }, "USD", 500, new(0, 0, 0, "no-payable-goods") },
        { "a fraction of a cent", Pay(0.25m), "USD", 999, new(999, 249, 12_000, null) },
        { "the value of now", Pay(1) with { Values = [new(Now - Duration.FromDays(9), 5), new(Now, 2), new(Now + Duration.FromDays(1), 9)] }, "USD", 100, new(100, 200, 12_000, null) },
        { "no value yet", Pay(1) with { Values = [new(Now + Duration.FromDays(1), 1)] }, "USD", 100, new(0, 0, 0, "pay-not-offered") },
        { "not offered", null, "USD", 100, new(0, 0, 0, "pay-not-offered") },
        { "no rate", Pay(1), "CHF", 100, new(0, 0, 0, "currency-mismatch") },
        // 1 EUR is 3 USD: a point of 2 cents pays two thirds of a euro cent, and 18,000 points the whole of it to the last cent.
        { "another currency, exactly", Pay(2), "EUR", 50_000, new(18_000, 12_000, 12_000, null) },
        // 1 JPY is 0.01 USD, and has no cents.
        { "a currency without decimals", Pay(1), "JPY", 50_000, new(12_000, 12_000, 12_000, null) },
        { "below what may be paid", Pay(1) with { Minimum = 12_001 }, "USD", 50_000, new(0, 0, 12_000, "below-minimum") },
        { "too few points", Pay(1) with { Minimum = 100 }, "USD", 99, new(0, 0, 12_000, "insufficient-points") },
        { "too few for a step", Pay(1) with { Step = 100 }, "USD", 99, new(0, 0, 12_000, "insufficient-points") },
        { "no points", Pay(1), "USD", 0, new(0, 0, 12_000, "insufficient-points") },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Of_Order_IsAsTheTableSays(string what, PayRule? pay, string currency, long available, PayQuote expected)
    {
        var program = Program(pay);

        Assert.Equal((what, expected), (what, PayQuote.Of(Order(currency), available, program, Now)));
        if (expected.MostPoints > 0) Assert.Equal(expected.MostMinor, PayQuote.Worth(expected.MostPoints, currency, program, Now));
    }

    [Fact]
    public void Of_AnyRateAndValue_NeverPaysMoreThanTheGoodsAndWastesNoPoint()
    {
        var random = new Random(11);
        for (var i = 0; i < 3_000; i++)
        {
            var worth = random.Next(1, 500_000) / 100_000m;
            var rate = random.Next(1, 400_000) / 100_000m;
            var program = Program(Pay(worth)) with { Rates = new CurrencyRates { Items = [new DatedRate("EUR", Instant.MinValue, rate)] } };

            var quote = PayQuote.Of(Order("EUR"), long.MaxValue / 4, program, Now);

            Assert.InRange(quote.MostMinor, 0, quote.PayableMinor);
            // One point more would be worth more than the goods: compared without a division.
            Assert.True((quote.MostPoints + 1) * worth > quote.PayableMinor * rate, $"{worth} {rate}: {quote}");
            Assert.True(quote.MostPoints * worth <= quote.PayableMinor * rate, $"{worth} {rate}: {quote}");
        }
    }

    private static PayRule Pay(decimal worth) => new() { Values = [new(Instant.MinValue, worth)] };

    private static ProgramModel Program(PayRule? pay) => new()
    {
        Currency = "USD",
        Pay = pay,
        Rates = new CurrencyRates { Items = [new("EUR", Instant.MinValue, 3m), new("JPY", Instant.MinValue, 0.01m)] },
    };

    /// <summary>Two lines of 50.00 with 10.00 tax each, shipping 9.00.</summary>
    private static OrderSnapshot Order(string currency) => new()
    {
        OrderId = "o",
        Currency = currency,
        PlacedAt = Now,
        UpdatedAt = Now,
        ShippingMinor = 900,
        Lines =
        [
            new OrderLine { LineId = "1", Sku = "A", Quantity = 1, NetMinor = 5_000, TaxMinor = 1_000 },
            new OrderLine { LineId = "2", Sku = "B", Quantity = 1, NetMinor = 5_000, TaxMinor = 1_000 },
        ],
    };
}
