using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>
/// The truth about one run, in the customer's partition. An orchestration is only the hand that moves it: it can be lost and rebuilt from
/// this document (docs/architecture.md, durable runs).
/// </summary>
public sealed record RunDocument
{
    public required RunState Run { get; init; }

    /// <summary>The generation, from 1: the fence. A hand of an older generation changes nothing.</summary>
    public required int Gen { get; init; }

    public required RunStatus Status { get; init; }

    /// <summary>When the due scan shall find the run if nobody else has moved it by then; null only when held or finished.</summary>
    public Instant? WakeAt { get; init; }

    /// <summary>What happened and no turn has taken yet, in the order of arrival; at most <see cref="RunProtocol.InboxLimit"/>.</summary>
    public ImmutableArray<RunSignal> Inbox { get; init; } = [];

    /// <summary>Effects on the outside world that are not settled, and those settled in the last turns.</summary>
    public ImmutableArray<OutboxItem> Outbox { get; init; } = [];

    /// <summary>What was seen and chosen, oldest first, at most <see cref="RunProtocol.LogLimit"/> lines (the newest are kept).</summary>
    public ImmutableList<RunLogLine> Log { get; init; } = [];

    /// <summary>Turns that failed since the last good one; see <see cref="RunProtocol.Fail"/>.</summary>
    public int Failures { get; init; }

    /// <summary>Set after <see cref="RunProtocol.StalledAfterFailures"/> failures, cleared by the next good turn: an operator is alerted.</summary>
    public bool IsStalled { get; init; }

    /// <summary>Trace context (W3C <c>traceparent</c>) of what changed the run last, for the next turn or hand-over; null where nothing is recorded.</summary>
    public string? Trace { get; init; }

    /// <summary>An item whose outcome is still open.</summary>
    [JsonIgnore]
    public bool HasOpenItems => Outbox.HasOpen();
}

/// <summary>Who moves a run.</summary>
public enum RunStatus
{
    /// <summary>An orchestration of this generation has it, or is about to.</summary>
    Active,

    /// <summary>Nobody: an event or the due scan makes a new generation.</summary>
    Parked,

    /// <summary>Its journey is paused, or the person restricted.</summary>
    Held,

    /// <summary>It is over and no effect is open.</summary>
    Finished,
}
