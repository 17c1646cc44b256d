using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Earning;

public sealed class EarningRulesTests
{
    private static readonly Instant Day = Shop.Start;
    private static readonly EarningRule Base = Shop.PerEuro;

    [Theory]
    [InlineData(4999, 0)]
    [InlineData(5000, 100)]
    [InlineData(9999, 100)]
    [InlineData(10000, 200)]
    [InlineData(12345, 246)]
    public void Bands_ByValue_TakeTheBandThatWasReached(long net, long points)
    {
        var bands = new EarningFormula.Bands([new EarningBand(5000, 100), new EarningBand(10000, PointsPerUnit: 2m)]);
        var keeper = Paid(net, Base with { Formula = bands });
        Assert.Equal(points, keeper.Wallet().Balances.Available);
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    [Fact]
    public void PerUnit_PiecesThatCameBack_CountNoMore()
    {
        var rule = new EarningRule { Id = "cups", Formula = new EarningFormula.PerUnit(7), Only = new GoodsFilter { Categories = ["cups"] } };
        var keeper = new Keeper(Shop.Program(rule));
        var order = Shop.Paid("1", Day) with
        {
            Lines = [Shop.Line("a", 4000) with { Quantity = 4, Category = "cups" }, Shop.Line("b", 900) with { Quantity = 9, Category = "tea" }],
        };
        keeper.Apply(Shop.Told(order));
        Assert.Equal(28, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(order.OrderId, new OrderRefund("r1", Day, [new RefundLine("a", 3, 3000)])));
        Assert.Equal(7, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Multiply_OnSomeGoods_AddsToTheirShareOnly()
    {
        var twice = new EarningRule
        {
            Id = "twice",
            Formula = new EarningFormula.Multiply(2.5m, []),
            Only = new GoodsFilter { Skus = ["SKU-l1"], Labels = ["new"] },
        };
        var keeper = Paid([10000, 5000], Base, twice);
        // 150 for all, and 50 × 1.5 more for the second line.
        Assert.Equal(225, keeper.Wallet().Balances.Available);
        Assert.Equal(new LineShare("l1", 75), Assert.Single(keeper.Entries[1].Cause.Lines));
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day, ("l1", 2000))));
        Assert.Equal(130 + 45, keeper.Wallet().Balances.Available);
    }

    [Theory]
    [InlineData(EarningStacking.Sum, 100 + 50 + 300)]
    [InlineData(EarningStacking.Best, 100 + 300)]
    [InlineData(EarningStacking.First, 100 + 50)]
    public void Group_OfTwoBonuses_GoesTogetherAsDeclared(EarningStacking stacking, long points)
    {
        var small = new EarningRule { Id = "small", Formula = new EarningFormula.Fixed(50), Group = "bonus", Stacking = stacking, Order = 1 };
        var large = new EarningRule { Id = "large", Formula = new EarningFormula.Fixed(300), Group = "bonus", Stacking = stacking, Order = 2 };
        Assert.Equal(points, Paid(10000, large, Base, small).Wallet().Balances.Available);
    }

    [Fact]
    public void Caps_OfDayMonthAndLifetime_AreSharedByOrdersAndFreedByNoRefund()
    {
        var keeper = new Keeper(Shop.Program(Base with { MostPerEvent = 80, Caps = new EarningCaps(Day: 100, Month: 150, Lifetime: 400) }));
        Buy("1", Day, 10000, 80, "event 80");
        Buy("2", Day, 10000, 100, "day 100");
        Buy("3", Day, 10000, 100, null);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day, ("l0", 10000))));
        Buy("4", Day, 10000, 20, null);
        Buy("5", Day + Duration.FromDays(1), 10000, 70, "month 150");
        Buy("6", Day + Duration.FromDays(40), 10000, 150, "event 80");
        Assert.Equal(230, keeper.Customer!.Earned!.Value[0].Lifetime);
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));

        void Buy(string number, Instant at, long net, long available, string? cappedBy)
        {
            var before = keeper.Entries.Count;
            keeper.Apply(Shop.Told(Shop.Paid(number, at, net)));
            Assert.Equal(available, keeper.Wallet().Balances.Available);
            Assert.Equal(cappedBy, keeper.Entries.Skip(before).SingleOrDefault()?.Cause.CappedBy);
        }
    }

    [Fact]
    public void CoolDownAndOnce_AfterTheRuleGave_GiveNothing()
    {
        var weekly = new EarningRule { Id = "weekly", Formula = new EarningFormula.Fixed(10), CoolDownDays = 7 };
        var once = new EarningRule { Id = "once", Formula = new EarningFormula.Fixed(1000), IsOnce = true };
        var keeper = new Keeper(Shop.Program(weekly, once));
        foreach (var day in new[] { 0, 3, 7, 8, 20 }) keeper.Apply(Shop.Told(Shop.Paid($"{day}", Day + Duration.FromDays(day), 1000)));
        Assert.Equal(1000 + 30, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void NthHoursChannelAndCondition_OnlyWhereTheyHold()
    {
        var second = new EarningRule { Id = "second", Formula = new EarningFormula.Fixed(1), EveryNthOrder = 2 };
        var app = new EarningRule { Id = "app", Formula = new EarningFormula.Fixed(10), Channels = ["app"] };
        var weekend = new EarningRule { Id = "weekend", Formula = new EarningFormula.Fixed(100), Hours = new SendWindow(Weekdays.Saturday, LocalTime.Noon, new LocalTime(18, 0)) };
        var big = new EarningRule { Id = "big", Formula = new EarningFormula.Fixed(1000), When = When("customer.orders > 1 and event.total >= 50 EUR") };
        var keeper = new Keeper(Shop.Program(second, app, weekend, big));
        // 10 January 2026 is a Saturday.
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 6000)));
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(1), 6000) with { Channel = "app" }));
        keeper.Apply(Shop.Told(Shop.Paid("3", Day + Duration.FromDays(2), 4999) with { Channel = "web" }));
        Assert.Equal(["app", "big", "second", "weekend"], keeper.Entries.Select(static entry => entry.Cause.RuleId).Order());
        Assert.Equal("weekend", keeper.Entries[0].Cause.RuleId);
    }

    [Fact]
    public void Rates_OfAnotherCurrency_AreThoseOfThePaymentAlsoForTheRefund()
    {
        var program = Shop.Program(Base with { MinimumMinor = 5000 }) with
        {
            Rates = new CurrencyRates { Items = [new DatedRate("USD", Day - Duration.FromDays(1), 0.5m), new DatedRate("USD", Day + Duration.FromDays(1), 2m)] },
        };
        var keeper = new Keeper(program);
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 20000) with { Currency = "USD" }));
        Assert.Equal(100, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day + Duration.FromDays(3), ("l0", 5000))));
        Assert.Equal(75, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r2", Day + Duration.FromDays(3), ("l0", 6000))));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(Shop.Paid("2", Day - Duration.FromDays(9), 20000) with { Currency = "USD" }));
        Assert.Equal(EarningReasons.NoRate, keeper.Orders["shopify:s:2"].Earning!.NothingBecause);
    }

    [Fact]
    public void Events_ReviewBirthdayAndAnniversary_GrantOnceEach()
    {
        var review = Event("review", EventTypes.FeedbackGiven) with { When = When("event.kind = 'rating'", EventTypes.FeedbackGiven), Formula = Computed("event.rating * 10", EventTypes.FeedbackGiven) };
        var birthday = Event("birthday", "customer.birthday");
        var anniversary = Event("anniversary", "customer.anniversary");
        var keeper = new Keeper(Shop.Program(review, birthday, anniversary));
        keeper.Apply(Shop.SignUp(Day));
        keeper.Apply(Shop.Event("p", EventTypes.CustomerUpdated, Day, new EventData.Person { Birthday = new LocalDate(1990, 6, 1) }));
        var facts = ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "rating").Add("rating", 4m);
        keeper.Apply(Shop.Event("f1", EventTypes.FeedbackGiven, Day, new EventData.Facts(facts)));
        keeper.Apply(Shop.Event("f2", EventTypes.FeedbackGiven, Day, new EventData.Facts(facts.SetItem("kind", "idea"))));
        Assert.Equal(40, keeper.Wallet().Balances.Available);
        for (var month = 1; month <= 25; month++) keeper.Tick(Day + Duration.FromDays(30 * month));
        Assert.Equal(40 + 2 * 5 + 2 * 5, keeper.Wallet().Balances.Available);
        Assert.Equal(["customer.birthday", "customer.anniversary", "customer.birthday", "customer.anniversary"], keeper.Entries.Skip(1).Select(static entry => entry.Cause.EventType));
        Assert.All(keeper.Entries, static entry => Assert.NotNull(entry.Cause.RuleId));
    }

    [Fact]
    public void Expiry_EndOfYearAndSliding_EndAsDeclared()
    {
        var year = Base with { Id = "year", Expiry = new ExpiryRule.EndOf(CalendarPeriod.Quarter, 1) };
        var slides = Base with { Id = "slides", Expiry = new ExpiryRule.Sliding(30), Formula = new EarningFormula.Fixed(5) };
        var keeper = new Keeper(Shop.Program(year, slides) with { Zone = "Europe/Sofia" });
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        Assert.Equal(Instant.FromUtc(2026, 6, 30, 21, 0), keeper.Wallet().Lots[0].ExpiresAt);
        Assert.Equal(Instant.FromUtc(2026, 2, 9, 22, 0), keeper.Wallet().Lots[1].ExpiresAt);
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(10), 10000)));
        Assert.Equal(Instant.FromUtc(2026, 2, 19, 22, 0), keeper.Wallet().Lots[1].ExpiresAt);
        Assert.Equal(EntryType.Extend, keeper.Entries[^1].Type);
        keeper.Tick(Instant.FromUtc(2026, 2, 19, 22, 0));
        Assert.Equal(10, keeper.Wallet().Balances.Expired);
    }

    [Fact]
    public void Sliding_OrdersDeliveredInAnyOrder_EndAtTheSame()
    {
        var slides = Base with { Expiry = new ExpiryRule.Sliding(30) };
        var orders = Enumerable.Range(0, 5).Select(static i => Shop.Told(Shop.Paid($"{i}", Day + Duration.FromDays(3 * i), 10000))).ToArray();
        var now = Day + Duration.FromDays(13);
        var ordered = new Keeper(Shop.Program(slides));
        foreach (var order in orders) ordered.Apply(order, now);
        var reversed = new Keeper(Shop.Program(slides));
        foreach (var order in orders.Reverse()) reversed.Apply(order, now);
        Assert.All(ordered.Wallet().Lots.Concat(reversed.Wallet().Lots), lot => Assert.Equal(ordered.Wallet().Lots[0].ExpiresAt, lot.ExpiresAt));
    }

    [Fact]
    public void Explore_Order_TellsEveryRuleAndPostsNothing()
    {
        var rules = new[]
        {
            Base,
            new EarningRule { Id = "old", Formula = new EarningFormula.Fixed(1), ValidUntil = Day },
            new EarningRule { Id = "new", Formula = new EarningFormula.Fixed(1), ValidFrom = Day + Duration.FromDays(9) },
            new EarningRule { Id = "third", Formula = new EarningFormula.Fixed(1), OnlyNthOrder = 3 },
            new EarningRule { Id = "books", Formula = new EarningFormula.PerAmount(1), Only = new GoodsFilter { Categories = ["books"] } },
            new EarningRule { Id = "large", Formula = new EarningFormula.Fixed(1), MinimumMinor = 20000 },
            new EarningRule { Id = "vip", Formula = new EarningFormula.Multiply(2, []), When = When("customer.tags contains 'vip'") },
            new EarningRule { Id = "best-a", Formula = new EarningFormula.Fixed(3), Group = "g", Stacking = EarningStacking.Best },
            new EarningRule { Id = "best-b", Formula = new EarningFormula.Fixed(4), Group = "g", Stacking = EarningStacking.Best },
            new EarningRule { Id = "hello", On = EarningTrigger.Registration, Formula = new EarningFormula.Fixed(1) },
            new EarningRule { Id = "capped", Formula = new EarningFormula.Fixed(50), Caps = new EarningCaps(Month: 20) },
        };
        var order = new OrderState { OrderId = "o", CustomerId = "c1", Nth = 1, Facts = OrderMerge.Fold(new OrderFacts(), Shop.Paid("1", Day, 10099), Day) };
        var told = EarningExplorer.Explore(order, Shop.Program(rules), EarningFacts.None);
        Assert.Equal(
            [
                ("per-euro", null), ("old", EarningReasons.NoLongerValid), ("new", EarningReasons.NotYetValid), ("third", EarningReasons.NotNthOrder),
                ("books", EarningReasons.NoEligibleGoods), ("large", EarningReasons.BelowMinimum), ("vip", EarningReasons.ConditionNotMet),
                ("best-a", EarningReasons.OtherRuleCounts), ("best-b", null), ("hello", EarningReasons.OtherEvent), ("capped", null),
            ],
            told.Rules.Select(static rule => (rule.RuleId, rule.Reason)));
        Assert.Equal(100 + 4 + 20, told.Points["spendable"]);
        Assert.Equal((100.99m, 10099L), (told.Rules[0].Exact, told.Rules[0].EligibleMinor));
        Assert.Equal((20L, "month 20"), (told.Rules[^1].Allowance, told.Rules[^1].CappedBy));
        Assert.Equal("best-b", told.Rules[7].InsteadOf);
    }

    [Fact]
    public void Explore_ThenApply_GiveTheSame()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var program = RandomProgram.Make(random);
            var keeper = new Keeper(program);
            for (var i = 0; i < 3; i++)
            {
                var snapshot = RandomProgram.Order(random, $"{i}", Day + Duration.FromDays(i));
                var facts = CustomerDeciderFacts(keeper, program);
                var state = new OrderState { OrderId = snapshot.OrderId, CustomerId = "c1", Nth = i + 1, Facts = OrderMerge.Fold(new OrderFacts(), snapshot, snapshot.UpdatedAt) };
                var told = EarningExplorer.Explore(state, program, facts);
                var before = keeper.Entries.Count;
                keeper.Apply(Shop.Told(snapshot));
                var posted = keeper.Entries.Skip(before).Where(static entry => entry.Type == EntryType.Grant).ToDictionary(static entry => entry.Cause.RuleId!, static entry => entry.Points);
                Assert.Equal(
                    told.Rules.Where(static rule => rule.Points > 0).Select(static rule => (rule.RuleId, rule.Points)).Order(),
                    posted.Select(static rule => (rule.Key, rule.Value)).Order());
            }
        }
    }

    private static EarningFacts CustomerDeciderFacts(Keeper keeper, Loyalty.Core.Programs.ProgramModel program) =>
        Loyalty.Core.Customers.CustomerDecider.FactsOf(keeper.Snapshot(), program, Day);

    private static Keeper Paid(long net, params EarningRule[] rules) => Paid([net], rules);

    private static Keeper Paid(long[] lines, params EarningRule[] rules)
    {
        var keeper = new Keeper(Shop.Program(rules));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, lines)));
        return keeper;
    }

    private static EarningRule Event(string id, string type) =>
        new() { Id = id, On = EarningTrigger.Event, EventType = type, Formula = new EarningFormula.Fixed(5) };

    private static EarningFormula Computed(string text, string type) =>
        new EarningFormula.Computed(text) { Formula = Condition.Parse(text, Catalogue(type), AttributeType.Number, out _) };

    private static Condition When(string text, string type = EventTypes.OrderPaid) => Condition.Parse(text, Catalogue(type), out _)!;

    private static AttributeCatalogue Catalogue(string type) =>
        AttributeCatalogue.Empty.With("customer", BuiltInAttributes.Customer).With("event", BuiltInAttributes.Events[type]);
}
