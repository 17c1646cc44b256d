using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class EffectTests
{
    private static readonly SendWindow Office =
        new(Weekdays.All & ~(Weekdays.Saturday | Weekdays.Sunday), new LocalTime(9, 0), new LocalTime(20, 0));

    [Fact]
    public void Send_EndsWhenItIsSettled()
    {
        var bench = new Bench(Journey(Send("mail"), End("done", "done"))).Turn();
        var send = Assert.IsType<RunEffect.Send>(Assert.Single(bench.Effects));
        Assert.Equal(("mail", 1, "mail", "offers", false, null), (send.Step, send.Visit, send.Template, send.Topic, send.IsTransactional, send.NotBefore));
        Assert.Equal(Day(3), send.GiveUpAt);
        Assert.Equal(("mail", null), (bench.At, bench.Due));

        bench.On(1).Turn();
        Assert.Single(bench.Effects);
        bench.Settle();
        Assert.Equal("done", bench.Run.Outcome);
    }

    [Theory]
    [InlineData(StepResults.Sent, "after")]
    [InlineData(StepResults.Withheld, "instead")]
    [InlineData(StepResults.Expired, "instead")]
    public void Send_Result_TakesNotSentWhereItWasNot(string result, string outcome)
    {
        var bench = new Bench(Journey(Send("mail") with { NotSent = [End("e1", "instead")] }, End("e2", "after"))).Turn().Settle(result, "cap");

        Assert.Equal((outcome, result, "cap"), (bench.Run.Outcome, bench.Step("mail").Result, bench.Step("mail").Reason));
    }

    [Fact]
    public void Send_SettledOfAnotherVisit_IsIgnored()
    {
        var bench = new Bench(Journey(Send("mail"))).Turn();
        bench.Turn(new RunSignal.StepSettled("mail", 2, StepResults.Sent, null, Start));
        bench.Turn(new RunSignal.StepSettled("other", 1, StepResults.Sent, null, Start));

        Assert.Equal("mail", bench.At);
    }

    [Fact]
    public void Send_ClosedWindow_WaitsForItsOpeningAndGivesUpFromThere()
    {
        var journey = Journey(Wait("w", "4d"), Wait("w2", "10h"), Send("mail")) with { SendWindow = Office };
        var bench = new Bench(journey).Turn().On(4).Turn();
        bench.Now += Duration.FromHours(10); // Friday, 22:00
        bench.Turn();

        var send = Assert.IsType<RunEffect.Send>(bench.Effects[0]);
        Assert.Equal(new LocalDateTime(2026, 11, 30, 9, 0), LocalClock.Local(send.NotBefore!.Value, Sofia));
        Assert.Equal(new LocalDateTime(2026, 12, 3, 9, 0), LocalClock.Local(send.GiveUpAt, Sofia));
    }

    [Fact]
    public void Send_WindowThatNeverOpens_IsWithheldWithItsReason()
    {
        var never = new SendWindow((Weekdays)0, new LocalTime(9, 0), new LocalTime(10, 0));
        var bench = new Bench(Journey(Send("mail")) with { SendWindow = never }).Turn();

        Assert.Empty(bench.Effects);
        Assert.Equal((StepResults.Withheld, "window-never-opens"), (bench.Step("mail").Result, bench.Step("mail").Reason));
    }

    [Fact]
    public void Send_Transactional_WaitsForNoWindow()
    {
        var send = Send("mail") with { IsTransactional = true, Topic = null };
        var bench = new Bench(Journey(Wait("w", "12h"), send) with { SendWindow = Office }).Turn().On(0.5).Turn();

        Assert.Null(((RunEffect.Send)bench.Effects[0]).NotBefore);
        Assert.Null(((RunEffect.Send)bench.Effects[0]).Topic);
    }

    [Fact]
    public void Send_With_IsEvaluatedWhenItIsSent()
    {
        var send = Send("mail") with { With = Send("x").With.Add("points", If("steps.gift.points", AttributeType.Number)).Add("none", If("customer.tier", AttributeType.Text)) };
        var bench = new Bench(Journey(Award("gift", "50 * 2"), send)).Turn();

        var with = ((RunEffect.Send)bench.Effects[1]).With;
        Assert.Equal((new AttributeValue.Number(100), AttributeValue.None), (with["points"], with["none"]));
    }

    [Theory]
    [InlineData(LateAction.OnlyWithin, 2.9, true)]
    [InlineData(LateAction.OnlyWithin, 3.1, false)]
    [InlineData(LateAction.Drop, 0.02, true)]
    [InlineData(LateAction.Drop, 0.1, false)]
    [InlineData(LateAction.Send, 100, true)]
    [InlineData(LateAction.SpreadOver, 100, true)]
    public void IfLate_AfterAPause_SkipsThatStepOnly(LateAction action, double lateDays, bool sends)
    {
        var late = new LateRule(action, action == LateAction.SpreadOver ? Span("4h") : Span("3d"));
        var bench = new Bench(Journey(Wait("w", "1d"), Send("mail") with { IfLate = late, NotSent = [End("no", "not-sent")] }, Wait("w2", "1d")));
        bench.Turn().On(1 + lateDays).Turn();

        Assert.Equal(sends, bench.Effects.Count == 1);
        Assert.Equal(sends ? "mail" : "w2", bench.At);
        if (!sends) Assert.Equal((StepResults.Skipped, "late"), (bench.Step("mail").Result, bench.Step("mail").Reason));
        if (action == LateAction.SpreadOver)
            Assert.InRange(((RunEffect.Send)bench.Effects[0]).NotBefore!.Value, bench.Now, bench.Now + Duration.FromHours(4));
    }

    [Fact]
    public void IfLate_WindowsAreNotLateness()
    {
        // The first mail waited five days for its window; what follows it is on time.
        var bench = new Bench(Journey(Send("mail"), Send("next"))).Turn().On(5).Settle();

        Assert.Equal(["mail", "next"], bench.Sent);
    }

    [Theory]
    [InlineData("100", 100L)]
    [InlineData("customer.orders * 2.5", 7L)]
    [InlineData("0.9", null)]
    [InlineData("customer.orders - 10", null)]
    [InlineData("customer.points * 2", null)]
    public void Award_Formula_IsRoundedDownAndNeverBelowOne(string formula, long? points)
    {
        var bench = new Bench(Journey(Award("gift", formula) with { Wallet = "qualifying", Reason = "why", Expires = Span("14d"), Refused = [End("no", "none")] }));
        bench.Attributes["customer.orders"] = 3;
        bench.Turn();

        if (points is { } p)
        {
            var award = Assert.IsType<RunEffect.Award>(bench.Effects[0]);
            EntryInput[] inputs = formula == "100" ? [] : [new EntryInput("formula", formula), new EntryInput("customer.orders", 3)];
            Assert.Equal(inputs, award.Inputs.AsEnumerable());
            Assert.Equal(new RunEffect.Award("gift", 1, p, "qualifying", "why", Day(14)), award with { Inputs = [] });
        }
        else Assert.Equal(("none", StepResults.Refused), (bench.Run.Outcome, bench.Step("gift").Result));
    }

    [Fact]
    public void Award_RefusedWithoutSteps_SkipsTheRestOfItsList()
    {
        var bench = new Bench(Journey(Choose("by", ("a", null, [Award("gift"), Send("mail")])), End("done", "done"))) { RefuseAward = _ => "budget" };
        bench.Turn();
        Assert.Equal(("done", "budget"), (bench.Run.Outcome, bench.Step("gift").Reason));
        Assert.Empty(bench.Effects);

        var top = new Bench(Journey(Award("gift"), Send("mail"))) { RefuseAward = _ => "budget" };
        Assert.Equal("failed: gift", top.Turn().Run.Outcome);
    }

    [Fact]
    public void Choose_FirstCaseThatHolds_ThenGoesOnAfterIt()
    {
        var bench = new Bench(Journey(
            Choose("by", ("a", "customer.orders > 5", [Award("a1")]), ("b", "customer.orders > 1", [Award("b1")]), ("c", null, [Award("c1")])), End("done", "done")));
        bench.Attributes["customer.orders"] = 3;
        bench.Turn();

        Assert.Equal(("b", "done"), (bench.Step("by").Result, bench.Run.Outcome));
        Assert.Equal("b1", Assert.Single(bench.Effects).Step);
    }

    [Fact]
    public void SplitByRun_SharesHoldOverTheRunsOfOneCustomer_AndARunStays()
    {
        var split = new JourneyStep.Split("s", [new SplitArm("a", 0.3m, []), new SplitArm("b", 0.7m, [])], ByRun: true);
        var journey = Journey(split);
        var arms = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };
        for (var i = 0; i < 20_000; i++)
        {
            var run = NewRun(journey) with { RunId = $"r{i}" };
            var arm = JourneyDraw.Arm(journey, split, run);
            arms[arm.Name]++;
            Assert.Equal(arm, JourneyDraw.Arm(journey, split, run with { Entry = run.Entry with { Id = "refreshed" } }));
        }

        Assert.InRange(arms["a"] / 20_000.0, 0.28, 0.32);
        Assert.Equal(20_000, arms["a"] + arms["b"]);
    }

    [Fact]
    public void SplitByRun_NextPassOfTheSameRun_KeepsItsArmAndTellsNobody()
    {
        var split = new JourneyStep.Split("s", [new SplitArm("a", 0.5m, []), new SplitArm("b", 0.5m, [])], ByRun: true);
        var loop = new JourneyStep.Repeat("loop") { AtMost = 3, Every = Span("1d"), Steps = [split] };
        // What the customer drew in another run does not count.
        var other = JourneyDraw.Arm(Journey(loop), split, NewRun(Journey(loop))).Name == "a" ? "b" : "a";
        var bench = new Bench(Journey(loop)) { KnownArm = _ => other };
        bench.Turn().On(1).Turn().On(2).Turn();

        Assert.Equal(3, bench.Step("s").Visits);
        Assert.Equal(3, bench.Log.Count(line => line.Step == "s" && line.What.Contains(JourneyDraw.Arm(Journey(loop), split, bench.Run).Name, StringComparison.Ordinal)));
        Assert.NotEqual(other, bench.Step("s").Result);
        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void Split_SharesHold_AndACustomerStays()
    {
        var split = new JourneyStep.Split("s", [new SplitArm("a", 0.3m, []), new SplitArm("b", 0.7m, [])], ByRun: false);
        var journey = Journey(split) with { Holdout = 0.1m, Goal = Goal("order.paid", "9d") };
        var arms = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };
        var held = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var run = NewRun(journey) with { CustomerId = $"c{i}" };
            if (JourneyDraw.IsHeldOut(journey, run.CustomerId)) held++;
            else arms[JourneyDraw.Arm(journey, split, run).Name]++;
            Assert.Equal(JourneyDraw.Arm(journey, split, run), JourneyDraw.Arm(journey, split, run with { RunId = "other" }));
        }

        Assert.InRange(held, 1850, 2150);
        Assert.InRange(arms["a"] / (double)(arms["a"] + arms["b"]), 0.28, 0.32);
    }

    [Fact]
    public void Turn_EndlessWork_FailsAsABug()
    {
        var loop = new JourneyStep.Repeat("loop") { AtMost = 10_000, Steps = [Award("gift")] };
        var bench = new Bench(Journey(loop)).Turn();

        Assert.Equal("failed: gift", bench.Run.Outcome);
        Assert.True(bench.Effects.Count <= JourneyMachine.MaxStepsPerTurn);
    }

    [Fact]
    public void Log_SaysWhatWasSeenAndChosen()
    {
        var bench = new Bench(Journey(Choose("by", ("a", "customer.orders = 0", [Award("gift")])), Wait("w", "1d"))).Turn();

        Assert.Equal(["entered", "chose a", "award 100 spendable"], bench.Log.Take(3).Select(l => l.What));
        Assert.Equal("customer.orders = 0; saw customer.orders = 0", bench.Log[1].Why);
        Assert.StartsWith("waits until", bench.Log[3].What, StringComparison.Ordinal);
    }
}
