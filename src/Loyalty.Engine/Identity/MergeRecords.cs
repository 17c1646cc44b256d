using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// A merge, in the partition of the person who goes; written in the batch that seals that person's record. Until it is done it has a <c>wakeAt</c>, so
/// the due scan resumes a merge that was cut off.
/// </summary>
public sealed record MergeRecord
{
    /// <summary>Who stays, as decided when the record was sealed; who may be merged on since.</summary>
    public required string Into { get; init; }
    public required Instant SealedAt { get; init; }

    /// <summary>Source and id of the event that told both.</summary>
    public string? Cause { get; init; }

    /// <summary>When everything had arrived; null: under way.</summary>
    public Instant? DoneAt { get; init; }
}

/// <summary>An absorbed person, in the partition of the one who stays; created in the batch that joins the two.</summary>
public sealed record AbsorbedPerson
{
    public required string CustomerId { get; init; }
    public required Instant JoinedAt { get; init; }

    /// <summary>By wallet: the sequence behind which that person's entries are placed.</summary>
    public required ImmutableDictionary<string, long> SequenceBases { get; init; }

    /// <summary>Everything has arrived, and <c>customer.merged</c> was told.</summary>
    public bool IsDone { get; init; }

    /// <summary>The one who stays is absorbed as well: their places move behind those of the next.</summary>
    public AbsorbedPerson Behind(ImmutableSortedDictionary<string, long> bases) => this with
    {
        SequenceBases = SequenceBases.ToImmutableDictionary(static one => one.Key, one => one.Value + bases.GetValueOrDefault(one.Key), StringComparer.Ordinal),
    };
}
