using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Engine.Limits;

/// <summary>What one purpose took from one shard of a limit: open until what it was taken for is committed, then confirmed.</summary>
public sealed record LimitTake
{
    /// <summary>Names the purpose; the same key takes once.</summary>
    public required string Key { get; init; }

    /// <summary>Taken from this shard; 0: all of it came from other shards.</summary>
    public required long Amount { get; init; }

    /// <summary>Asked for in all; more than <see cref="Amount"/>: other shards gave the rest.</summary>
    public required long Wanted { get; init; }
    public required Instant At { get; init; }

    /// <summary>The document that exists once it was used.</summary>
    public required TakeOutcome Outcome { get; init; }

    /// <summary>Of a pool: the code.</summary>
    public string? Code { get; init; }
    public Instant? ConfirmedAt { get; init; }

    /// <summary>Of a confirmed take: how much of <see cref="Amount"/> was used, the rest was given back; null: all of it.</summary>
    public long? Used { get; init; }

    /// <summary>It was given back.</summary>
    public Instant? ReleasedAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => ConfirmedAt is null && ReleasedAt is null;
}

/// <summary>Where to read whether a take was used.</summary>
/// <param name="Partition">The partition; of a customer who was merged it is looked for with the one who stays.</param>
/// <param name="Id">The document.</param>
/// <param name="RedeemedBy">null: that it exists says so. Else it is a code, redeemed by this hold.</param>
public sealed record TakeOutcome(string Partition, string Id, string? RedeemedBy = null)
{
    /// <summary>The document is an entry of the ledger: its points say how much was used. null: it is another document.</summary>
    public TakeEntry? Entry { get; init; }
}

/// <summary>An entry by what its id follows from: it gets another with a merge.</summary>
/// <param name="CustomerId">Whose it was.</param>
/// <param name="Wallet">Its wallet.</param>
/// <param name="Key">Its business key.</param>
public sealed record TakeEntry(string CustomerId, string Wallet, string Key);

/// <summary>How much of a shard is taken.</summary>
public sealed record ShardCount(long Taken);

/// <summary>A wish for a part of a limit.</summary>
/// <param name="Limit">The limit's name, <c>stock-</c>, <c>budget-</c> or <c>pool-</c> and the offer, or <c>points-</c> and the earning rule.</param>
/// <param name="Key">Names the purpose.</param>
/// <param name="Amount">1 or more.</param>
/// <param name="Capacity">Of the whole limit; of a pool it plays no part.</param>
/// <param name="Outcome">Where it will be seen whether it was used.</param>
public sealed record LimitRequest(string Limit, string Key, long Amount, long Capacity, TakeOutcome Outcome)
{
    /// <summary>When an unconfirmed take is looked at.</summary>
    public Duration SettleAfter { get; init; } = SharedLimits.SettleAfter;

    /// <summary>Where less is left than asked for, that is taken.</summary>
    public bool TakesPart { get; init; }
}

/// <summary>What was taken.</summary>
/// <param name="At">When; a commit that relies on it comes within <see cref="SharedLimits.CommitWithin"/>.</param>
/// <param name="Code">Of a pool: the code.</param>
public sealed record LimitGrant(Instant At, string? Code)
{
    /// <summary>How much: all that was asked for, or of <see cref="LimitRequest.TakesPart"/> what was left.</summary>
    public long Amount { get; init; } = 1;
}
