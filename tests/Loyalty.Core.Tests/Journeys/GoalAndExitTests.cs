using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class GoalAndExitTests
{
    private const string Paid = "order.paid";

    private static JourneyDefinition Selling(bool endsRun = true) =>
        Journey(Wait("w", "2d"), Send("mail"), Wait("w2", "40d")) with { Goal = Goal(Paid, "30d", endsRun) };

    [Fact]
    public void Goal_EndsRun_EndsItAndCancelsTheQueue()
    {
        var bench = new Bench(Selling()).Turn().On(2).Turn().On(2.1).Tell(Event("o", Paid, Day(2.05)));

        Assert.Equal((RunOutcomes.Goal, Day(2.05), true), (bench.Run.Outcome, bench.Run.GoalAt, bench.Cancelled));
    }

    [Fact]
    public void Goal_NotEndingTheRun_CountsOnceAndGoesOn()
    {
        var bench = new Bench(Selling(false)).Turn().On(1).Tell(Event("o1", Paid, Day(1))).On(1.5).Tell(Event("o2", Paid, Day(1.4)));

        Assert.Equal((Day(1), "w", false), (bench.Run.GoalAt, bench.At, bench.Cancelled));
    }

    [Theory]
    [InlineData(-0.1, false)]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(30.1, false)]
    public void Goal_CountsIfItOccurredInTheWindow(double occurred, bool counts)
    {
        // It arrives on day 60, whenever it occurred.
        var bench = new Bench(Selling(false)).Turn().On(60).Tell(Event("o", Paid, Day(occurred)));

        Assert.Equal(counts, bench.Run.GoalAt is not null);
    }

    [Fact]
    public void Goal_AfterTheRun_StillCounts()
    {
        var bench = new Bench(Journey(Award("gift")) with { Goal = Goal(Paid, "30d") }).Turn();
        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);

        bench.On(10).Tell(Event("o", Paid, Day(9)));

        Assert.Equal((Day(9), RunOutcomes.Completed), (bench.Run.GoalAt, bench.Run.Outcome));
        Assert.Single(bench.Effects);
    }

    [Fact]
    public void Goal_TheTrigger_IsNoGoal()
    {
        var bench = new Bench(Journey(Wait("w", "2d")) with { Goal = Goal("customer.signed-up", "30d") }).Turn();
        bench.Tell(bench.Run.Entry);

        Assert.Null(bench.Run.GoalAt);
    }

    [Fact]
    public void Goal_When_MustHold()
    {
        var bench = new Bench(Journey(Wait("w", "9d")) with { Goal = Goal(Paid, "30d", true, "event.nth = 2") }).Turn();
        bench.On(1).Tell(Event("o1", Paid, Day(1), ("nth", 1)));
        Assert.Null(bench.Run.GoalAt);

        bench.Tell(Event("o2", Paid, Day(1), ("nth", 2)));
        Assert.Equal(RunOutcomes.Goal, bench.Run.Outcome);
    }

    [Fact]
    public void Exit_Condition_IsAskedAtEveryTurn()
    {
        var journey = Selling() with { Exits = [new ExitRule([], If("customer.consent.offers = false"))] };
        var bench = new Bench(journey).Turn();
        bench.Attributes["customer.consent.offers"] = false;
        bench.On(2).Turn();

        Assert.Equal((RunOutcomes.Exit, true), (bench.Run.Outcome, bench.Cancelled));
        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void Exit_Event_WithItsCondition()
    {
        var journey = Selling() with { Exits = [new ExitRule(["feedback.given"], If("event.kind = 'complaint'"), "complained")] };
        var bench = new Bench(journey).Turn().On(1).Tell(Event("f", "feedback.given", Day(1), ("kind", "idea")));
        Assert.Equal("w", bench.At);

        bench.Tell(Event("f2", "feedback.given", Day(1), ("kind", "complaint")));
        Assert.Equal("complained", bench.Run.Outcome);
    }

    [Fact]
    public void Exit_AndGoalOnOneEvent_ExitFirstAndTheGoalCounts()
    {
        var journey = Selling() with { Exits = [new ExitRule([Paid], null)] };
        var bench = new Bench(journey).Turn().On(1).Tell(Event("o", Paid, Day(1)));

        Assert.Equal((RunOutcomes.Exit, Day(1)), (bench.Run.Outcome, bench.Run.GoalAt));
    }

    [Fact]
    public void Inbox_ReadInOrder_TheFirstThatEndsTheRunNamesTheOutcome()
    {
        var goalFirst = new Bench(Selling()).Turn().On(1);
        goalFirst.Turn(new RunSignal.Occurred(Event("o", Paid, Day(1))), new RunSignal.Ended("merged", Day(1)));
        var endFirst = new Bench(Selling()).Turn().On(1);
        endFirst.Turn(new RunSignal.Ended(RunOutcomes.Erased, Day(1)), new RunSignal.Occurred(Event("o", Paid, Day(1))));

        Assert.Equal((RunOutcomes.Goal, Day(1)), (goalFirst.Run.Outcome, goalFirst.Run.GoalAt));
        Assert.Equal((RunOutcomes.Erased, null), (endFirst.Run.Outcome, endFirst.Run.GoalAt));
        Assert.True(endFirst.Cancelled);
    }

    [Fact]
    public void Goal_AndAnswerInOneInbox_NothingIsSentAfterTheGoal()
    {
        var journey = Journey(WaitFor("hear", "feedback.given", "9d", [Send("mail")])) with { Goal = Goal(Paid, "30d") };
        var bench = new Bench(journey).Turn().On(1).Tell(Event("f", "feedback.given", Day(0.5)), Event("o", Paid, Day(0.6)));

        Assert.Equal(RunOutcomes.Goal, bench.Run.Outcome);
        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void Settled_AfterTheEnd_IsRecordedAndNothingElse()
    {
        var bench = new Bench(Selling()).Turn().On(2).Turn();
        var visit = bench.Run.Position!.Visit;
        bench.On(2.1).Tell(Event("o", Paid, Day(2.05)));
        bench.Turn(new RunSignal.StepSettled("mail", visit, StepResults.Sent, null, Day(2.1)));

        Assert.Equal((StepResults.Sent, RunOutcomes.Goal), (bench.Step("mail").Result, bench.Run.Outcome));
    }

    [Fact]
    public void HeldOut_ExecutesNothing_AwaitsGoalOrItsWindow()
    {
        var bench = new Bench(Selling(), heldOut: true).Turn();
        Assert.Equal((RunPosition.Holdout, Day(30)), (bench.At, bench.Due));

        bench.On(5).Turn();
        Assert.Equal(Day(30), bench.Due);
        bench.On(30).Turn();
        Assert.Equal(RunOutcomes.HeldOut, bench.Run.Outcome);
        Assert.Empty(bench.Effects);
        Assert.Empty(bench.Run.Steps);
    }

    [Fact]
    public void HeldOut_Goal_IsCounted()
    {
        var bench = new Bench(Selling(), heldOut: true).Turn().On(5).Tell(Event("o", Paid, Day(5)));

        Assert.Equal((RunOutcomes.Goal, Day(5)), (bench.Run.Outcome, bench.Run.GoalAt));
    }

    [Fact]
    public void HeldOut_GoalOfEachPass_IsCountedOnceFromTheEntry()
    {
        var journey = Selling() with { Goal = Goal(Paid, "30d", endsRun: false) with { PerPass = true } };
        var bench = new Bench(journey, heldOut: true).Turn().On(5).Tell(Event("o", Paid, Day(5))).On(6).Tell(Event("o2", Paid, Day(6)));

        Assert.Equal(Day(5), bench.Run.GoalAt);
    }

    [Fact]
    public void Refreshed_ReplacesTheEntryAndStays()
    {
        var bench = new Bench(Selling()).Turn().On(1);
        bench.Turn(new RunSignal.Refreshed(Event("entry-2", "customer.signed-up", Day(1), ("source", "shop"))));

        Assert.Equal(("entry-2", "w", Day(2)), (bench.Run.Entry.Id, bench.At, bench.Due));
    }

    [Fact]
    public void Refreshed_ByATriggerThatOccurredEarlier_KeepsTheLaterEntry()
    {
        var bench = new Bench(Selling()).Turn().On(1);
        bench.Turn(new RunSignal.Refreshed(Event("entry-3", "customer.signed-up", Day(0.9))));
        bench.Turn(new RunSignal.Refreshed(Event("entry-2", "customer.signed-up", Day(0.8))));

        Assert.Equal("entry-3", bench.Run.Entry.Id);
    }

    [Theory]
    [InlineData("order.paid", false, true)]
    [InlineData("order.paid", true, true)]
    [InlineData("feedback.given", false, true)]
    [InlineData("feedback.given", true, false)]
    [InlineData("cart.updated", false, false)]
    public void ListensTo_OnlyWhatMayMatter(string type, bool finished, bool expected)
    {
        var journey = Journey(WaitFor("hear", "feedback.given", "9d")) with { Goal = Goal(Paid, "30d") };

        Assert.Equal(expected, journey.ListensTo(type, finished));
        Assert.True((journey with { Exits = ImmutableArray.Create(new ExitRule([], If("customer.orders > 9"))) }).ListensTo(type, false));
    }
}
