using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>What one redemption took from which lots, and how much of it was given back. A document of its own beside the wallet.</summary>
public sealed record RedemptionState
{
    /// <summary>The key of the spend or hold that made it.</summary>
    public required string RedemptionId { get; init; }
    public required string Wallet { get; init; }

    /// <summary>When it was redeemed.</summary>
    public required Instant At { get; init; }

    /// <summary>Points by lot in the order of use; a lot may stand once.</summary>
    public required ImmutableArray<LotPart> Parts { get; init; }

    /// <summary>Given back so far, 0 to <see cref="Points"/>.</summary>
    public long Restored { get; init; }

    /// <summary>The order it paid, where one is known.</summary>
    public string? OrderId { get; init; }

    [JsonIgnore]
    public long Points
    {
        get
        {
            var sum = 0L;
            foreach (var part in Parts) sum += part.Points;
            return sum;
        }
    }

    /// <summary>The redemption that a spend or commit made, from the entries of its decision; null: they hold none.</summary>
    public static RedemptionState? Of(IEnumerable<LedgerEntry> entries, string redemptionId)
    {
        ImmutableArray<LedgerEntry> own =
        [
            .. entries.Where(entry => entry.Type is EntryType.Spend or EntryType.Commit && entry.Postings.Any(static posting => posting.To == LedgerAccount.Spent))
                .Where(entry => entry.HoldId == redemptionId || entry.Key == redemptionId || entry.Key.StartsWith(redemptionId + "#", StringComparison.Ordinal)),
        ];
        if (own.IsEmpty) return null;
        return new RedemptionState
        {
            RedemptionId = redemptionId,
            Wallet = own[0].Wallet,
            At = own[0].PostedAt,
            OrderId = own[0].Cause.OrderId,
            Parts = [.. own.SelectMany(static entry => entry.Postings).Select(static posting => new LotPart(posting.LotId, posting.Points))],
        };
    }

    /// <summary>The redemption that one entry tells: a spend, in one piece, nothing of it given back. null: the entry is something else.</summary>
    public static RedemptionState? Of(LedgerEntry entry, string redemptionId)
    {
        if (entry.Type != EntryType.Spend || entry.Postings.Any(static posting => posting.To != LedgerAccount.Spent)) return null;
        return new RedemptionState
        {
            RedemptionId = redemptionId,
            Wallet = entry.Wallet,
            At = entry.PostedAt,
            OrderId = entry.Cause.OrderId,
            Parts = [.. entry.Postings.Select(static posting => new LotPart(posting.LotId, posting.Points))],
        };
    }

    /// <summary>What giving back so many more points returns to which lots: the lot used last first. null: more than is left.</summary>
    public ImmutableArray<LotPart>? PartsOf(long points)
    {
        if (points < 0 || points > Points - Restored) return null;
        var parts = ImmutableArray.CreateBuilder<LotPart>();
        var skipped = Restored;
        var open = points;
        for (var i = Parts.Length - 1; i >= 0 && open > 0; i--)
        {
            var left = Parts[i].Points - Math.Min(skipped, Parts[i].Points);
            skipped -= Parts[i].Points - left;
            var taken = Math.Min(open, left);
            if (taken > 0) parts.Add(new LotPart(Parts[i].LotId, taken));
            open -= taken;
        }

        return parts.ToImmutable();
    }

    /// <summary>The redemption after so many more points were given back.</summary>
    public RedemptionState AfterRestore(long points) => this with { Restored = Restored + points };
}
