using System.Collections.Immutable;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>A journey as it was read, with the places of its parts: what the checks of its flow report on.</summary>
/// <param name="Definition">The journey.</param>
/// <param name="File">Where findings go.</param>
/// <param name="Top">The whole file.</param>
/// <param name="Places">Step → its keys.</param>
internal sealed record LoadedJourney(
    JourneyDefinition Definition, FileFindings File, SourceNode.Map Top, IReadOnlyDictionary<string, SourceNode.Map> Places)
{
    /// <summary>Every step could be read: no wait is missing between two messages because it was misspelt.</summary>
    public bool IsWhole { get; } = !File.HasErrors;

    /// <summary>The place of a step, or of one of its keys (<c>with</c>), or of a key below that.</summary>
    public SourceNode Place(string step, string? key = null, string? below = null)
    {
        if (!Places.TryGetValue(step, out var map)) return Top;
        if (key is null || map.Find(key) is not { } node) return map;
        return below is not null && node is SourceNode.Map group && group.Find(below) is { } inner ? inner : node;
    }

    /// <summary>The event types that the matched event of a wait-for can have.</summary>
    public static IEnumerable<string> EventsOf(JourneyStep.WaitFor wait) => wait.Cases.SelectMany(static c => c.Events);
}

/// <summary>Steps of a journey, walked in file order.</summary>
internal static class StepWalk
{
    public static IEnumerable<JourneyStep> All(ImmutableArray<JourneyStep> steps)
    {
        foreach (var step in steps)
        {
            yield return step;
            foreach (var branch in step.Branches)
            {
                foreach (var inner in All(branch.Steps)) yield return inner;
            }
        }
    }
}
