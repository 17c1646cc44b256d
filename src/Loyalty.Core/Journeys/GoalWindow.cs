using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>Until when the goal of an entry can occur, so that an event which cannot be it reads no run.</summary>
/// <param name="Version">The version of the journey whose goal it is.</param>
/// <param name="Until">The last moment, included, by the zone that the customer had; null: it was reached, or it is not counted.</param>
public sealed record GoalWindow(int Version, Instant? Until)
{
    /// <summary>How long after the window a goal that occurred within it may still be told.</summary>
    public static readonly Duration Late = Duration.FromDays(90);

    // A zone that changed moves the window by up to 26 hours; of an entry that was stored before there were windows its length is known to three days.
    private static readonly Duration Slack = Duration.FromDays(4);

    /// <summary>The window of a run as it stands; null: the journey has no goal.</summary>
    public static GoalWindow? Of(JourneyDefinition definition, RunState run, DateTimeZone zone)
    {
        if (definition.Goal is not { } goal) return null;
        var isOver = run.IsUnmeasured || run.Outcome is RunOutcomes.Erased or RunOutcomes.Merged || (run.GoalAt is not null && !goal.CountsPasses(run));
        return new GoalWindow(run.Version, isOver ? null : JourneyMachine.GoalUntil(definition, run, zone));
    }

    /// <summary>Whether the goal can still occur at a moment.</summary>
    public bool IsOpen(Instant at) => Until >= at;

    /// <summary>Whether a goal that occurred within the window may still be told at a moment.</summary>
    public bool MayBeTold(Instant at) => Until >= at - Late;

    /// <summary>Whether something that occurred at one moment and is told at another may be the goal; the run itself knows exactly.</summary>
    public bool MayHold(Instant occurredAt, Instant toldAt) => Until >= occurredAt - Slack && MayBeTold(toldAt);
}

/// <summary>An ended run whose place another entry has taken while its goal could still come.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Journey">Its journey.</param>
/// <param name="Goal">Until when.</param>
public sealed record FollowedRun(string RunId, string Journey, GoalWindow Goal);
