using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>One line of "why do I have N points".</summary>
public sealed record ExplainLine
{
    /// <summary>Place in the wallet.</summary>
    public required long Sequence { get; init; }
    public required Instant At { get; init; }
    public required EntryType Type { get; init; }

    /// <summary>What the entry did to usable points.</summary>
    public required long AvailableChange { get; init; }

    /// <summary>What the entry did to points not usable yet.</summary>
    public required long PendingChange { get; init; }
    public required long AvailableAfter { get; init; }
    public required long PendingAfter { get; init; }

    /// <summary>What the customer owes after it, 0 or more.</summary>
    public required long OwedAfter { get; init; }

    /// <summary>Points of the entry, 0 or more.</summary>
    public required long Points { get; init; }

    /// <summary>Of a return: what it could not take.</summary>
    public long Claimed { get; init; }

    /// <summary>Rule and version, order, inputs, exact value and rounding.</summary>
    public required EntryCause Cause { get; init; }
    public Instant? AvailableAt { get; init; }
    public Instant? ExpiresAt { get; init; }

    /// <summary>The line as a sentence in the customer's language; null: not asked for.</summary>
    public string? Text { get; init; }

    /// <summary>What the amount follows from (rule, inputs, rounding, cap, cost) in the customer's language; null: nothing, or not asked for.</summary>
    public string? Basis { get; init; }

    /// <summary>Which lots, in the order they were taken.</summary>
    public ImmutableArray<LotPart> Lots { get; init; } = [];
}

/// <summary>Explains a wallet from its entries alone.</summary>
public static class LedgerExplainer
{
    /// <summary>A line per entry, in their order.</summary>
    public static ImmutableArray<ExplainLine> Explain(IEnumerable<LedgerEntry> entries)
    {
        var lines = ImmutableArray.CreateBuilder<ExplainLine>();
        var balances = new WalletBalances();
        foreach (var entry in entries.OrderBy(static entry => entry.Sequence))
        {
            var before = balances;
            foreach (var posting in entry.Postings) balances = balances.Post(posting);
            lines.Add(Line(entry, before, balances));
        }

        return lines.ToImmutable();
    }

    private static ExplainLine Line(LedgerEntry entry, WalletBalances before, WalletBalances after) => new()
    {
        Sequence = entry.Sequence,
        At = entry.At,
        Type = entry.Type,
        AvailableChange = after.Available - before.Available,
        PendingChange = after.Pending - before.Pending,
        AvailableAfter = after.Available,
        PendingAfter = after.Pending,
        OwedAfter = -after.Arrears,
        Points = entry.Points,
        Claimed = entry.Claimed,
        Cause = entry.Cause,
        AvailableAt = entry.AvailableAt,
        ExpiresAt = entry.ExpiresAt,
        Lots = [.. entry.Postings.Select(static posting => new LotPart(posting.LotId, posting.Points))],
    };
}
