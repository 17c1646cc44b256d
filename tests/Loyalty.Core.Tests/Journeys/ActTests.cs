using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class ActTests
{
    private static readonly ImmutableSortedDictionary<string, Condition> NoValues =
        ImmutableSortedDictionary.Create<string, Condition>(StringComparer.Ordinal);

    [Fact]
    public void Set_FactTagAttribute_LaterStepsOfTheSameTurnSeeThem()
    {
        var set = new JourneyStep.Set("note",
        [
            new SetAssignment(new SetTarget(SetKind.Fact, "size"), If("entry.source", null)),
            new SetAssignment(new SetTarget(SetKind.Tag, "vip"), If("true")),
            new SetAssignment(new SetTarget(SetKind.Attribute, "country"), If("'BG'", AttributeType.Text)),
        ]);
        var bench = new Bench(Journey(
            set,
            Choose("seen", ("all", "customer.facts.size = 'ad' and customer.tags contains 'vip' and customer.country = 'BG'", [End("yes", "saw-them")])))).Turn();

        Assert.Equal("saw-them", bench.Run.Outcome);
        var effect = Assert.IsType<RunEffect.Set>(Assert.Single(bench.Effects));
        Assert.Equal(
            [new CustomerChange.Fact("size", "ad"), new CustomerChange.Tag("vip", true), new CustomerChange.Attribute("country", "BG")], effect.Changes.AsEnumerable());
    }

    [Fact]
    public void Emit_Always_EventOneHopFurtherKeyedByVisit()
    {
        var with = NoValues.Add("reason", If("'price'", AttributeType.Text)).Add("nothing", If("customer.last-name", AttributeType.Text));
        var bench = new Bench(Journey(new JourneyStep.Emit("tell", "seminar.invited", with))).Turn();

        var told = Assert.IsType<RunEffect.Emit>(Assert.Single(bench.Effects)).Event;
        Assert.Equal($"seminar.invited:{bench.Run.RunId}:tell:1", told.Id);
        Assert.Equal(1, told.Hops);
        Assert.Equal("price", ((AttributeValue.Text)Assert.Single(told.Attributes).Value).Value);
        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(16, false)]
    public void EmitAndStart_AtTheBoundOnHops_RefusedAsCausalLoop(int hops, bool goes)
    {
        var bench = new Bench(Journey(new JourneyStep.Emit("tell", "seminar.invited", NoValues), new JourneyStep.Start("go", "other", NoValues)));
        bench.Restore(bench.Run with { Entry = bench.Run.Entry with { Hops = hops } });
        bench.Turn();

        Assert.Equal(goes ? 2 : 0, bench.Effects.Count);
        if (!goes) Assert.Equal((StepResults.Refused, JourneyMachine.CausalLoop), (bench.Step("tell").Result, bench.Step("go").Reason));
        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);
    }

    [Fact]
    public void Start_Always_TriggerWithValues()
    {
        var bench = new Bench(Journey(new JourneyStep.Start("go", "other", NoValues.Add("n", If("customer.orders", AttributeType.Number))))).Turn();

        var start = Assert.IsType<RunEffect.Start>(Assert.Single(bench.Effects));
        Assert.Equal(("other", JourneyEntry.StartedType, 1), (start.Journey, start.Entry.Type, start.Entry.Hops));
        Assert.Equal(new AttributeValue.Number(0), start.Entry.Attributes["n"]);
    }

    [Fact]
    public void Webhook_Done_ReplyIsSeen()
    {
        var bench = new Bench(Journey(
            new JourneyStep.Webhook("call") { Endpoint = "crm" },
            Choose("score", ("high", "steps.call.reply.score > 7", [End("yes", "high-score")])))).Turn();

        Assert.Null(bench.Due);
        Assert.Equal(Day(1), Assert.IsType<RunEffect.Webhook>(Assert.Single(bench.Effects)).GiveUpAt);
        bench.Settle(StepResults.Done, null, ("reply.score", 8));
        Assert.Equal("high-score", bench.Run.Outcome);
    }

    [Theory]
    [InlineData(false, false, "failed: call")]
    [InlineData(true, false, "recovered")]
    [InlineData(false, true, RunOutcomes.Completed)]
    public void Webhook_Failed_StepsForItOrTheRestOfTheListIsSkipped(bool hasSteps, bool isNested, string outcome)
    {
        JourneyStep[] list =
        [
            new JourneyStep.Webhook("call") { Endpoint = "crm", Failed = hasSteps ? [End("rest", "recovered")] : null }, Award("needs-reply"),
        ];
        var bench = new Bench(isNested ? Journey(Choose("in", ("all", null, list))) : Journey(list)).Turn().Settle(StepResults.Failed, "status-500");

        Assert.Equal(outcome, bench.Run.Outcome);
        Assert.Empty(bench.Effects.OfType<RunEffect.Award>());
    }

    [Theory]
    [InlineData(StepResults.Issued, "given")]
    [InlineData(StepResults.SoldOut, "none-left")]
    [InlineData(StepResults.Failed, "failed: code")]
    public void Offer_EveryResult_TakesItsWay(string result, string outcome)
    {
        var bench = new Bench(Journey(
            new JourneyStep.Offer("code") { Code = "ten", Valid = Span("14d"), SoldOut = [End("none", "none-left")] },
            Choose("got", ("it", "steps.code.code = 'ABC'", [End("yes", "given")])))).Turn();

        Assert.Equal(new RunEffect.Offer("code", 1, "ten", Day(14)), Assert.Single(bench.Effects));
        bench.Settle(result, null, ("code", "ABC"));
        Assert.Equal(outcome, bench.Run.Outcome);
    }

    [Fact]
    public void Task_Outcome_TakesItsBranch()
    {
        var bench = new Bench(Journey(Call())).Turn();
        var open = Assert.IsType<RunEffect.OpenTask>(Assert.Single(bench.Effects));
        Assert.Equal(("desk", Day(2)), (open.Queue, open.DueAt));
        Assert.Equal(["agreed", "refused"], open.Outcomes.AsEnumerable());

        bench.On(1).Settle("agreed", null, ("outcome", "agreed"));
        Assert.Equal("glad", bench.Run.Outcome);
        Assert.Single(bench.Effects);
    }

    [Fact]
    public void Task_Overdue_ClosedAndTooLate()
    {
        var bench = new Bench(Journey(Call())).Turn().On(2).Turn();
        Assert.Equal("nobody", bench.Run.Outcome);
        Assert.Equal(new RunEffect.CloseTask("call", 1, "overdue"), bench.Effects[^1]);
    }

    [Fact]
    public void Task_RunLeaves_ClosedWithIt()
    {
        var journey = Journey(Call()) with { Exits = [new ExitRule(["order.paid"], null)] };
        var bench = new Bench(journey).Turn().On(1).Tell(Event("o", "order.paid", Day(1)));
        Assert.Equal(RunOutcomes.Exit, bench.Run.Outcome);
        Assert.Equal(new RunEffect.CloseTask("call", 1, "cancelled"), Assert.Single(bench.Effects.OfType<RunEffect.CloseTask>()));
    }

    [Fact]
    public void Exit_Revokes_EveryVisitOfAwardsAndCodes()
    {
        var journey = Journey(
            new JourneyStep.Repeat("loop") { AtMost = 2, Steps = [Award("gift")] },
            new JourneyStep.Offer("code") { Code = "ten" },
            Wait("rest", "9d")) with
        {
            Exits = [new ExitRule(["order.cancelled"], null) { Revokes = true }],
        };
        var bench = new Bench(journey).Turn().Settle(StepResults.Issued).On(1).Tell(Event("c", "order.cancelled", Day(1)));

        Assert.Equal(
            [new RunEffect.Revoke("gift", 1, "spendable"), new RunEffect.Revoke("gift", 2, "spendable"), new RunEffect.VoidCode("code", 1)],
            bench.Effects.Where(e => e is RunEffect.Revoke or RunEffect.VoidCode));
    }

    [Fact]
    public void Goal_PerPass_OncePerPassByOccurrence()
    {
        var journey = Journey(new JourneyStep.Repeat("loop") { AtMost = 3, Every = Span("10d"), Steps = [Award("gift")] }, Wait("rest", "30d")) with
        {
            Goal = Goal("order.paid", "5d", endsRun: false) with { PerPass = true },
        };
        var bench = new Bench(journey).Turn();
        bench.On(1).Tell(Event("a", "order.paid", Day(1)), Event("b", "order.paid", Day(1.5)));
        bench.On(7).Tell(Event("c", "order.paid", Day(7)));
        bench.On(10).Turn().On(12).Tell(Event("d", "order.paid", Day(12)), Event("late", "order.paid", Day(4)));

        Assert.Equal([Day(1), Day(12)], bench.Run.Passes.Select(p => p.GoalAt!.Value));
        Assert.Equal(Day(1), bench.Run.GoalAt);
    }

    [Fact]
    public void Split_KnownArm_KeptAndNotDrawnAgain()
    {
        var split = new JourneyStep.Split("way", [new SplitArm("a", 0.5m, []), new SplitArm("b", 0.5m, [])], ByRun: false);
        foreach (var arm in new[] { "a", "b" })
        {
            var bench = new Bench(Journey(split)) { KnownArm = _ => arm };
            bench.Turn();
            Assert.Equal(arm, bench.Step("way").Result);
            Assert.Empty(bench.Effects);
        }

        var fresh = new Bench(Journey(split)).Turn();
        Assert.Equal(fresh.Step("way").Result, Assert.IsType<RunEffect.Drawn>(Assert.Single(fresh.Effects)).Arm);
        var byRun = new Bench(Journey(split with { ByRun = true })) { KnownArm = _ => "a" };
        Assert.Empty(byRun.Turn().Effects);
    }

    [Fact]
    public void SplitAdaptive_GoalReached_TellsArmThenGoal()
    {
        var split = new JourneyStep.Split("way", [new SplitArm("a", 0.5m, []), new SplitArm("b", 0.5m, [])], ByRun: false) { IsAdaptive = true };
        var bench = new Bench(Journey(split, Wait("rest", "9d")) with { Goal = Goal("order.paid", "5d") })
        {
            Tallies = _ => [new ArmTally("a", 1000, 900), new ArmTally("b", 1000, 10)],
        };
        bench.Turn();
        Assert.Equal("a", bench.Step("way").Result);
        Assert.Contains(bench.Log, l => l.What == "arm a" && l.Why == "drawn with probability 1.0000");
        bench.On(1).Tell(Event("o", "order.paid", Day(1)), Event("o2", "order.paid", Day(1)));
        Assert.Equal(
            [new RunEffect.Tally("way", 1, "a", false), new RunEffect.Tally("way", 1, "a", true)], bench.Effects.OfType<RunEffect.Tally>());
    }

    [Fact]
    public void WaitFor_DefaultSince_TaskAndWebhookCountAsEarlierStep()
    {
        var bench = new Bench(Journey(
            new JourneyStep.Webhook("call") { Endpoint = "crm" }, Wait("rest", "1d"), WaitFor("hear", "feedback.given", "5d", [End("yes", "heard")]))).Turn().Settle(StepResults.Done);
        bench.On(0.5).Tell(Event("f", "feedback.given", Day(0.5)));
        bench.On(1).Turn();
        Assert.Equal("heard", bench.Run.Outcome);
    }

    private static JourneyStep.HumanTask Call() => new("call")
    {
        Queue = "desk",
        Due = Span("2d"),
        Outcomes = [new StepBranch("agreed", [End("yes", "glad")]), new StepBranch("refused", [])],
        TooLate = [End("no", "nobody")],
    };
}
