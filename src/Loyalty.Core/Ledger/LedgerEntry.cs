using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>An immutable entry of one wallet. Nothing is edited or deleted: a correction is a reversal.</summary>
public sealed record LedgerEntry
{
    private Late<string> _inputHash;

    /// <summary>Derived from customer, wallet and <see cref="Key"/>: the same business fact has the same id.</summary>
    public required string EntryId { get; init; }

    /// <summary>The business key, unique in the wallet for ever, e.g. <c>order:shopify:shop:1|per-euro|sale</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Hash of what was asked for: the same key with another hash is a conflict.</summary>
    public required string InputHash
    {
        get => _inputHash.Value!;
        init => _inputHash = new Late<string>(value);
    }

    /// <summary>Of this <see cref="InputHash"/> is worked out when it is asked for.</summary>
    internal LedgerCommand? Asked
    {
        init
        {
            if (value is { } command) _inputHash = new Late<string>(command.HashOfInput);
        }
    }

    /// <summary>1, 2, 3, … in the wallet, without gaps.</summary>
    public required long Sequence { get; init; }
    public required EntryType Type { get; init; }
    public required string CustomerId { get; init; }
    public required string Wallet { get; init; }

    /// <summary>
    /// When it took effect: the due moment of an activation or expiry (or what made it possible, if that came later), else when it was posted.
    /// </summary>
    public required Instant At { get; init; }

    /// <summary>When it was posted.</summary>
    public required Instant PostedAt { get; init; }

    /// <summary>At most <see cref="LedgerLimits.LotsPerEntry"/> lots.</summary>
    public ImmutableArray<LedgerPosting> Postings { get; init; } = [];

    /// <summary>Of a reversal: what stays claimed from a lot, or was paid off.</summary>
    public ImmutableArray<LotClaim> Claims { get; init; } = [];

    public EntryCause Cause { get; init; } = EntryCause.None;

    /// <summary>Lots that end later from this entry on: of an extension, or of a restore into a lot that had ended. null: none.</summary>
    public ImmutableArray<LotEnd>? Extended { get; init; }

    /// <summary>Of a grant: when the lot becomes usable; null: when its order is fulfilled.</summary>
    public Instant? AvailableAt { get; init; }

    /// <summary>Of a grant: from when on the lot is ended; null: never, or not known before it is usable.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>Of a hold and what ends it.</summary>
    public string? HoldId { get; init; }

    /// <summary>The sum of the postings.</summary>
    [JsonIgnore]
    public long Points
    {
        get
        {
            var sum = 0L;
            foreach (var posting in Postings) sum += posting.Points;
            return sum;
        }
    }

    /// <summary>What a reversal could not take, net of what it paid off.</summary>
    [JsonIgnore]
    public long Claimed
    {
        get
        {
            var sum = 0L;
            foreach (var claim in Claims) sum += claim.Points;
            return sum;
        }
    }
}
