using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>What has to be told to the durable engine after a commit. Losing it costs minutes, never the event.</summary>
public enum Announcement
{
    None,

    /// <summary>Start the orchestration of the document's generation.</summary>
    Start,

    /// <summary>Raise <c>poke</c> on the orchestration of the document's generation.</summary>
    Poke,
}

/// <summary>A start or poke that follows from a commit.</summary>
public sealed record RunAnnouncement(Announcement What, string RunId, int Gen);

/// <summary>How a turn went; a closed set.</summary>
public abstract record TurnOutcome
{
    private TurnOutcome()
    {
    }

    /// <summary>A newer generation has the run: this hand ends.</summary>
    public sealed record Superseded : TurnOutcome;

    /// <summary>The run is finished or held: nothing to do.</summary>
    public sealed record Rests(RunDocument Document) : TurnOutcome;

    /// <summary>The run after the turn, to be committed with its effects.</summary>
    public sealed record Turned(RunDocument Document, ImmutableArray<RunEffect> Effects) : TurnOutcome;
}

/// <summary>Whether an item may be handed over now; a closed set.</summary>
public abstract record ClaimOutcome
{
    private ClaimOutcome()
    {
    }

    /// <summary>Commit this document, then call the provider within the first half of the lease.</summary>
    public sealed record Claimed(RunDocument Document) : ClaimOutcome;

    /// <summary>Somebody may be calling, or it is not its time: look again then.</summary>
    public sealed record NotYet(Instant LookAgainAt) : ClaimOutcome;

    /// <summary>A claim ran out: ask the provider by operation id.</summary>
    public sealed record AskProvider(OutboxItem Item) : ClaimOutcome;

    /// <summary>The window for a delivery report is over: settle as <c>expired</c>, <c>outcome-unknown</c>.</summary>
    public sealed record UnknownForGood(OutboxItem Item) : ClaimOutcome;

    /// <summary>Nothing left to do.</summary>
    public sealed record AlreadySettled : ClaimOutcome;
}
