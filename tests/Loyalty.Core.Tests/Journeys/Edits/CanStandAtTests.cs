using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys.Edits;

/// <summary>Nobody is ever found at a step that is over within its turn: that such a step has nowhere to go does not forbid an edit.</summary>
public sealed class CanStandAtTests
{
    private static readonly ImmutableSortedDictionary<string, Condition> None = ImmutableSortedDictionary<string, Condition>.Empty;

    public static TheoryData<string, bool> Kinds => new()
    {
        { nameof(JourneyStep.Wait), true },
        { nameof(JourneyStep.WaitFor), true },
        { nameof(JourneyStep.Send), true },
        { nameof(JourneyStep.Offer), true },
        { nameof(JourneyStep.Webhook), true },
        { nameof(JourneyStep.HumanTask), true },
        { nameof(JourneyStep.Repeat), true },
        { nameof(JourneyStep.Choose), false },
        { nameof(JourneyStep.Split), false },
        { nameof(JourneyStep.Award), false },
        { nameof(JourneyStep.Set), false },
        { nameof(JourneyStep.Emit), false },
        { nameof(JourneyStep.Start), false },
        { nameof(JourneyStep.End), false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void CanStandAt_StepOfEachKind_IsWhetherARunIsEverFoundThere(string kind, bool expected)
    {
        Assert.Equal(expected, EditPlan.CanStandAt(Make(kind, "s")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Stranded_LastStepRemoved_OnlyWhereAPersonCanStand(string kind, bool canStand)
    {
        var from = Journey(Wait("first", "1d"), Make(kind, "last"));
        var to = Journey(Wait("first", "1d")) with { Version = 2 };

        var plan = EditPlan.Make(from, to, ImmutableSortedDictionary<string, string>.Empty);

        Assert.IsType<StepLanding.Nowhere>(plan.LandingOf("last"));
        Assert.Equal(canStand ? ["last"] : Array.Empty<string>(), plan.Stranded.ToArray());
    }

    [Fact]
    public void Kinds_OfTheLanguage_AreAllAsked() => Assert.Equal(
        typeof(JourneyStep).GetNestedTypes().Where(static type => type.IsSubclassOf(typeof(JourneyStep))).Select(static type => type.Name).Order(StringComparer.Ordinal),
        Kinds.Select(static row => (string)row[0]).Order(StringComparer.Ordinal));

    private static JourneyStep Make(string kind, string name) => kind switch
    {
        nameof(JourneyStep.Wait) => Wait(name, "1d"),
        nameof(JourneyStep.WaitFor) => WaitFor(name, "order.paid", "1d"),
        nameof(JourneyStep.Send) => Send(name),
        nameof(JourneyStep.Offer) => new JourneyStep.Offer(name) { Code = "ten" },
        nameof(JourneyStep.Webhook) => new JourneyStep.Webhook(name) { Endpoint = "crm" },
        nameof(JourneyStep.HumanTask) => new JourneyStep.HumanTask(name) { Queue = "desk", Due = Span("1d"), Outcomes = [new StepBranch("done", [])] },
        nameof(JourneyStep.Repeat) => new JourneyStep.Repeat(name) { AtMost = 2, Steps = [Award(name + "-in")] },
        nameof(JourneyStep.Choose) => Choose(name, (name + "-a", null, [Award(name + "-in")])),
        nameof(JourneyStep.Split) => new JourneyStep.Split(name, [new SplitArm(name + "-a", 1, [])], false),
        nameof(JourneyStep.Award) => Award(name),
        nameof(JourneyStep.Set) => new JourneyStep.Set(name, [new SetAssignment(new SetTarget(SetKind.Tag, "vip"), If("true"))]),
        nameof(JourneyStep.Emit) => new JourneyStep.Emit(name, "club.joined", None),
        nameof(JourneyStep.Start) => new JourneyStep.Start(name, "other", None),
        _ => End(name, "over"),
    };
}
