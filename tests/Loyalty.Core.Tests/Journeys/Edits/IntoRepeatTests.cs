using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys.Edits;

/// <summary>Whom an edit puts into a repeat that has not begun is in its first pass.</summary>
public sealed class IntoRepeatTests
{
    [Theory]
    [InlineData("another", null, 1)]
    [InlineData("another", null, 2)]
    [InlineData("another", "10d", 2)]
    [InlineData("same", null, 1)]
    [InlineData("same", null, 3)]
    [InlineData("same", "10d", 3)]
    public void Follow_IntoARepeat_MakesNoMorePassesThanItHas(string how, string? every, int atMost)
    {
        var from = Journey(Wait("old", "1d")) with { Goal = Goal("order.paid", "90d", endsRun: false) with { PerPass = true } };
        // A step that stays is moved into the repeat; one of another type is where a map leads to.
        var inner = how == "same" ? Wait("old", "1d") : WaitFor("each", "feedback.given", "1d");
        var loop = new JourneyStep.Repeat("loop") { AtMost = atMost, Every = every is null ? null : Span(every), Steps = [inner, Award("gift")] };
        var moves = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("old", inner.Name);
        var to = Journey(loop) with { Version = 2, Goal = from.Goal };
        var bench = Brought(new Bench(from).Turn().On(0.5), to, moves);
        for (var day = 0.5; day <= 40; day += 0.5) bench.On(day).Turn();

        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);
        Assert.Equal(atMost, bench.Effects.OfType<RunEffect.Award>().Count());
        Assert.Equal(Enumerable.Range(1, atMost), bench.Run.Passes.Select(static pass => pass.Pass));
        Assert.Equal(how == "same" ? Start : Day(0.5), bench.Run.Passes[0].StartedAt);
        if (every is not null) Assert.Equal(bench.Run.Passes[0].StartedAt + Duration.FromDays(10), bench.Run.Passes[1].StartedAt);
    }

    [Fact]
    public void Follow_BehindTheBranchOfARepeatThatHasNotBegun_MakesAllItsPasses()
    {
        var from = Journey(Choose("pick", ("yes", null, [Wait("in", "1d")])));
        var to = Journey(new JourneyStep.Repeat("loop") { AtMost = 2, Every = Span("10d"), Steps = [Award("gift")] }) with { Version = 2 };
        var moves = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("pick", "loop");
        var bench = Brought(new Bench(from).Turn().On(0.5), to, moves);
        for (var day = 0.5; day <= 20; day += 0.5) bench.On(day).Turn();

        Assert.Equal([Day(0.5), Day(10.5)], bench.Log.Where(static line => line.What.StartsWith("pass ", StringComparison.Ordinal)).Select(static line => line.At));
    }

    private static Bench Brought(Bench before, JourneyDefinition to, ImmutableSortedDictionary<string, string> moves)
    {
        var document = new RunDocument { Run = before.Run, Gen = 1, Status = RunStatus.Parked, WakeAt = before.Due };
        var used = StepIdentity.Of(before.Definition).ToDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal);
        var next = to with { StepIds = StepIdentity.Assign(before.Definition, to, moves, used) };
        var edited = RunEditor.Follow(
            document,
            EditPlan.Make(before.Definition, next, moves),
            new EditContext(new AttributeFunction(static _ => AttributeValue.None), Sofia, before.Now, null),
            RunProtocolSettings.Default)!;
        var after = new Bench(next) { Now = before.Now };
        after.Restore(edited.Document.Run);
        return after;
    }
}
