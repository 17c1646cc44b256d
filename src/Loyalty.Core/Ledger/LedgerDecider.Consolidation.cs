using System.Collections.Immutable;

namespace Loyalty.Core.Ledger;

/// <content>Consolidation: many small lots become one.</content>
public static partial class LedgerDecider
{
    /// <summary>
    /// Usable lots with one and the same end become one, the oldest first, so that the wallet document and one posting stay bounded. Left alone: what
    /// waits, is reserved or has an open claim, and the latest of each end.
    /// </summary>
    private static void Consolidate(WalletBook book)
    {
        var groups = book.Lots
            .Where(lot => lot is { Pending: 0, Held: 0, Claim: 0, Available: > 0, SlidingDays: null } && !(lot.ExpiresAt <= book.Now))
            .GroupBy(static lot => lot.ExpiresAt)
            .Select(static group => group.SkipLast(LedgerLimits.RecentLotsKept).ToList())
            .Where(static group => group.Count > 1)
            .ToList();
        foreach (var group in groups)
        {
            foreach (var chunk in group.Chunk(LedgerLimits.LotsPerEntry - 1)) Consolidate(book, chunk);
        }
    }

    private static void Consolidate(WalletBook book, IReadOnlyCollection<LotState> lots)
    {
        if (lots.Count < 2) return;
        var key = book.OwnKey("consolidate");
        var into = LedgerCommand.LotIdOf(book.CustomerId, book.Wallet, key);
        var sum = lots.Sum(static lot => lot.Available);
        var first = lots.First();
        book.OpenAt(first.LotId, new LotState
        {
            LotId = into,
            GrantedAt = first.GrantedAt,
            Granted = sum,
            AvailableAt = first.AvailableAt,
            ExpiresAt = first.ExpiresAt,
            WarnedBeforeDays = lots.Min(static lot => lot.WarnedBeforeDays),
        });
        foreach (var lot in lots) book.Change(lot with { MergedInto = into });
        book.Post(new EntryDraft(EntryType.Consolidate, key, "", book.Now)
        {
            Postings =
            [
                .. lots.Select(static lot => new LedgerPosting(LedgerAccount.Available, LedgerAccount.Moved, lot.Available, lot.LotId)),
                new LedgerPosting(LedgerAccount.Moved, LedgerAccount.Available, sum, into),
            ],
            Cause = new EntryCause { Reason = "consolidation" },
            IsWhole = true,
        });
    }
}
