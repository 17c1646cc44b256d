using System.Collections.Immutable;

namespace Loyalty.Core.Ledger;

/// <content>Returns: what a reversal takes, from where, and what stays claimed.</content>
public static partial class LedgerDecider
{
    private static RefusalCode? Reverse(WalletBook book, LedgerCommand.Reverse reverse)
    {
        if (!IsValid(reverse.Points)) return RefusalCode.InvalidAmount;
        var shares = Shares(book, reverse);
        if (shares is null) return RefusalCode.ExceedsGrant;
        var draft = new ReturnDraft(book);
        foreach (var (lot, points) in shares) draft.Return(lot, points);
        book.Post(new EntryDraft(EntryType.Reverse, reverse.Key, reverse.InputHash, book.Now)
        {
            Postings = [.. draft.Postings],
            Claims = draft.Claims.Count == 0 ? [] : [.. draft.Claims],
            Cause = reverse.Cause,
        });
        return null;
    }

    /// <summary>
    /// How much of each lot is returned: the lot granted last first, none beyond what it granted. A lot that has left the document
    /// ended long ago: what falls to it stays a claim. Null: more than was granted.
    /// </summary>
    private static List<(LotState Lot, long Points)>? Shares(WalletBook book, LedgerCommand.Reverse reverse)
    {
        var shares = new List<(LotState, long)>();
        var open = reverse.Points;
        string? left = null;
        foreach (var lotId in reverse.LotIds.Reverse())
        {
            if (book.Find(lotId) is not { } lot)
            {
                left ??= lotId;
                continue;
            }

            var points = Math.Min(open, lot.Granted - lot.Undone);
            if (points > 0) shares.Add((lot, points));
            open -= points;
        }

        if (open == 0) return shares;
        if (left is null) return null;
        shares.Add((new LotState { LotId = left, GrantedAt = book.Now, Granted = open, Expired = open }, open));
        return shares;
    }

    /// <summary>Collects the postings of one reversal against a running view of what is left to take.</summary>
    private sealed class ReturnDraft(WalletBook book)
    {
        private readonly Dictionary<string, long> _taken = [];

        public List<LedgerPosting> Postings { get; } = [];
        public List<LotClaim> Claims { get; } = [];

        public void Return(LotState lot, long points)
        {
            var open = points;
            open -= Post(LedgerAccount.Pending, lot.LotId, Math.Min(open, lot.Pending));
            if (book.Policy != ReturnPolicy.OnlyPending)
            {
                open -= Own(lot, open);
                open -= Merged(lot, open, out var mergedExpired);
                var unowed = Math.Min(open, lot.Expired + mergedExpired);
                open -= unowed;
                open -= Cover(lot, open);
                if (book.Policy == ReturnPolicy.Negative) open -= Post(LedgerAccount.Arrears, lot.LotId, open);
                open += unowed;
            }

            if (open > 0) Claims.Add(new LotClaim(lot.LotId, open));
        }

        private long Own(LotState lot, long points) =>
            Post(LedgerAccount.Available, lot.LotId, Math.Min(points, Left(lot)));

        /// <summary>What was consolidated is taken where it went; what ended there is nobody's debt.</summary>
        private long Merged(LotState lot, long points, out long expired)
        {
            expired = 0;
            if (lot.MergedInto is null) return 0;
            var most = Math.Min(points, lot.Moved);
            var into = lot;
            while (into.MergedInto is { } next && book.Find(next) is { } found) into = found;
            if (into.LotId == lot.LotId) return 0;
            var taken = Math.Min(most, Left(into));
            expired = Math.Min(lot.Moved - taken, into.Expired);
            return Post(LedgerAccount.Available, into.LotId, taken, lot.LotId);
        }

        /// <summary>What was redeemed out of this lot is taken from the balance that other lots hold, those that end first first.</summary>
        private long Cover(LotState lot, long points)
        {
            var open = points;
            foreach (var other in Usable(book))
            {
                if (open == 0) break;
                var taken = Math.Min(open, Left(other));
                if (other.LotId == lot.LotId || taken == 0) continue;
                open -= Post(LedgerAccount.Available, other.LotId, taken, lot.LotId);
            }

            return points - open;
        }

        private long Left(LotState lot) => lot.Available - _taken.GetValueOrDefault(lot.LotId);

        private long Post(LedgerAccount from, string lotId, long points, string? forLot = null)
        {
            if (points == 0) return 0;
            Postings.Add(new LedgerPosting(from, LedgerAccount.Reversed, points, lotId, forLot));
            if (from == LedgerAccount.Available) _taken[lotId] = _taken.GetValueOrDefault(lotId) + points;
            return points;
        }
    }
}
