using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using static Loyalty.Engine.Programs.Flow.UnsetState;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>
/// Finds values that some path through the journey leaves unset and that are used without a test. It follows every path and knows at each step
/// what is surely set there: what steps before it left, what the matched event brings, what the conditions on the way proved.
/// </summary>
internal sealed partial class UnsetCheck
{
    private readonly LoadedJourney _loaded;
    private readonly JourneyDefinition _journey;
    private readonly ProgramContext _context;
    private readonly HashSet<(SourceNode Node, string Path)> _told = [];

    private UnsetCheck(LoadedJourney loaded, ProgramContext context) => (_loaded, _journey, _context) = (loaded, loaded.Definition, context);

    /// <summary>Adds the findings of one journey.</summary>
    public static void Check(LoadedJourney loaded, ProgramContext context)
    {
        var check = new UnsetCheck(loaded, context);
        var enter = loaded.Definition.Enter;
        var known = check.Brought(enter).Union(check.Proven(enter.When, holds: true).Select(static path => path.Replace("event.", "entry.", StringComparison.Ordinal)));
        known = known.Union(check.Proven(enter.Audience?.When, holds: true));
        check.Follow(loaded.Definition.Steps, Of(known));
    }

    /// <summary>Attributes that every trigger of this journey has.</summary>
    private ImmutableHashSet<string> Brought(EntryRule enter)
    {
        var isOnlyManual = enter.Manual && enter.Events.IsEmpty && enter.Audience is null;
        if (isOnlyManual && _context.References.Entries.GetValueOrDefault(_journey.Name) is { } declared)
            return CommonTo([], "entry").Union(declared.Keys.Select(static name => "entry." + name));
        return CommonTo(enter.Manual || enter.Audience is not null ? [.. enter.Events, ""] : enter.Events, "entry");
    }

    /// <summary>Attributes that all of these events have, beside those of every event.</summary>
    private ImmutableHashSet<string> CommonTo(IEnumerable<string> events, string root)
    {
        ImmutableHashSet<string>? common = null;
        foreach (var type in events)
        {
            var own = Proof.Nothing.Union(_context.Events.GetValueOrDefault(type, BuiltInAttributes.EveryEvent).Keys.Select(name => $"{root}.{name}"));
            common = common?.Intersect(own) ?? own;
        }

        return (common ?? Proof.Nothing).Union(BuiltInAttributes.EveryEvent.Keys.Select(name => $"{root}.{name}"));
    }

    private ImmutableHashSet<string> Proven(Condition? condition, bool holds) =>
        Proof.Of(condition, holds, (step, result) => StepLeavings.Paths(_journey.Index.Find(step)?.Step, step, result));

    /// <summary>What is set behind a list; a failure without steps for it leaves the list in its middle.</summary>
    private UnsetState Follow(ImmutableArray<JourneyStep> steps, UnsetState state)
    {
        var left = Unreachable;
        foreach (var step in steps)
        {
            if (!state.IsReachable) break;
            Uses(step, state);
            var (after, failed) = Through(step, state);
            (state, left) = (after, Join(left, failed));
        }

        return Join(state, left);
    }

    /// <summary>What is set behind a step, and where it fails without steps for that.</summary>
    private (UnsetState After, UnsetState Failed) Through(JourneyStep step, UnsetState state)
    {
        var name = step.Name;
        var begun = state.Without($"steps.{name}").With($"steps.{name}.result", $"steps.{name}.at");
        UnsetState Ended(string result) => begun.With(StepLeavings.Paths(step, name, result));
        switch (step)
        {
            case JourneyStep.End: return (Unreachable, Unreachable);
            case JourneyStep.Award award:
                return Branching(Ended(StepResults.Awarded).Late(name, award.IfLate), award.Refused, Ended(StepResults.Refused));
            case JourneyStep.Offer offer:
                var given = Branching(Ended(StepResults.Issued).Late(name, offer.IfLate).Passing(offer.IfLate), offer.SoldOut, Ended(StepResults.SoldOut).OnTime());
                var failing = Branching(given.After, offer.Failed, Ended(StepResults.Failed).OnTime());
                return (failing.After, Join(given.Failed, failing.Failed));
            case JourneyStep.Webhook webhook:
                return Branching(Ended(StepResults.Done).OnTime(), webhook.Failed, Ended(StepResults.Failed).OnTime());
            case JourneyStep.Send send:
                var sent = begun.Passing(send.IfLate);
                return (Join(sent, Follow(send.NotSent, Ended(StepResults.NotSent).OnTime())), Unreachable);
            case JourneyStep.Wait wait:
                var come = Ended(StepResults.Passed).OnTime();
                return (wait.TooLate.IsEmpty ? come : Join(come, Follow(wait.TooLate, begun.OnTime())), Unreachable);
            case JourneyStep.WaitFor wait: return (AfterEvent(wait, begun.OnTime(), Ended(StepResults.InTime).OnTime()), Unreachable);
            case JourneyStep.HumanTask task:
                var done = task.Outcomes.Aggregate(Unreachable, (all, outcome) => Join(all, Follow(outcome.Steps, Ended(outcome.Name).OnTime())));
                return (Join(Join(done, Follow(task.TooLate, begun.OnTime())), begun.Passing(task.IfLate)), Unreachable);
            case JourneyStep.Choose choose: return (Chosen(choose, begun), Unreachable);
            case JourneyStep.Split split:
                return (split.Arms.Aggregate(Unreachable, (all, arm) => Join(all, Follow(arm.Steps, begun))), Unreachable);
            case JourneyStep.Repeat repeat: return (Repeated(repeat, begun, Ended(StepResults.Passed)), Unreachable);
            default: return (begun, Unreachable);
        }
    }

    private (UnsetState After, UnsetState Failed) Branching(UnsetState done, ImmutableArray<JourneyStep>? steps, UnsetState failed) =>
        steps is { } branch ? (Join(done, Follow(branch, failed)), Unreachable) : (done, failed);

    private UnsetState AfterEvent(JourneyStep.WaitFor wait, UnsetState tooLate, UnsetState inTime)
    {
        var behind = Follow(wait.TooLate, tooLate);
        var (through, intoInTime) = (Unreachable, Unreachable);
        foreach (var option in wait.Cases)
        {
            var matched = CommonTo(option.Events, "event").Union(Proven(option.When, holds: true));
            var inside = inTime.Without("event").Proved(matched);
            if (option.Steps.IsEmpty) intoInTime = Join(intoInTime, inside);
            else through = Join(through, Follow(option.Steps, inside));
        }

        // The cases without steps of their own share in-time: it is followed once, with what all of them bring.
        through = Join(through, Follow(wait.InTime, intoInTime));
        // Behind the branch event.* is what it was before it.
        return Join(behind, through.Without("event").With(tooLate.Of("event")));
    }

    private UnsetState Chosen(JourneyStep.Choose choose, UnsetState state)
    {
        var behind = Unreachable;
        foreach (var option in choose.Cases)
        {
            behind = Join(behind, Follow(option.Steps, state.Proved(Proven(option.When, holds: true))));
            if (option.When is null) return behind;
            state = state.Proved(Proven(option.When, holds: false));
        }

        return Join(behind, state);
    }

    private UnsetState Repeated(JourneyStep.Repeat repeat, UnsetState begun, UnsetState ended)
    {
        var first = begun.Proved(Proven(repeat.While, holds: true));
        var behind = Follow(repeat.Steps, repeat.Every is null ? first : first.OnTime());
        // With a condition there may be no pass at all.
        var through = repeat.While is null ? behind : Join(behind, begun);
        return through.With(ended.Of($"steps.{repeat.Name}"));
    }
}
