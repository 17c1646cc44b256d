using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class WaitForTests
{
    private const string Feedback = "feedback.given";

    private static Bench Asking(string? when = null) => new(Journey(
        Send("ask"), WaitFor("hear", Feedback, "3d", [Award("gift")], [End("silent", "silent")], when), End("done", "done")));

    [Fact]
    public void WaitFor_AnswerInTime_TakesItsBranch()
    {
        var bench = Asking("event.reason = 'price'").Turn().Settle();
        Assert.Equal(("hear", Day(3)), (bench.At, bench.Due));

        bench.On(1).Tell(Event("f0", Feedback, Day(1), ("reason", "trust")));
        Assert.Equal("hear", bench.At);
        bench.On(2).Tell(Event("f1", Feedback, Day(2), ("reason", "price")));

        Assert.Equal("done", bench.Run.Outcome);
        Assert.Equal("f1", bench.Step("hear").Matched!.Id);
        Assert.Single(bench.Effects.OfType<RunEffect.Award>());
    }

    [Fact]
    public void WaitFor_AnswerBeforeTheWait_Counts()
    {
        // It came while the send was still open: after the send's start, before the wait.
        var bench = Asking().Turn().On(0.1).Tell(Event("f1", Feedback, Day(0.05)));
        Assert.Equal("ask", bench.At);

        bench.On(0.2).Settle();

        Assert.Equal("done", bench.Run.Outcome);
    }

    [Fact]
    public void WaitFor_AnswerBeforeTheSend_DoesNotCount()
    {
        var bench = Asking();
        bench.On(0.5).Turn().Tell(Event("f1", Feedback, Day(0.4))).Settle();

        Assert.Equal("hear", bench.At);
    }

    [Fact]
    public void WaitFor_Limit_TakesTooLate()
    {
        var bench = Asking().Turn().Settle().On(3).Turn();

        Assert.Equal((StepResults.TooLate, "silent"), (bench.Step("hear").Result, bench.Run.Outcome));
    }

    [Theory]
    [InlineData(2.9, "done")]
    [InlineData(3.0, "done")]
    [InlineData(3.1, "silent")]
    public void WaitFor_TurnAfterTheLimit_GoesByWhenItOccurred(double occurred, string outcome)
    {
        var bench = Asking().Turn().Settle().On(4).Tell(Event("f1", Feedback, Day(occurred)));

        Assert.Equal(outcome, bench.Run.Outcome);
    }

    [Fact]
    public void WaitFor_ArrivesAfterTheLimitFired_IsTooLate()
    {
        var bench = new Bench(Journey(Send("ask"), WaitFor("hear", Feedback, "3d"), Wait("w", "5d")));
        bench.Turn().Settle().On(3).Turn().On(4).Tell(Event("f1", Feedback, Day(2)));

        Assert.Equal((StepResults.TooLate, "w"), (bench.Step("hear").Result, bench.At));
    }

    [Fact]
    public void WaitFor_SeveralInInbox_TakesTheEarliestAndLeavesTheRest()
    {
        var bench = new Bench(Journey(Send("ask"), WaitFor("hear", Feedback, "3d"), WaitFor("again", Feedback, "3d", null, [])));
        bench.Turn().On(1).Tell(Event("late", Feedback, Day(0.8)), Event("early", Feedback, Day(0.2)));
        bench.Settle();

        Assert.Equal("early", bench.Step("hear").Matched!.Id);
        Assert.Equal("late", bench.Step("again").Matched!.Id); // Since: the nearest earlier send.
        Assert.Equal(["early", "late"], bench.Run.Consumed);
    }

    [Fact]
    public void WaitFor_ConsumedEventToldAgain_DoesNotMatchTwice()
    {
        var bench = new Bench(Journey(Send("ask"), WaitFor("hear", Feedback, "3d"), WaitFor("again", Feedback, "3d")));
        bench.Turn().Settle().On(1).Tell(Event("f1", Feedback, Day(1))).Tell(Event("f1", Feedback, Day(1)));

        Assert.Equal("again", bench.At);
    }

    [Fact]
    public void WaitFor_TheTrigger_NeverMatches()
    {
        var wait = WaitFor("hear", "customer.signed-up", "3d") with { SinceEntry = true };
        var bench = new Bench(Journey(wait)).Turn();
        bench.Tell(bench.Run.Entry with { At = Day(0.1) });

        Assert.Equal("hear", bench.At);
    }

    [Fact]
    public void WaitFor_SecondPassByAnotherBranch_TakesNoAnswerToTheFirstPassesMessage()
    {
        JourneyStep[] pass = [Choose("which", ("again", "customer.orders > 0", [Send("one")]), ("first", null, [Send("two")])), WaitFor("hear", Feedback, "3d")];
        var bench = new Bench(Journey(new JourneyStep.Repeat("loop") { AtMost = 2, Every = Span("7d"), Steps = [.. pass] }));
        bench.Turn().Settle().On(3).Turn().On(5).Tell(Event("late", Feedback, Day(5)));
        bench.Attributes["customer.orders"] = 1;

        bench.On(7).Turn().Settle();

        Assert.Equal(("hear", Day(10)), (bench.At, bench.Due));
    }

    [Fact]
    public void WaitFor_SinceStep_CountsFromItsStart()
    {
        var bench = new Bench(Journey(
            Wait("w", "1d"), Send("ask"), Wait("w2", "1d"), Send("other"), WaitFor("hear", Feedback, "3d") with { Since = "ask" }));
        bench.Turn().On(1).Turn().Settle().On(2).Tell(Event("f1", Feedback, Day(1.5))).Settle();

        Assert.Equal("f1", bench.Step("hear").Matched?.Id);
    }

    [Fact]
    public void WaitFor_Any_EarliestEventThenFileOrder()
    {
        var wait = new JourneyStep.WaitFor("hear")
        {
            UpTo = Span("3d"),
            Cases =
            [
                new WaitCase("paid", ["order.paid"], null, [End("e1", "paid")]),
                new WaitCase("first", [Feedback], If("event.reason = 'price'"), [End("e2", "price")]),
                new WaitCase("second", [Feedback], null, [End("e3", "other")]),
            ],
        };
        var bench = new Bench(Journey(Wait("w", "1d"), wait)).Turn().On(1).Turn();
        bench.On(2).Tell(Event("o", "order.paid", Day(1.9)), Event("f", Feedback, Day(1.5), ("reason", "price")));

        Assert.Equal(("price", "first"), (bench.Run.Outcome, bench.Step("hear").Result));
    }

    [Fact]
    public void WaitFor_WithoutEvent_TestsTheConditionAtEachEvent()
    {
        var bench = new Bench(Journey(WaitFor("hear", "", "30d", [End("yes", "bought")], null, "customer.orders > 0"))).Turn();
        bench.On(1).Tell(Event("c", "cart.updated", Day(1)));
        Assert.Equal("hear", bench.At);

        bench.Attributes["customer.orders"] = 1;
        bench.On(2).Tell(Event("x", "customer.updated", Day(2)));
        Assert.Equal("bought", bench.Run.Outcome);
    }

    [Fact]
    public void WaitFor_Of_TakesOnlyEventsAboutThatMessage()
    {
        var bench = new Bench(Journey(Send("ask"), WaitFor("hear", "message.clicked", "3d") with { Of = "ask" }));
        bench.Turn().Settle().On(1).Tell(Event("m1", "message.clicked", Day(1), ("run", "another"), ("step", "ask")));
        Assert.Equal("hear", bench.At);

        bench.Tell(Event("m2", "message.clicked", Day(1), ("run", bench.Run.RunId), ("step", "ask")));
        Assert.Equal("m2", bench.Step("hear").Matched!.Id);
    }

    [Fact]
    public void Choose_InsideTheBranch_SeesTheMatchedEvent()
    {
        var bench = new Bench(Journey(
            WaitFor("hear", Feedback, "3d", [Choose("by", ("price", "event.reason = 'price'", [End("e1", "price")]), ("other", null, [End("e2", "other")]))]))).Turn();
        bench.On(1).Tell(Event("f", Feedback, Day(1), ("reason", "price")));

        Assert.Equal("price", bench.Run.Outcome);
    }

    [Fact]
    public void Choose_AfterTheBranch_SeesNoEvent()
    {
        var bench = new Bench(Journey(
            WaitFor("hear", Feedback, "3d"), Choose("by", ("price", "event.reason = 'price'", [End("e1", "price")])), End("done", "done"))).Turn();
        bench.On(1).Tell(Event("f", Feedback, Day(1), ("reason", "price")));

        Assert.Equal(("done", StepResults.None), (bench.Run.Outcome, bench.Step("by").Result));
    }

    [Fact]
    public void Seen_MoreThanItsBound_DropsTheOldest()
    {
        var bench = new Bench(Journey(Wait("w", "30d"), WaitFor("hear", Feedback, "3d"))).Turn();
        bench.On(1).Tell([.. Enumerable.Range(0, 60).Select(i => Event($"f{i:00}", Feedback, Start + Duration.FromMinutes(i)))]);

        Assert.Equal(JourneyMachine.MaxSeen, bench.Run.Seen.Count);
        Assert.Equal("f10", bench.Run.Seen[0].Id);
    }
}
