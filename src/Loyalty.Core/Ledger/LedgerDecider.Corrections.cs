using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <content>What people and later facts put right: restore, adjust, extend.</content>
public static partial class LedgerDecider
{
    private static RefusalCode? Restore(WalletBook book, LedgerCommand.Restore restore)
    {
        if (!IsValid(restore.Points)) return RefusalCode.InvalidAmount;
        if (restore.Redemption.PartsOf(restore.Points) is not { } parts) return RefusalCode.ExceedsRedemption;
        var extended = ImmutableArray.CreateBuilder<LotEnd>();
        foreach (var part in parts)
        {
            var lot = book.Find(part.LotId)
                ?? throw new InvalidOperationException($"Lot {part.LotId} has left the wallet and was not recalled.");
            if (lot.ExpiresAt is not { } end || end > book.Now || lot.IsGraceUsed == true) continue;
            book.Change(lot with { ExpiresAt = restore.GraceEndsAt, IsGraceUsed = true, WarnedBeforeDays = null });
            extended.Add(new LotEnd(part.LotId, restore.GraceEndsAt));
        }

        book.Post(new EntryDraft(EntryType.Restore, restore.Key, restore.InputHash, book.Now)
        {
            Postings = Postings(parts, LedgerAccount.Spent, LedgerAccount.Available),
            Cause = restore.Cause with { RedemptionId = restore.Redemption.RedemptionId },
            Extended = extended.Count == 0 ? null : extended.ToImmutable(),
        });
        foreach (var part in parts)
        {
            PayClaim(book, part.LotId, book.Now);
            book.RepayArrears(part.LotId, book.Now);
        }

        return null;
    }

    private static RefusalCode? Adjust(WalletBook book, LedgerCommand.Adjust adjust)
    {
        if (adjust.Points == 0 || adjust.Points == long.MinValue || !IsValid(Math.Abs(adjust.Points))) return RefusalCode.InvalidAmount;
        if (!IsText(adjust.Cause.Actor) || !IsText(adjust.Cause.Reason)) return RefusalCode.InvalidField;
        if (adjust.Points > 0)
        {
            var lotId = LedgerCommand.LotIdOf(book.CustomerId, book.Wallet, adjust.Key);
            Open(book, lotId, adjust.Points, new LotTermsOfGrant(book.Now, adjust.ExpiresAt), adjust.Cause);
            book.Post(new EntryDraft(EntryType.Adjust, adjust.Key, adjust.InputHash, book.Now)
            {
                Postings = [new LedgerPosting(LedgerAccount.Issued, LedgerAccount.Available, adjust.Points, lotId)],
                Cause = adjust.Cause,
                AvailableAt = book.Now,
                ExpiresAt = adjust.ExpiresAt,
            });
            book.RepayArrears(lotId, book.Now);
            return null;
        }

        if (Take(book, -adjust.Points) is not { } parts) return RefusalCode.InsufficientPoints;
        book.Post(new EntryDraft(EntryType.Adjust, adjust.Key, adjust.InputHash, book.Now)
        {
            Postings = Postings(parts, LedgerAccount.Available, LedgerAccount.Adjusted),
            Cause = adjust.Cause,
        });
        return null;
    }

    private static RefusalCode? Extend(WalletBook book, LedgerCommand.Extend extend)
    {
        var ends = new List<LotEnd>();
        foreach (var lot in book.Lots.ToList())
        {
            if (lot.SlidingDays is not { } days || lot.IsEnded) continue;
            if (extend.Ends.FirstOrDefault(end => end.Days == days) is not { } end) continue;
            // A lot that still waits gets its end when it becomes usable; one past its end is not revived.
            if (lot.ExpiresAt is not { } known || known >= end.ExpiresAt || known <= book.Now) continue;
            book.Change(lot with { ExpiresAt = end.ExpiresAt, WarnedBeforeDays = null });
            ends.Add(new LotEnd(lot.LotId, end.ExpiresAt));
        }

        for (var part = 0; part * LedgerLimits.LotsPerEntry < ends.Count; part++)
        {
            book.Post(new EntryDraft(EntryType.Extend, part == 0 ? extend.Key : $"{extend.Key}#{part + 1}", extend.InputHash, book.Now)
            {
                Cause = extend.Cause,
                Extended = [.. ends.Skip(part * LedgerLimits.LotsPerEntry).Take(LedgerLimits.LotsPerEntry)],
            });
        }

        return null;
    }

    private static bool IsText(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LedgerLimits.ReasonCharacters;
}
