using System.Collections.Immutable;
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
        var hold = book.Holds.First(open => open.ExpiresAt == at);
        EndHold(book, hold, new EntryDraft(EntryType.Release, "lapse:" + hold.HoldId, "", at)
        {
            Cause = new EntryCause { Reason = "hold-expired" },
        });
    }

    private static void Activate(WalletBook book, Instant at)
    {
        var postings = ImmutableArray.CreateBuilder<LedgerPosting>(1);
        foreach (var lot in book.Lots)
        {
            if (lot.Pending > 0 && lot.AvailableAt == at)
                postings.Add(new LedgerPosting(LedgerAccount.Pending, LedgerAccount.Available, lot.Pending, lot.LotId));
        }

        var swept = postings.DrainToImmutable();
        Sweep(book, EntryType.Activate, "activate", at, swept);
        foreach (var posting in swept) book.RepayArrears(posting.LotId, at);
    }

    private static void Expire(WalletBook book, Instant at)
    {
        var postings = ImmutableArray.CreateBuilder<LedgerPosting>(1);
        foreach (var lot in book.Lots)
        {
            if (lot.Available > 0 && lot.ExpiresAt == at)
                postings.Add(new LedgerPosting(LedgerAccount.Available, LedgerAccount.Expired, lot.Available, lot.LotId));
        }

        Sweep(book, EntryType.Expire, "expire", at, postings.DrainToImmutable());
    }

    /// <summary>One entry for the lots of one moment.</summary>
    private static void Sweep(WalletBook book, EntryType type, string key, Instant at, ImmutableArray<LedgerPosting> postings) =>
        book.Post(new EntryDraft(type, book.OwnKey(key), "", at) { Postings = postings });
}
