using NodaTime;

namespace Loyalty.Core.Ledger;

/// <content>What time does to lots, in the defined order: lapse, activate, expire.</content>
public static partial class LedgerDecider
{
    private enum MomentKind
    {
        Lapse,
        Activate,
        Expire,
    }

    private static void AdvanceTo(WalletBook book)
    {
        for (var done = 0; done < LedgerLimits.MomentsPerDecision; done++)
        {
            if (Next(book) is not { } moment) return;
            switch (moment.Kind)
            {
                case MomentKind.Lapse: Lapse(book, moment.At); break;
                case MomentKind.Activate: Activate(book, moment.At); break;
                default: Expire(book, moment.At); break;
            }
        }
    }

    private static (Instant At, MomentKind Kind)? Next(WalletBook book)
    {
        (Instant At, MomentKind Kind)? next = null;
        foreach (var hold in book.Holds) Consider(hold.ExpiresAt, MomentKind.Lapse);
        foreach (var lot in book.Lots)
        {
            if (lot.Pending > 0) Consider(lot.AvailableAt, MomentKind.Activate);
            if (lot.Available > 0) Consider(lot.ExpiresAt, MomentKind.Expire);
        }

        return next;

        void Consider(Instant? at, MomentKind kind)
        {
            if (at is not { } due || due > book.Now) return;
            if (next is null || due < next.Value.At || (due == next.Value.At && kind < next.Value.Kind)) next = (due, kind);
        }
    }

    private static void Lapse(WalletBook book, Instant at)
    {
        var hold = book.Holds.Find(open => open.ExpiresAt == at)!;
        EndHold(book, hold, new EntryDraft(EntryType.Release, "lapse:" + hold.HoldId, "", at)
        {
            Cause = new EntryCause { Reason = "hold-expired" },
        });
    }

    private static void Activate(WalletBook book, Instant at)
    {
        var lots = book.Lots.Where(lot => lot.Pending > 0 && lot.AvailableAt == at).ToList();
        Sweep(book, EntryType.Activate, at, lots, LedgerAccount.Pending, LedgerAccount.Available, static lot => lot.Pending);
        foreach (var lot in lots) book.RepayArrears(lot.LotId, at);
    }

    private static void Expire(WalletBook book, Instant at)
    {
        var lots = book.Lots.Where(lot => lot.Available > 0 && lot.ExpiresAt == at).ToList();
        Sweep(book, EntryType.Expire, at, lots, LedgerAccount.Available, LedgerAccount.Expired, static lot => lot.Available);
    }

    /// <summary>One entry for the lots of one moment.</summary>
    private static void Sweep(
        WalletBook book,
        EntryType type,
        Instant at,
        List<LotState> lots,
        LedgerAccount from,
        LedgerAccount to,
        Func<LotState, long> points)
    {
        var key = type == EntryType.Activate ? "activate" : "expire";
        book.Post(new EntryDraft(type, book.OwnKey(key), "", at)
        {
            Postings = [.. lots.Select(lot => new LedgerPosting(from, to, points(lot), lot.LotId))],
        });
    }
}
