using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Customers;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Tests.Tiers;

public sealed class TierTests
{
    private static readonly Instant Day = Shop.Start;

    private static readonly TierPlan Yearly = new()
    {
        Window = new TierWindow.Calendar(CalendarPeriod.Year),
        GraceDays = 30,
        Levels =
        [
            new TierLevel { Name = "silver", Title = "Silver", Threshold = 100 },
            new TierLevel { Name = "gold", Title = "Gold", Threshold = 500, Multiplier = 2 },
        ],
    };

    [Fact]
    public void Settle_SumReachesAThreshold_StepsUpAtOnceAlsoTwoLevels()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 99);
        Assert.Null(keeper.Customer!.Tier);
        Buy(keeper, "2", Day + Duration.FromDays(1), 1);
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        Buy(keeper, "3", Day + Duration.FromDays(2), 900);
        Assert.Equal("gold", keeper.Customer!.Tier!.Name);
        Assert.Equal("gold", Assert.IsType<AttributeValue.Text>(keeper.Attribute("customer.tier")).Value);
        Assert.Equal(["silver", "gold"], Changes(keeper));
        // 31 December, 24:00 UTC, and thirty days.
        Assert.Equal(Instant.FromUtc(2027, 1, 31, 0, 0), keeper.Customer.Tier.EndsAt);
    }

    [Fact]
    public void Settle_PeriodEndedWithoutEnough_StepsDownOneAfterGraceAndOneMoreAYearLater()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 600);
        keeper.Tick(Instant.FromUtc(2027, 1, 30, 23, 59));
        Assert.Equal("gold", keeper.Customer!.Tier!.Name);
        // The year that ended had enough: gold stays for another.
        keeper.Tick(Instant.FromUtc(2027, 1, 31, 0, 0));
        Assert.Equal("gold", keeper.Customer!.Tier!.Name);
        keeper.Tick(Instant.FromUtc(2028, 1, 31, 0, 0));
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        keeper.Tick(Instant.FromUtc(2029, 1, 31, 0, 0));
        Assert.Null(keeper.Customer!.Tier!.Name);
        Assert.Equal(["gold", "silver", ""], Changes(keeper));
    }

    [Fact]
    public void Settle_EarnedInGrace_KeepsTheTier()
    {
        var keeper = new Keeper(Program(Yearly with { Window = new TierWindow.Rolling(100) }));
        Buy(keeper, "1", Day, 120);
        Buy(keeper, "2", Day + Duration.FromDays(110), 150);
        keeper.Tick(Day + Duration.FromDays(140));
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        keeper.Tick(Day + Duration.FromDays(400));
        Assert.Null(keeper.Customer!.Tier!.Name);
    }

    [Fact]
    public void Settle_OrderThatCarriedTheUpgradeReturned_IsCorrectedAtOnceWithoutGrace()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 150);
        Buy(keeper, "2", Day + Duration.FromDays(1), 400);
        Assert.Equal("gold", keeper.Customer!.Tier!.Name);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r1", Day + Duration.FromDays(40), ("l0", 10000))), Day + Duration.FromDays(40));
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r2", Day + Duration.FromDays(41), ("l0", 15000))), Day + Duration.FromDays(41));
        // What is left of the second order still bears silver.
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r3", Day + Duration.FromDays(42), ("l0", 30000))), Day + Duration.FromDays(42));
        Assert.Null(keeper.Customer!.Tier!.Name);
    }

    [Fact]
    public void Settle_ReturnInTheNextPeriod_CountsInTheOrdersPeriod()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Instant.FromUtc(2026, 12, 20, 12, 0), 150);
        Buy(keeper, "2", Instant.FromUtc(2027, 1, 5, 12, 0), 120);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Instant.FromUtc(2027, 1, 6, 12, 0), ("l0", 15000))), Instant.FromUtc(2027, 1, 6, 12, 0));
        Assert.Equal([(new LocalDate(2027, 1, 5), 120L)], keeper.Customer!.Qualifying!.Value.Where(static day => day.Points != 0).Select(static day => (day.Day, day.Points)));
        // The old year bears nothing any more, the new one does.
        Assert.Equal("silver", keeper.Customer.Tier!.Name);
        Assert.Equal(Instant.FromUtc(2028, 1, 31, 0, 0), keeper.Customer.Tier.EndsAt);
    }

    [Fact]
    public void Settle_SpendingExpiryAndArrears_DoNotTouchIt()
    {
        var program = Program(Yearly, Shop.PerEuro with { Expiry = new ExpiryRule.After(10) }) with { Wallets = [new WalletRule(WalletRule.Spendable, ReturnPolicy.Negative)] };
        var keeper = new Keeper(program);
        Buy(keeper, "1", Day, 150);
        keeper.Post(new LedgerCommand.Spend("s", 140, new EntryCause()), Day);
        keeper.Tick(Day + Duration.FromDays(20));
        Assert.Equal(("silver", 10L), (keeper.Customer!.Tier!.Name, keeper.Wallet().Balances.Expired));
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r", Day + Duration.FromDays(20), ("l0", 4000))), Day + Duration.FromDays(20));
        Buy(keeper, "2", Day + Duration.FromDays(21), 20);
        Assert.Equal(130, keeper.Customer!.Qualifying!.Value.Sum(static day => day.Points));
    }

    [Fact]
    public void Tick_OneMidnight_ActivatesThenExpiresThenLooksAtTheTier()
    {
        var midnight = Instant.FromUtc(2027, 1, 1, 0, 0);
        var rule = Shop.PerEuro with { Activation = new ActivationRule.AfterPayment(5), Expiry = new ExpiryRule.EndOf(CalendarPeriod.Year) };
        var keeper = new Keeper(Program(Yearly with { GraceDays = 0, Window = new TierWindow.Calendar(CalendarPeriod.Year) }, rule));
        Buy(keeper, "1", Instant.FromUtc(2026, 3, 1, 0, 0), 120);
        Assert.Null(keeper.Customer!.Tier);
        keeper.Tick(Instant.FromUtc(2026, 3, 6, 0, 0));
        Assert.Equal("silver", keeper.Customer.Tier!.Name);
        // Paid on 27 December at 00:00: usable from 1 January 2027, 00:00, counted in 2026.
        Buy(keeper, "2", midnight - Duration.FromDays(5), 450);
        var before = keeper.Entries.Count;
        keeper.Tick(midnight);
        Assert.Equal([EntryType.Activate, EntryType.Expire], keeper.Entries.Skip(before).Select(static entry => entry.Type));
        // Without the activation first, 2026 would have ended with 120; with it 570 were reached and silver is held.
        Assert.Equal("silver", keeper.Customer!.Tier!.Name);
        Assert.Equal(570, keeper.Customer.Qualifying!.Value.Sum(static day => day.Points));
        Assert.Equal(Instant.FromUtc(2028, 1, 1, 0, 0), keeper.Customer.Tier.EndsAt);
    }

    [Fact]
    public void Tick_HostStoodStillOverAReview_LeavesWhatATimelyLookWouldHave()
    {
        // Usable ten days after the review, counted in the year of its order: too late for silver, however late the look is.
        var rule = Shop.PerEuro with { Activation = new ActivationRule.AfterPayment(15), Expiry = new ExpiryRule.After(400) };
        var plan = Yearly with { GraceDays = 0 };
        var (timely, late) = (new Keeper(Program(plan, rule)), new Keeper(Program(plan, rule)));
        foreach (var keeper in new[] { timely, late })
        {
            Buy(keeper, "1", Instant.FromUtc(2026, 3, 1, 0, 0), 120);
            keeper.Tick(Instant.FromUtc(2026, 3, 20, 0, 0));
            keeper.Tick(Instant.FromUtc(2027, 1, 1, 0, 0));
            Assert.Equal("silver", keeper.Customer!.Tier!.Name);
            Buy(keeper, "2", Instant.FromUtc(2027, 12, 28, 0, 0), 150);
        }

        for (var day = Instant.FromUtc(2027, 12, 29, 0, 0); day <= Instant.FromUtc(2029, 2, 1, 0, 0); day += Duration.FromDays(1)) timely.Tick(day);
        late.Tick(Instant.FromUtc(2029, 2, 1, 0, 0));

        Assert.Equal((null, null), (timely.Customer!.Tier!.Name, late.Customer!.Tier!.Name));
        Assert.Equal(timely.Customer.Tier.Since, late.Customer.Tier.Since);
        Assert.Equal(Changes(timely), Changes(late));
        Assert.Equal(timely.Entries.Select(static entry => (entry.Type, entry.At, entry.Points)), late.Entries.Select(static entry => (entry.Type, entry.At, entry.Points)));
        Assert.Equal(timely.Customer.Qualifying!.Value.AsEnumerable(), late.Customer.Qualifying!.Value);
    }

    [Theory]
    [InlineData(TierMeasure.Spend, 10000, "silver")]
    [InlineData(TierMeasure.Spend, 10001, null)]
    [InlineData(TierMeasure.Orders, 2, "silver")]
    [InlineData(TierMeasure.Orders, 3, null)]
    public void Settle_BySpendOrOrders_CountsWhatWasKept(TierMeasure measure, long threshold, string? expected)
    {
        var plan = new TierPlan { Measure = measure, Window = new TierWindow.Rolling(30), Levels = [new TierLevel { Name = "silver", Title = "Silver", Threshold = threshold }] };
        var keeper = new Keeper(Program(plan));
        Buy(keeper, "1", Day, 60);
        Buy(keeper, "2", Day + Duration.FromDays(2), 50);
        Buy(keeper, "3", Day - Duration.FromDays(60), 500);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r", Day + Duration.FromDays(3), ("l0", 1000))), Day + Duration.FromDays(3));
        Assert.Equal(expected, keeper.Customer!.Tier?.Name);
    }

    /// <summary>A program gets tiers one day: by spend and orders what was bought before counts, and what comes back of it takes nothing from what is bought afterwards.</summary>
    [Theory]
    [InlineData(TierMeasure.Spend, 10000, "silver")]
    [InlineData(TierMeasure.Orders, 2, "silver")]
    [InlineData(TierMeasure.Points, 100, null)]
    public void Settle_TiersThatCameLater_CountTheOrdersBefore(TierMeasure measure, long threshold, string? atFirst)
    {
        var plan = new TierPlan { Measure = measure, Window = new TierWindow.Rolling(365), Levels = [new TierLevel { Name = "silver", Title = "Silver", Threshold = threshold }] };
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        Buy(keeper, "1", Day, 60);
        Buy(keeper, "2", Day + Duration.FromDays(2), 50);
        keeper.Program = Program(plan);
        keeper.Tick(Day + Duration.FromDays(3));
        Assert.Equal(atFirst, keeper.Customer!.Tier?.Name);

        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r", Day + Duration.FromDays(4), ("l0", 6000))), Day + Duration.FromDays(4));
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r", Day + Duration.FromDays(4), ("l0", 5000))), Day + Duration.FromDays(4));
        // An order whose goods came back was an order all the same.
        Assert.Equal(measure == TierMeasure.Orders ? "silver" : null, keeper.Customer.Tier?.Name);
        Assert.All(keeper.Customer.Qualifying ?? [], static day => Assert.True(day is { Points: >= 0, SpendMinor: >= 0, Orders: >= 0 }, day.ToString()));
        Buy(keeper, "3", Day + Duration.FromDays(5), 60);
        Buy(keeper, "4", Day + Duration.FromDays(6), 60);
        Assert.Equal("silver", keeper.Customer.Tier?.Name);
    }

    [Fact]
    public void Multiplier_OfTheTier_CountsFromTheNextOrderAndIsFrozenWithIt()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 500);
        Assert.Equal(500, keeper.Wallet().Balances.Available);
        Buy(keeper, "2", Day + Duration.FromDays(1), 100);
        Assert.Equal(700, keeper.Wallet().Balances.Available);
        Assert.Equal("tier-gold", keeper.Entries[^1].Cause.RuleId);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r", Day + Duration.FromDays(3), ("l0", 5000))), Day + Duration.FromDays(3));
        Assert.Equal(600, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Outlook_OfAMember_TellsWhatIsMissing()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 180);
        var outlook = TierOutlook.Of(keeper.Customer!.Tier, keeper.Customer.Qualifying ?? [], Yearly, Day + Duration.FromDays(1), DateTimeZone.Utc);
        Assert.Equal(("silver", "silver", 0L, "gold", 320L), (outlook.Tier, outlook.Projected, outlook.MissingToKeep, outlook.Next, outlook.MissingToNext));
        var nextYear = TierOutlook.Of(keeper.Customer.Tier, keeper.Customer.Qualifying ?? [], Yearly, Instant.FromUtc(2027, 1, 10, 0, 0), DateTimeZone.Utc);
        Assert.Equal((null, 100L, 500L), (nextYear.Projected, nextYear.MissingToKeep, nextYear.MissingToNext));
    }

    [Fact]
    public void Preview_AnotherDefinition_MovesWhoItWouldMove()
    {
        var keeper = new Keeper(Program(Yearly));
        Buy(keeper, "1", Day, 180);
        var (tier, days) = (keeper.Customer!.Tier, keeper.Customer.Qualifying ?? []);
        var now = Day + Duration.FromDays(1);
        var lower = Yearly with { Levels = Yearly.Levels.SetItem(1, Yearly.Levels[1] with { Threshold = 150 }) };
        Assert.Equal("gold", TierPreview.TierUnder(lower, tier, days, now, DateTimeZone.Utc));
        var higher = Yearly with { Levels = Yearly.Levels.SetItem(0, Yearly.Levels[0] with { Threshold = 200 }) };
        Assert.Null(TierPreview.TierUnder(higher, tier, days, now, DateTimeZone.Utc));
        var renamed = Yearly with { Levels = Yearly.Levels.SetItem(0, Yearly.Levels[0] with { Name = "bronze" }) };
        Assert.Equal("bronze", TierPreview.TierUnder(renamed, tier, days, now, DateTimeZone.Utc));
        Assert.Null(TierPreview.TierUnder(null, tier, days, now, DateTimeZone.Utc));
    }

    [Fact]
    public void Settle_OrdersToldInAnyOrder_EndAtTheSameTier()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var events = Enumerable.Range(0, 6).Select(i => Shop.Told(Shop.Paid($"{i}", Day + Duration.FromDays(random.Next(300)), random.Next(1, 400) * 100))).ToList();
            events.AddRange(Enumerable.Range(0, 4).Select(i => Shop.Told($"shopify:s:{random.Next(6)}", Shop.Refund($"r{i}", Day + Duration.FromDays(301), ("l0", random.Next(1, 300) * 100)))));
            var now = Day + Duration.FromDays(302);
            var (ordered, shuffled) = (new Keeper(Program(Yearly with { Levels = [.. Yearly.Levels.Select(static level => level with { Multiplier = 1 })] })), new Keeper(Program(Yearly with { Levels = [.. Yearly.Levels.Select(static level => level with { Multiplier = 1 })] })));
            foreach (var e in events) ordered.Apply(e, now);
            var mixed = events.ToArray();
            random.Shuffle(mixed);
            foreach (var e in mixed.Concat(mixed)) shuffled.Apply(e, now);
            Assert.Equal(ordered.Customer!.Qualifying ?? [], (shuffled.Customer!.Qualifying ?? []).AsEnumerable());
            Assert.Equal(ordered.Customer.Tier?.Name, shuffled.Customer.Tier?.Name);
        }
    }

    private static ProgramModel Program(TierPlan plan, params EarningRule[] rules) =>
        Shop.Program(rules.Length == 0 ? [Shop.PerEuro] : rules) with { Tiers = plan };

    private static void Buy(Keeper keeper, string id, Instant at, long euros) => keeper.Apply(Shop.Told(Shop.Paid(id, at, euros * 100)));

    private static IEnumerable<string> Changes(Keeper keeper) => keeper.Occurrences
        .Where(static occurrence => occurrence.Type == "tier.changed")
        .Select(static occurrence => occurrence.Attributes.GetValueOrDefault("to") is AttributeValue.Text to ? to.Value : "");
}
