using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys.Edits;

/// <summary>Which step is which over versions.</summary>
public sealed class StepIdentityTests
{
    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary<string, string>.Empty;

    [Fact]
    public void Assign_SameNameSameType_SameId() => Assert.Empty(Next(First(Send("a")), None, Send("a"), Send("b")).StepIds);

    [Fact]
    public void Assign_RenamedByAMap_KeepsItsFirstName()
    {
        var second = Next(First(Send("a")), None.Add("a", "b"), Send("b"));
        var third = Next(second, None.Add("b", "c"), Send("c"), Send("a"));

        Assert.Equal("a", second.IdOf("b"));
        Assert.Equal("a", third.IdOf("c"));
        // The old name comes back as another step: it must not have the old one's effect keys.
        Assert.Equal("a~3", third.IdOf("a"));
    }

    [Fact]
    public void Assign_SameNameOtherType_IsAnotherStep() => Assert.Equal("a~2", Next(First(Send("a")), None, Award("a")).IdOf("a"));

    [Fact]
    public void Assign_MapToAStepThatWasThere_MovesPeopleAndRenamesNothing()
    {
        var first = First(Wait("one", "1d"), Wait("two", "1d"));
        var second = Next(first, None.Add("one", "two"), Wait("two", "1d"));

        Assert.Equal("two", second.IdOf("two"));
        Assert.Equal(new StepLanding.Begin("two"), EditPlan.Make(first, second, None.Add("one", "two")).LandingOf("one"));
        Assert.Equal(new StepLanding.Same("two"), EditPlan.Make(first, second, None).LandingOf("two"));
    }

    [Fact]
    public void Plan_RemovedSteps_LandWhereTheContractSays()
    {
        var first = First(
            Choose("pick", ("yes", null, [Wait("in-1", "1d"), Wait("in-2", "1d")])),
            new JourneyStep.Repeat("loop") { AtMost = 3, Steps = [Wait("pass", "1d"), Send("each")] },
            Wait("last", "1d"));
        var second = Next(first, None, Choose("pick", ("yes", null, [Send("new")])), new JourneyStep.Repeat("loop") { AtMost = 3, Steps = [Send("each")] });
        var plan = EditPlan.Make(first, second, None);

        Assert.Equal(new StepLanding.After("pick"), plan.LandingOf("in-1"));
        Assert.Equal(new StepLanding.Begin("each"), plan.LandingOf("pass"));
        Assert.Equal("last", Assert.Single(plan.Stranded));
    }

    private static JourneyDefinition First(params JourneyStep[] steps) => Journey(steps);

    private static JourneyDefinition Next(JourneyDefinition before, ImmutableSortedDictionary<string, string> moves, params JourneyStep[] steps)
    {
        var next = Journey(steps) with { Version = before.Version + 1 };
        var used = StepIdentity.Of(before).ToDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal);
        return next with { StepIds = StepIdentity.Assign(before, next, moves, used) };
    }
}
