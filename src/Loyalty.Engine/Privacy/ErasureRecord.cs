using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// An erasure, in the partition of the person who is erased; readable without any key, and without a word about the person. Until it is done it has a
/// <c>wakeAt</c>, so the due scan resumes what was cut off.
/// </summary>
public sealed record ErasureRecord
{
    public required string CustomerId { get; init; }
    public required Instant RequestedAt { get; init; }

    /// <summary>Who asked for it: <c>key:support</c>, <c>shopify:customers/redact</c>, …; never a name.</summary>
    public required string Cause { get; init; }

    /// <summary>Nobody has asked for it: the rule about inactive people has, and means nobody but this record.</summary>
    public bool IsByRule { get; init; }

    public ErasureStep Step { get; init; }

    /// <summary>When the record was replaced and the runs ended: nothing is sent and nothing applied from then on. null: not yet.</summary>
    public Instant? FencedAt { get; init; }

    /// <summary>Hand-overs that were under way at that moment, by operation id: their copies are looked for when the last lease is over.</summary>
    public ImmutableArray<string> InFlight { get; init; } = [];

    /// <summary>When the last of those leases is over.</summary>
    public Instant? InFlightUntil { get; init; }

    public Instant? DoneAt { get; init; }

    /// <summary>Runs that it ended.</summary>
    public int RunsEnded { get; init; }

    /// <summary>Documents that it removed.</summary>
    public int Removed { get; init; }
}

/// <summary>How far an erasure is; each step may be done again.</summary>
public enum ErasureStep
{
    /// <summary>Asked for.</summary>
    Requested,

    /// <summary>The record is replaced, the runs are ended, nothing is sent any more.</summary>
    Fenced,

    /// <summary>Documents, accepted events, identifiers and copies of messages are gone; hand-overs that were under way are waited for.</summary>
    Swept,

    /// <summary>The keys are destroyed and nothing is left in the store's own remains.</summary>
    Done,
}
