using System.Collections.Immutable;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>Repeats whose passes follow each other at once, so often that a run would end as failed: <see cref="JourneyMachine.MaxStepsPerTurn"/>.</summary>
internal static class BurstCheck
{
    /// <summary>Repeats in each other multiply; how far beyond all bounds it goes makes no difference.</summary>
    private const long Many = 1_000_000_000;

    /// <summary>Adds the findings of one journey.</summary>
    public static void Check(LoadedJourney loaded)
    {
        foreach (var repeat in StepWalk.All(loaded.Definition.Steps).OfType<JourneyStep.Repeat>())
        {
            if (Through(repeat) is not { } steps || steps <= JourneyMachine.MaxStepsPerTurn) continue;
            loaded.File.Error(
                loaded.Place(repeat.Name),
                FindingCodes.NoLimit,
                $"'{repeat.Name}' can take {steps} steps at once, and a run takes at most {JourneyMachine.MaxStepsPerTurn}",
                "let each pass wait, give it every:, or lower at-most");
            return;
        }
    }

    /// <summary>The most steps that are taken from the begin of a list to its end without a wait; null: every way waits or ends the run.</summary>
    private static long? Through(ImmutableArray<JourneyStep> steps)
    {
        long sum = 0;
        foreach (var step in steps)
        {
            if (Through(step) is not { } more) return null;
            sum += more;
        }

        return sum;
    }

    private static long? Through(JourneyStep step) => step switch
    {
        JourneyStep.Choose choose => 1 + Most(choose.Cases.Select(static one => Through(one.Steps)).Concat(choose.Cases[^1].When is null ? [] : [0])),
        JourneyStep.Split split => 1 + Most(split.Arms.Select(static one => Through(one.Steps))),
        JourneyStep.Repeat { Every: not null } => null,
        JourneyStep.Repeat repeat => Through(repeat.Steps) is { } pass ? Math.Min(Many, 1 + (repeat.AtMost * pass)) : null,
        JourneyStep.Award or JourneyStep.Set or JourneyStep.Emit or JourneyStep.Start => 1,
        _ => null,
    };

    private static long? Most(IEnumerable<long?> ways) => ways.Max();
}
