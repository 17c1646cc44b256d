using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>
/// Where one customer is in one journey: the part of the run document that the journey machine reads and writes.
/// The machine's answer depends on nothing else but the definition, the customer's attributes, the signals and <c>now</c>.
/// </summary>
public sealed record RunState
{
    /// <summary>Derived from (customer, journey, key, entry id): the same trigger can never start two.</summary>
    public required string RunId { get; init; }
    public required string CustomerId { get; init; }
    public required string Journey { get; init; }

    /// <summary>The published version the run is on, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The value of the journey's <c>enter.key</c>: <c>customer</c>, a cart id, an order id.</summary>
    public required string KeyValue { get; init; }

    /// <summary>The trigger, always there for conditions as <c>entry.*</c>.</summary>
    public required Occurrence Entry { get; init; }
    public required Instant EnteredAt { get; init; }

    /// <summary>A held-out run executes no step; it awaits goal, exit or the goal's <c>within</c>.</summary>
    public bool IsHeldOut { get; init; }

    /// <summary>
    /// Its goal is not among those counted, and it is not among those who could reach it: as many goals of the customer were open when it began as are
    /// followed at once (<see cref="Customers.CustomerLimits.OpenGoals"/>). Decided at the entry, so that it says nothing of what came of it.
    /// </summary>
    public bool IsUnmeasured { get; init; }

    /// <summary>The step the run is at; null before the first turn and after the end.</summary>
    public RunPosition? Position { get; init; }

    /// <summary>What each executed step left behind, by step name.</summary>
    public StepRecordDictionary Steps { get; init; } = StepRecordDictionary.Empty;

    /// <summary>Records of steps that this run executed and its version does not have (any more), by hidden id: a later version may have them again.</summary>
    public StepRecordDictionary Former { get; init; } = StepRecordDictionary.Empty;

    /// <summary>Occurrences taken by a <c>wait-for</c> of this run.</summary>
    public ImmutableList<string> Consumed { get; init; } = [];

    /// <summary>Occurrences seen since the entry that a later <c>wait-for</c> may still take, oldest first, at most 50.</summary>
    public ImmutableList<Occurrence> Seen { get; init; } = [];

    /// <summary>When the goal occurred; it counts once, also after the end of the run.</summary>
    public Instant? GoalAt { get; init; }

    /// <summary>Where the goal counts once per pass: the passes begun, oldest first, at most 200.</summary>
    public ImmutableList<RunPass> Passes { get; init; } = [];

    /// <summary>How the run ended (<c>completed</c>, an <c>end</c> step's outcome, <c>goal</c>, <c>exit</c>, <c>failed: STEP</c>); null: it lives.</summary>
    public string? Outcome { get; init; }
    public Instant? EndedAt { get; init; }

    /// <summary>Events of the program's own between the outside and what this run does.</summary>
    [JsonIgnore]
    public int Hops => HopsOf(Entry, Steps);

    [JsonIgnore]
    public bool IsFinished => Outcome is not null;

    internal static int HopsOf(Occurrence entry, StepRecordDictionary steps)
    {
        var hops = entry.Hops;
        foreach (var (_, step) in steps) hops = Math.Max(hops, step.Matched?.Hops ?? 0);
        return hops;
    }
}

/// <summary>A pass of a <c>repeat</c>.</summary>
/// <param name="Step">The repeat.</param>
/// <param name="Pass">From 1.</param>
/// <param name="StartedAt">Its start.</param>
/// <param name="GoalAt">When the goal occurred; null: not yet.</param>
public sealed record RunPass(string Step, int Pass, Instant StartedAt, Instant? GoalAt = null);

/// <summary>Where a run waits.</summary>
/// <param name="Step">The step's name.</param>
/// <param name="Visit">1 for the first time the run is at this step.</param>
/// <param name="EnteredAt">When it came here.</param>
/// <param name="DueAt">When it goes on by itself; null only while an outbox item of this step is open.</param>
public sealed record RunPosition(string Step, int Visit, Instant EnteredAt, Instant? DueAt)
{
    /// <summary>Stands for <see cref="Step"/> in a held-out run; no step can have this name.</summary>
    public const string Holdout = "(holdout)";

    /// <summary>Set by an edit: not sooner than this, whatever the wait says; what follows was planned for then and is not late.</summary>
    public Instant? NotBefore { get; init; }

    /// <summary>Set by an edit: what the run does next at this step; null: it waits there.</summary>
    public PositionMove? Then { get; init; }
}

/// <summary>Where an edit has put a run.</summary>
public enum PositionMove
{
    /// <summary>Before the step: it is executed.</summary>
    Begin,

    /// <summary>Behind the branch of this step that the run was in.</summary>
    After,
}

/// <summary>What a step left for <c>steps.NAME.*</c>.</summary>
public sealed record StepRecord
{
    public int Visits { get; init; }
    public Instant StartedAt { get; init; }
    public Instant? EndedAt { get; init; }

    /// <summary><c>sent</c>, <c>withheld</c>, <c>expired</c>, <c>in-time</c>, <c>too-late</c>, a case's name, …</summary>
    public string? Result { get; init; }
    public string? Reason { get; init; }

    /// <summary>Step-specific values by name, e.g. <c>points</c>, <c>code</c>.</summary>
    public ImmutableDictionary<string, AttributeValue> Values { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;

    /// <summary>The occurrence that a <c>wait-for</c> matched: <c>event.*</c> inside its branch.</summary>
    public Occurrence? Matched { get; init; }
}
