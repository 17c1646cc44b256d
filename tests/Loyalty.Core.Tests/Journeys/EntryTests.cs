using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class EntryTests
{
    private static readonly EntryRule SignedUp = new() { Events = ["customer.signed-up"] };

    private static EntryDecision Decide(
        EntryRule enter,
        Occurrence? trigger = null,
        PreviousEntry[]? previous = null,
        LiveRun[]? live = null,
        double day = 0,
        ExitRule[]? exits = null) =>
        Assert.Single(All(enter, trigger, previous, live, day, exits));

    private static IReadOnlyList<EntryDecision> All(
        EntryRule enter,
        Occurrence? trigger = null,
        PreviousEntry[]? previous = null,
        LiveRun[]? live = null,
        double day = 0,
        ExitRule[]? exits = null) =>
        JourneyEntry.Decide(
            Journey(Wait("w", "1d")) with { Enter = enter, Exits = [.. exits ?? []] },
            Customer,
            trigger ?? Trigger("t1"),
            new AttributeFunction(p => p == "customer.orders" ? 0 : AttributeValue.None),
            [.. previous ?? []],
            [.. live ?? []],
            Sofia,
            Day(day));

    private static Occurrence Trigger(string id, double day = 0) => Event(id, "customer.signed-up", Day(day), ("source", "ad"), ("skus", new AttributeValue.List(["a", "b", "a"])));

    private static EntryRefusal Refusal(EntryDecision decision) => Assert.IsType<EntryDecision.Ignored>(decision).Reason;

    [Fact]
    public void Decide_Trigger_StartsOneRunAtItsOccurrence()
    {
        var run = Assert.IsType<EntryDecision.Start>(Decide(SignedUp, day: 0.5)).Run;

        Assert.Equal((Start, Customer, "trial", 1), (run.EnteredAt, run.KeyValue, run.Journey, run.Version));
        Assert.Equal(JourneyEntry.RunId(Customer, "trial", Customer, "t1"), run.RunId);
        Assert.Null(run.Position);
    }

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(1.01, true)]
    public void Decide_OldTrigger_IsStale(double day, bool stale) =>
        Assert.Equal(stale, Decide(SignedUp, day: day) is EntryDecision.Ignored { Reason: EntryRefusal.Stale });

    [Fact]
    public void Decide_Refusals_SayWhy()
    {
        Assert.Equal(EntryRefusal.NotATrigger, Refusal(Decide(SignedUp, Event("x", "order.paid", Start))));
        Assert.Equal(EntryRefusal.When, Refusal(Decide(SignedUp with { When = If("customer.orders > 0") })));
        Assert.Equal(EntryRefusal.When, Refusal(Decide(SignedUp with { When = If("entry.source = 'friend'") })));
        Assert.Equal(EntryRefusal.NoKey, Refusal(Decide(SignedUp with { Key = "event.cart-id" })));
        Assert.Equal(EntryRefusal.ExitAlreadyTrue, Refusal(Decide(SignedUp, exits: [new ExitRule([], If("customer.orders = 0"))])));
        Assert.Equal(EntryRefusal.TooManyRuns, Refusal(Decide(SignedUp, live: [.. Enumerable.Range(0, 20).Select(i => new LiveRun($"r{i}", "other", Customer))])));
    }

    [Fact]
    public void Decide_SameTriggerAgain_IsADuplicate()
    {
        var id = JourneyEntry.RunId(Customer, "trial", Customer, "t1");

        Assert.Equal(EntryRefusal.Duplicate, Refusal(Decide(SignedUp, previous: [new PreviousEntry(id, "trial", Customer, "e", Start)])));
        Assert.Equal(EntryRefusal.Duplicate, Refusal(Decide(SignedUp with { IfInside = IfInside.Restart }, live: [new LiveRun(id, "trial", Customer)])));
    }

    [Fact]
    public void Decide_Again_Rules()
    {
        PreviousEntry[] before = [new PreviousEntry("old", "trial", Customer, "e", Day(-10))];

        Assert.IsType<EntryDecision.Start>(Decide(SignedUp, previous: before));
        Assert.Equal(EntryRefusal.Again, Refusal(Decide(SignedUp with { Again = new AgainRule.Never() }, previous: before)));
        Assert.Equal(EntryRefusal.Again, Refusal(Decide(SignedUp with { Again = new AgainRule.AfterEntry(CalendarDuration.Days(11)) }, previous: before)));
        Assert.IsType<EntryDecision.Start>(Decide(SignedUp with { Again = new AgainRule.AfterEntry(CalendarDuration.Days(10)) }, previous: before));
        Assert.IsType<EntryDecision.Start>(Decide(SignedUp with { Again = new AgainRule.Never() }, previous: [new PreviousEntry("old", "trial", "another key", "e", Day(-10))]));
    }

    [Fact]
    public void Decide_Inside_IgnoresRestartsOrRefreshes()
    {
        LiveRun[] inside = [new LiveRun("live", "trial", Customer)];

        Assert.Equal(EntryRefusal.Inside, Refusal(Decide(SignedUp, live: inside)));
        Assert.Equal("live", Assert.IsType<EntryDecision.Restart>(Decide(SignedUp with { IfInside = IfInside.Restart }, live: inside)).OldRunId);
        var refresh = Assert.IsType<EntryDecision.Refresh>(Decide(SignedUp with { IfInside = IfInside.Refresh }, live: inside));
        Assert.Equal(("live", "t1"), (refresh.RunId, refresh.Signal.Entry.Id));
    }

    [Fact]
    public void Decide_TriggerOlderThanTheEntryInside_RestartsNothing()
    {
        LiveRun[] inside = [new LiveRun("live", "trial", Customer)];
        PreviousEntry[] entered = [new PreviousEntry("live", "trial", Customer, "t2", Day(0.5))];
        var enter = SignedUp with { IfInside = IfInside.Restart };

        Assert.Equal(EntryRefusal.Inside, Refusal(Decide(enter, Trigger("t1", 0.4), entered, inside, day: 0.6)));
        Assert.IsType<EntryDecision.Restart>(Decide(enter, Trigger("t3", 0.5), entered, inside, day: 0.6));
    }

    [Fact]
    public void Decide_ListKey_StartsOneRunPerValue()
    {
        var decisions = All(SignedUp with { Key = "event.skus" }, live: [new LiveRun("live", "trial", "b")]);

        Assert.Equal("a", Assert.IsType<EntryDecision.Start>(decisions[0]).Run.KeyValue);
        Assert.Equal(EntryRefusal.Inside, Refusal(decisions[1]));
        Assert.Equal(2, decisions.Count);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(501, false)]
    public void Decide_LongKey_IsNoneAboveTheLimit(int length, bool starts)
    {
        var trigger = Event("t", "customer.signed-up", Start, ("cart-id", new string('ж', length)));

        Assert.Equal(starts, Decide(SignedUp with { Key = "event.cart-id" }, trigger) is EntryDecision.Start);
    }

    [Fact]
    public void Decide_Holdout_IsDrawnByCustomer()
    {
        var journey = Journey(Wait("w", "1d")) with { Enter = SignedUp, Holdout = 0.25m, Goal = Goal("order.paid", "9d") };
        var held = Enumerable.Range(0, 4000).Count(i => JourneyEntry.Decide(
            journey, $"c{i}", Trigger("t"), new AttributeFunction(_ => AttributeValue.None), [], [], Sofia, Start)[0] is EntryDecision.Start { Run.IsHeldOut: true });

        Assert.InRange(held, 900, 1100);
    }
}
