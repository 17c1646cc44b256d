using System.Collections.Immutable;

namespace Loyalty.Core.Ledger;

/// <content>Lots that change their place: consolidation inside a wallet, moves between two customers.</content>
public static partial class LedgerDecider
{
    /// <summary>The name that stands for "no lot" where what is owed moves.</summary>
    public const string ArrearsLot = "arrears";

    private const int LotsPerMove = 50;

    private static readonly LedgerAccount[] LotAccounts =
        [LedgerAccount.Pending, LedgerAccount.Available, LedgerAccount.Spent, LedgerAccount.Expired, LedgerAccount.Reversed];

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

    private static RefusalCode? MoveOut(WalletBook book, LedgerCommand.MoveOut move)
    {
        if (move.LotIds.Length > LotsPerMove) return RefusalCode.TooManyItems;
        foreach (var hold in book.Holds)
        {
            EndHold(book, hold, new EntryDraft(EntryType.Release, "merge-release:" + hold.HoldId, "", book.Now)
            {
                Cause = new EntryCause { Reason = "merged" },
            });
        }

        var postings = ImmutableArray.CreateBuilder<LedgerPosting>();
        foreach (var lotId in move.LotIds.Distinct())
        {
            if (book.Find(lotId) is not { } lot) continue;
            foreach (var account in LotAccounts)
            {
                if (In(lot, account) is var points and > 0) postings.Add(new LedgerPosting(account, LedgerAccount.Moved, points, lotId));
            }

            book.Change(lot with { Claim = 0 });
        }

        if (move.WithArrears && book.Balances.Arrears < 0)
            postings.Add(new LedgerPosting(LedgerAccount.Moved, LedgerAccount.Arrears, -book.Balances.Arrears, ArrearsLot));
        if (postings.Count == 0) return null;
        book.Post(new EntryDraft(EntryType.Move, move.Key, move.InputHash, book.Now)
        {
            Postings = postings.ToImmutable(),
            Cause = new EntryCause { Reason = "merged-into:" + move.ToCustomerId },
            IsWhole = true,
        });
        return null;
    }

    private static RefusalCode? MoveIn(WalletBook book, LedgerCommand.MoveIn move)
    {
        if (move.Lots.Length > LotsPerMove) return RefusalCode.TooManyItems;
        if (move.Arrears < 0 || move.Lots.Any(static lot => lot.Held != 0)) return RefusalCode.InvalidAmount;
        // A lot that was consolidated comes too: its order may still be returned.
        var lots = move.Lots.Where(lot => book.Find(lot.LotId) is null && (lot.Moved < lot.Granted || lot.MergedInto is not null)).ToList();
        var postings = ImmutableArray.CreateBuilder<LedgerPosting>();
        foreach (var lot in lots)
        {
            foreach (var account in LotAccounts)
            {
                if (In(lot, account) is var points and > 0) postings.Add(new LedgerPosting(LedgerAccount.Moved, account, points, lot.LotId));
            }
        }

        if (move.Arrears > 0) postings.Add(new LedgerPosting(LedgerAccount.Arrears, LedgerAccount.Moved, move.Arrears, ArrearsLot));
        if (postings.Count == 0 && lots.Count == 0) return null;
        book.Post(new EntryDraft(EntryType.Move, move.Key, move.InputHash, book.Now)
        {
            Postings = postings.ToImmutable(),
            Cause = new EntryCause { Reason = "merged-from:" + move.FromCustomerId },
            Carried = lots.Count == 0 ? null : [.. lots],
            IsWhole = true,
        });
        // They come as they were: the postings above are about accounts, not about these lots.
        foreach (var lot in lots) book.Open(lot);
        foreach (var lot in lots) book.RepayArrears(lot.LotId, book.Now);
        return null;
    }

    private static long In(LotState lot, LedgerAccount account) => account switch
    {
        LedgerAccount.Pending => lot.Pending,
        LedgerAccount.Available => lot.Available,
        LedgerAccount.Spent => lot.Spent,
        LedgerAccount.Expired => lot.Expired,
        LedgerAccount.Reversed => lot.Reversed,
        _ => 0,
    };
}
