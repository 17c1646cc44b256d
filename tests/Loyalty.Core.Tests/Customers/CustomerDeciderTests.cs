using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

public sealed class CustomerDeciderTests
{
    private static readonly Instant Day = Shop.Start;

    [Fact]
    public void Decide_NobodyTestOrLoop_IsRefused()
    {
        var program = Shop.Program(Shop.PerEuro);
        var snapshot = new Keeper(program).Snapshot();
        var paid = Shop.Told(Shop.Paid("1", Day, 100));
        Assert.Equal(RefusalCode.NoIdentifier, Code(paid with { Identifiers = [] }));
        Assert.Equal(RefusalCode.TestOrder, Code(Shop.Told(Shop.Paid("1", Day, 100) with { IsTest = true })));
        Assert.Equal(RefusalCode.CausalLoop, Code(paid with { Hops = 17 }));
        Assert.Equal(RefusalCode.AmountOutOfRange, Code(Shop.Told(Shop.Paid("1", Day, 100) with { Lines = [Shop.Line("l0", 100) with { Quantity = -1 }] })));
        Assert.Equal(RefusalCode.AmountOutOfRange, Code(Shop.Told(Shop.Paid("1", Day, long.MinValue))));
        Assert.Equal(RefusalCode.AmountOutOfRange, Code(Shop.Told(Shop.Paid("1", Day, long.MaxValue, long.MaxValue))));
        Assert.IsType<CustomerDecision.Applied>(CustomerDecider.Decide(snapshot, paid with { Hops = 16 }, program, Day));

        RefusalCode Code(CanonicalEvent e) =>
            Assert.IsType<CustomerDecision.Refused>(CustomerDecider.Decide(snapshot, e, program, Day)).Code;
    }

    [Fact]
    public void Decide_StagesInTurn_TellsEachChange()
    {
        var keeper = new Keeper(Shop.Program());
        keeper.Apply(Shop.Cart("k", Day, "A"));
        Assert.Equal(CustomerStage.Attract, keeper.Customer!.Stage);
        keeper.Apply(Shop.SignUp(Day));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day + Duration.FromDays(1), 100)));
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(21), 100)));
        keeper.Tick(Day + Duration.FromDays(21 + 40));
        Assert.Equal(
            ["attract>not-bought", "not-bought>refer", "refer>repeat", "repeat>lapsed"],
            keeper.Occurrences.Where(static o => o.Type == EventTypes.CustomerStageChanged).Select(static o => $"{Text(o.Attributes["from"])}>{Text(o.Attributes["to"])}"));
        keeper.Apply(Shop.Told(Shop.Paid("3", Day + Duration.FromDays(90), 100)));
        Assert.Equal(CustomerStage.Repeat, keeper.Customer!.Stage);
    }

    [Fact]
    public void Decide_SignedUpTwice_GrantsTheBonusOnce()
    {
        var bonus = new EarningRule { Id = "welcome", On = EarningTrigger.Registration, Formula = new EarningFormula.Fixed(100) };
        var keeper = new Keeper(Shop.Program(bonus));
        keeper.Apply(Shop.SignUp(Day));
        keeper.Apply(Shop.SignUp(Day + Duration.FromDays(1)) with { Id = "again" });
        Assert.Equal(100, keeper.Wallet().Balances.Available);
        Assert.Equal(Day, keeper.Customer!.SignedUpAt);
        Assert.Single(keeper.Occurrences, static o => o.Type == EventTypes.CustomerSignedUp);
        Assert.Equal("registration", keeper.Entries[0].Cause.Reason);
    }

    [Fact]
    public void Decide_OrderPaidToldByFourWebhooks_IsOneOccurrence()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        var order = Shop.Paid("1", Day, 2500, 500);
        foreach (var type in new[] { EventTypes.OrderUpdated, EventTypes.OrderPaid, EventTypes.OrderPlaced, EventTypes.OrderUpdated })
            keeper.Apply(Shop.Told(order, type));
        var paid = Assert.Single(keeper.Occurrences, static o => o.Type == EventTypes.OrderPaid);
        Assert.Equal("order.paid:shopify:s:1", paid.Id);
        Assert.Equal(new AttributeValue.Money(3000, "EUR"), paid.Attributes["total"]);
        Assert.Equal((AttributeValue)1L, paid.Attributes["nth"]);
        Assert.Equal((AttributeValue)2L, paid.Attributes["items"]);
        Assert.Equal((AttributeValue)"#1", paid.Attributes["number"]);
        Assert.Equal(30, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Tick_CartLeftAlone_IsAbandonedOnceAtItsMoment()
    {
        var program = Shop.Program();
        var keeper = new Keeper(program);
        keeper.Apply(Shop.Cart("k", Day, "A", "B"));
        Assert.Equal(Day + Duration.FromHours(1), CustomerMoments.Next(keeper.Customer!, program));
        keeper.Tick(Day + Duration.FromMinutes(59));
        Assert.DoesNotContain(keeper.Occurrences, static o => o.Type == EventTypes.CartAbandoned);
        keeper.Tick(Day + Duration.FromHours(5));
        keeper.Tick(Day + Duration.FromHours(6));
        var abandoned = Assert.Single(keeper.Occurrences, static o => o.Type == EventTypes.CartAbandoned);
        Assert.Equal(Day + Duration.FromHours(1), abandoned.At);
        Assert.Equal(new AttributeValue.Money(2000, "EUR"), abandoned.Attributes["total"]);
    }

    [Fact]
    public void Tick_CartThatBecameAnOrder_IsNotAbandonedWhicheverWasToldFirst()
    {
        var cart = Shop.Cart("k", Day, "A");
        var order = Shop.Told(Shop.Paid("1", Day - Duration.FromMinutes(1), 100) with { CartId = "k" });
        foreach (var events in new[] { new[] { cart, order }, [order, cart] })
        {
            var keeper = new Keeper(Shop.Program());
            foreach (var e in events) keeper.Apply(e);
            keeper.Tick(Day + Duration.FromDays(1));
            Assert.DoesNotContain(keeper.Occurrences, static o => o.Type == EventTypes.CartAbandoned);
        }
    }

    [Fact]
    public void Tick_OwnRhythm_TellsReorderDueAndInactiveOncePerSpell()
    {
        var program = Shop.Program();
        var keeper = new Keeper(program);
        foreach (var (id, day) in new[] { ("1", 0), ("2", 20), ("3", 40) })
            keeper.Apply(Shop.Told(Shop.Paid(id, Day + Duration.FromDays(day), 100)));
        Assert.Equal(Day + Duration.FromDays(60), CustomerMoments.ReorderAt(keeper.Customer!, program));
        keeper.Tick(Day + Duration.FromDays(61));
        keeper.Tick(Day + Duration.FromDays(62));
        Assert.Equal(Day + Duration.FromDays(60), Assert.Single(keeper.Occurrences, static o => o.Type == EventTypes.CustomerReorderDue).At);
        keeper.Tick(Day + Duration.FromDays(80));
        keeper.Tick(Day + Duration.FromDays(300));
        Assert.Equal(Day + Duration.FromDays(80), Assert.Single(keeper.Occurrences, static o => o.Type == EventTypes.CustomerInactive).At);
        Assert.Null(CustomerMoments.Next(keeper.Customer!, program));
        keeper.Apply(Shop.Told(Shop.Paid("4", Day + Duration.FromDays(400), 100)));
        keeper.Tick(Day + Duration.FromDays(1000));
        Assert.Equal(2, keeper.Occurrences.Count(static o => o.Type == EventTypes.CustomerReorderDue));
        Assert.Equal(2, keeper.Occurrences.Count(static o => o.Type == EventTypes.CustomerInactive));
    }

    [Fact]
    public void Tick_BirthdayOfALeapDay_ComesEveryYearAtTheCustomersNine()
    {
        var program = Shop.Program();
        var keeper = new Keeper(program);
        keeper.Apply(Shop.Event("p", EventTypes.CustomerUpdated, Day, new EventData.Person { Birthday = new LocalDate(1992, 2, 29), Zone = "America/New_York" }));
        Assert.Equal(Instant.FromUtc(2026, 2, 28, 14, 0), CustomerMoments.Next(keeper.Customer!, program));
        keeper.Tick(Instant.FromUtc(2026, 2, 28, 14, 0));
        Assert.Equal(Instant.FromUtc(2027, 2, 28, 14, 0), CustomerMoments.Next(keeper.Customer!, program));
        keeper.Tick(Instant.FromUtc(2028, 3, 1, 0, 0));
        Assert.Equal(["customer.birthday:2026", "customer.birthday:2028"], keeper.Occurrences.Where(static o => o.Type == "customer.birthday").Select(static o => o.Id));
    }

    [Fact]
    public void Tick_PointsAboutToEnd_WarnsThirtyAndSevenDaysBefore()
    {
        var rule = Shop.PerEuro with { Expiry = new ExpiryRule.After(60) };
        var keeper = new Keeper(Shop.Program(rule));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 10000)));
        var end = keeper.Wallet().NextMoment!.Value;
        for (var day = 0; day <= 61; day++) keeper.Tick(Day + Duration.FromDays(day));
        Assert.Equal(
            [(end - Duration.FromDays(30), 30m), (end - Duration.FromDays(7), 7m)],
            keeper.Occurrences.Where(static o => o.Type == EventTypes.PointsExpiring).Select(static o => (o.At, ((AttributeValue.Number)o.Attributes["days"]).Value)));
        Assert.Equal(100, keeper.Wallet().Balances.Expired);
    }

    [Fact]
    public void Decide_Unsubscribed_WithdrawsTheTopicAndComplaintEverything()
    {
        var keeper = new Keeper(Shop.Program());
        keeper.Apply(Shop.SignUp(Day));
        Assert.Equal((AttributeValue)true, keeper.Attribute("customer.consent.offers"));
        keeper.Apply(Shop.Event("u", EventTypes.MessageUnsubscribed, Day + Duration.FromDays(1), new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("topic", "offers"))));
        Assert.Equal((AttributeValue)false, keeper.Attribute("customer.consent.offers"));
        Assert.Equal(AttributeValue.None, keeper.Attribute("customer.consent.news"));
        keeper.Apply(Shop.Event("c", EventTypes.MessageComplained, Day + Duration.FromDays(2), new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty)));
        Assert.Equal((AttributeValue)false, keeper.Attribute("customer.consent.news"));
    }

    [Fact]
    public void Lookup_KnownCustomer_AnswersEveryBuiltInPath()
    {
        var keeper = new Keeper(Shop.Program(Shop.PerEuro));
        keeper.Apply(Shop.SignUp(Day));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day, 2500)));
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(10), 2500)));
        Assert.Equal((AttributeValue)"en-GB", keeper.Attribute("customer.locale"));
        Assert.Equal((AttributeValue)"Etc/UTC", keeper.Attribute("customer.zone"));
        Assert.Equal((AttributeValue)"repeat", keeper.Attribute("customer.stage"));
        Assert.Equal((AttributeValue)50L, keeper.Attribute("customer.points"));
        Assert.Equal((AttributeValue)2L, keeper.Attribute("customer.orders"));
        Assert.Equal(new AttributeValue.Money(5000, "EUR"), keeper.Attribute("customer.spend"));
        Assert.Equal((AttributeValue)(Day + Duration.FromDays(10)), keeper.Attribute("customer.last-order-at"));
        Assert.Equal((AttributeValue)(Day + Duration.FromDays(20)), keeper.Attribute("customer.next-order-at"));
        Assert.Equal((AttributeValue)"Bob", keeper.Attribute("customer.first-name"));
        Assert.Equal((AttributeValue)"bob@example.com", keeper.Attribute("customer.email"));
        foreach (var unset in new[] { "customer.country", "customer.birthday", "customer.last-sent-at", "customer.tier", "customer.nonsense", "order.total" })
            Assert.Equal(AttributeValue.None, keeper.Attribute(unset));
    }

    [Fact]
    public void Post_SameKeyAgain_RepeatsOrConflicts()
    {
        var keeper = new Keeper(Shop.Program());
        var cause = new EntryCause { Reason = "come-back" };
        var award = new LedgerCommand.Grant("run1|gift|1", 500, Day, Day + Duration.FromDays(14), cause);
        keeper.Post(award, Day);
        Assert.IsType<CustomerDecision.Repeated>(keeper.Post(award with { AvailableAt = Day + Duration.FromDays(1) }, Day + Duration.FromDays(1)));
        Assert.Equal(RefusalCode.KeyConflict, Assert.IsType<CustomerDecision.Refused>(keeper.Post(award with { Points = 501 }, Day)).Code);
        Assert.Equal((AttributeValue)500L, keeper.Attribute("customer.points"));
        var program = Shop.Program();
        Assert.Equal(RefusalCode.UnknownWallet, Assert.IsType<CustomerDecision.Refused>(CustomerDecider.Post(keeper.Snapshot(), "gems", award, program, Day)).Code);
    }

    private static string Text(AttributeValue value) => ((AttributeValue.Text)value).Value;
}
