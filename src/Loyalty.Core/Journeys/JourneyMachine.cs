using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>
/// Moves one run as far as it can go now. Pure and total: the same input gives the same decision, and every well-formed run with whatever
/// signals ends the turn finished, waiting with a due time, or waiting for its open outbox item.
/// </summary>
public static class JourneyMachine
{
    /// <summary>Steps one turn executes at most; a journey that needs more is a bug and ends as <c>failed: STEP</c>.</summary>
    public const int MaxStepsPerTurn = 500;

    /// <summary>Points that one <c>award</c> gives at most.</summary>
    public const long MaxPoints = 1_000_000_000_000;

    /// <summary>Why <c>emit</c> and <c>start</c> did nothing: journeys that set each other off.</summary>
    public const string CausalLoop = "causal-loop";

    /// <summary>Occurrences kept for a later <c>wait-for</c>; of more the oldest are dropped.</summary>
    public const int MaxSeen = 50;

    /// <summary>
    /// Reads the whole inbox in order (each event: erase, exit, goal, wait-for), then executes steps until the run must wait or ends.
    /// Of a finished run only the goal is still counted.
    /// </summary>
    public static TurnDecision Decide(TurnInput input) => new Turn(input).Decide();

    /// <summary>When the run, as it stands, goes on by itself in <see cref="TurnInput.Definition"/>; null: an open outbox item decides. Nothing is executed.</summary>
    public static Instant? DueAt(TurnInput input) => new Turn(input).DueAt();

    /// <summary>The last moment, included, at which the goal counts, of a goal for each pass that of the latest; null where the journey has no goal.</summary>
    public static Instant? GoalUntil(JourneyDefinition definition, RunState run, DateTimeZone zone) =>
        definition.Goal is { } goal ? goal.Within.After(goal.CountsPasses(run) && run.Passes is [.., var latest] ? latest.StartedAt : run.EnteredAt, zone) : null;
}
