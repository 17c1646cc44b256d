using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Journeys;

/// <summary>
/// One published version of a journey, checked and ready to run. Immutable. The loader makes it from a file; what a definition promises
/// (unique names, limits on every wait, shares of 100%) is checked there and assumed here.
/// </summary>
public sealed record JourneyDefinition
{
    private readonly ImmutableArray<JourneyStep> _steps = [];

    /// <summary>The file's name without <c>.yaml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>From 1.</summary>
    public required int Version { get; init; }

    /// <summary>For people.</summary>
    public string? Title { get; init; }

    /// <summary><c>attract</c>, <c>not-bought</c>, <c>refer</c>, <c>repeat</c> or <c>service</c>; null: not told.</summary>
    public string? Stage { get; init; }

    /// <summary>Consent topic of its marketing messages; null: every send names its own or is transactional.</summary>
    public string? Topic { get; init; }

    /// <summary>What starts a run.</summary>
    public EntryRule Enter { get; init; } = new();

    /// <summary>The share of customers who get nothing, 0 to 1.</summary>
    public decimal Holdout { get; init; }

    /// <summary>What holdout and splits draw by, so that a renamed journey keeps its arms; null: the journey's name.</summary>
    public string? Salt { get; init; }

    /// <summary>What the journey is for; null: not measured.</summary>
    public GoalRule? Goal { get; init; }

    /// <summary>What ends a run early, in file order.</summary>
    public ImmutableArray<ExitRule> Exits { get; init; } = [];

    /// <summary>When marketing messages may go; null: always.</summary>
    public SendWindow? SendWindow { get; init; }

    /// <summary>The steps, at least one.</summary>
    /// <exception cref="ArgumentException">Two steps have one name.</exception>
    public required ImmutableArray<JourneyStep> Steps
    {
        get => _steps;
        init
        {
            _steps = value;
            Index = StepIndex.Of(value);
        }
    }

    /// <summary>Every step by name, with its place in the tree.</summary>
    public StepIndex Index { get; private init; } = StepIndex.Of([]);

    /// <summary>
    /// Hidden step ids, by name, of the steps whose id is not their name. A <c>map</c> carries the id to the new name, so that a renamed step
    /// keeps its effect keys; a name given to another type of step gets a new one.
    /// </summary>
    public ImmutableSortedDictionary<string, string> StepIds { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The hidden id of a step.</summary>
    public string IdOf(string step) => StepIds.GetValueOrDefault(step, step);

    /// <summary>What holdout and splits draw by.</summary>
    public string DrawSalt => Salt ?? Name;

    /// <summary>True where an event of this type can matter to a run that is <paramref name="finished"/> or not: it belongs in the run's inbox.</summary>
    public bool ListensTo(string eventType, bool finished)
    {
        if (Goal is { } goal && goal.Events.Contains(eventType)) return true;
        if (finished) return false;
        foreach (var exit in Exits)
        {
            if (exit.Events.IsEmpty || exit.Events.Contains(eventType)) return true;
        }

        return Index.WaitsFor(eventType);
    }

    /// <summary>True where a run at this position waits for a date of the customer or the thing, which any event may have changed.</summary>
    public bool WaitsForDate(RunPosition? position) =>
        position is { Then: null }
        && Index.Find(position.Step)?.Step is JourneyStep.Wait { Rule: WaitRule.Date { Path: var path } }
        && !path.StartsWith("entry.", StringComparison.Ordinal);

    /// <summary>True where an exit names this type of event.</summary>
    public bool LeavesOn(string eventType)
    {
        foreach (var exit in Exits)
        {
            if (exit.Events.Contains(eventType)) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(JourneyDefinition? other) =>
        ReferenceEquals(this, other) || (other is not null && Name == other.Name && Version == other.Version);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Version);
}
