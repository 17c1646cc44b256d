using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>The ledger's rules: (wallet, command, now) → entries, or a refusal. Pure.</summary>
public static partial class LedgerDecider
{
    /// <summary>The entry id of a business key; look it up before deciding, and pass what is found as <c>existing</c>.</summary>
    public static string EntryIdOf(string customerId, string wallet, string key) =>
        Hashing.Id(26, "entry", customerId, wallet, key);

    /// <summary>
    /// Works off what is due (activate, then expire), does what the command asks, and works off what that made due.
    /// </summary>
    /// <param name="wallet">The wallet as stored.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="policy">The wallet's return policy.</param>
    /// <param name="now">The present.</param>
    /// <param name="existing">The entry stored under the command's key, or null.</param>
    public static LedgerDecision Decide(
        WalletState wallet,
        LedgerCommand command,
        ReturnPolicy policy,
        Instant now,
        LedgerEntry? existing = null)
    {
        if (existing is not null)
        {
            return existing.InputHash == command.InputHash
                ? new LedgerDecision.Repeated(existing)
                : new LedgerDecision.Refused(RefusalCode.KeyConflict);
        }

        var book = new WalletBook(wallet, policy, now);
        AdvanceTo(book);
        if (book.OpenLots > LedgerLimits.OpenLots) Consolidate(book);
        var refusal = command switch
        {
            LedgerCommand.Grant grant => Grant(book, grant),
            LedgerCommand.Spend spend => Spend(book, spend),
            LedgerCommand.Hold hold => Hold(book, hold),
            LedgerCommand.Commit commit => EndHold(book, commit, commit.HoldId, EntryType.Commit, commit.Cause),
            LedgerCommand.Release release => EndHold(book, release, release.HoldId, EntryType.Release, release.Cause),
            LedgerCommand.Reverse reverse => Reverse(book, reverse),
            LedgerCommand.Schedule schedule => Schedule(book, schedule),
            LedgerCommand.Restore restore => Restore(book, restore),
            LedgerCommand.Adjust adjust => Adjust(book, adjust),
            LedgerCommand.Extend extend => Extend(book, extend),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, null),
        };
        if (refusal is { } code) return new LedgerDecision.Refused(code);
        AdvanceTo(book);
        return book.Close();
    }

    /// <summary>
    /// Posts what is due at <paramref name="now"/>, in order of the moments; at one moment holds lapse, then lots activate, then lots expire.
    /// At most <see cref="LedgerLimits.MomentsPerDecision"/> moments; <see cref="WalletState.NextMoment"/> tells whether more are due.
    /// </summary>
    public static LedgerDecision.Posted Advance(WalletState wallet, ReturnPolicy policy, Instant now)
    {
        var book = new WalletBook(wallet, policy, now);
        AdvanceTo(book);
        return book.Close();
    }

    /// <summary>Whether <see cref="Advance"/> may change anything: something is due, or more ended lots lie in the wallet than it keeps.</summary>
    internal static bool MayAdvance(WalletState wallet, Instant now) =>
        wallet.NextMoment <= now || wallet.Lots.Length > LedgerLimits.EndedLotsKept;

    private static RefusalCode? Grant(WalletBook book, LedgerCommand.Grant grant)
    {
        if (!IsValid(grant.Points)) return RefusalCode.InvalidAmount;
        var isAvailable = grant.AvailableAt <= book.Now;
        var terms = new LotTermsOfGrant(grant.AvailableAt, grant.ExpiresAt) { EarnedAt = grant.EarnedAt, SlidingDays = grant.SlidingDays };
        var lotId = grant.LotId ?? LedgerCommand.LotIdOf(book.CustomerId, book.Wallet, grant.Key);
        Open(book, lotId, grant.Points, terms, grant.Cause);
        var to = isAvailable ? LedgerAccount.Available : LedgerAccount.Pending;
        book.Post(new EntryDraft(EntryType.Grant, grant.Key, "", book.Now)
        {
            Asked = grant,
            Postings = [new LedgerPosting(LedgerAccount.Issued, to, grant.Points, lotId)],
            Cause = grant.Cause,
            AvailableAt = grant.AvailableAt,
            ExpiresAt = grant.ExpiresAt,
        });
        if (isAvailable) book.RepayArrears(lotId, book.Now);
        return null;
    }

    private static void Open(WalletBook book, string lotId, long points, LotTermsOfGrant terms, EntryCause cause) => book.Open(new LotState
    {
        LotId = lotId,
        GrantedAt = book.Now,
        Granted = points,
        AvailableAt = terms.AvailableAt,
        ExpiresAt = terms.ExpiresAt,
        EarnedAt = terms.EarnedAt,
        SlidingDays = terms.SlidingDays,
        RuleId = cause.RuleId,
        OrderId = cause.OrderId,
    });

    private static RefusalCode? Spend(WalletBook book, LedgerCommand.Spend spend)
    {
        if (!IsValid(spend.Points)) return RefusalCode.InvalidAmount;
        if (Take(book, spend.Points) is not { } parts) return RefusalCode.InsufficientPoints;
        book.Post(new EntryDraft(EntryType.Spend, spend.Key, spend.InputHash, book.Now)
        {
            Postings = Postings(parts, LedgerAccount.Available, LedgerAccount.Spent),
            Cause = spend.Cause,
        });
        return null;
    }

    private static RefusalCode? Hold(WalletBook book, LedgerCommand.Hold hold)
    {
        if (!IsValid(hold.Points)) return RefusalCode.InvalidAmount;
        if (hold.ExpiresAt - book.Now > Duration.FromMinutes(LedgerLimits.HoldMinutes)) return RefusalCode.HoldTooLong;
        if (hold.ExpiresAt <= book.Now) return RefusalCode.HoldExpired;
        if (book.Holds.Length >= LedgerLimits.OpenHolds) return RefusalCode.TooManyHolds;
        if (Take(book, hold.Points) is not { } parts) return RefusalCode.InsufficientPoints;
        book.Holds = book.Holds.Add(new HoldState(hold.Key, hold.ExpiresAt, [.. parts]));
        book.Post(new EntryDraft(EntryType.Hold, hold.Key, hold.InputHash, book.Now)
        {
            Postings = Postings(parts, LedgerAccount.Available, LedgerAccount.Held),
            Cause = hold.Cause,
            ExpiresAt = hold.ExpiresAt,
            HoldId = hold.Key,
        });
        return null;
    }

    private static RefusalCode? EndHold(WalletBook book, LedgerCommand command, string holdId, EntryType type, EntryCause cause)
    {
        var hold = book.Holds.FirstOrDefault(open => open.HoldId == holdId);
        if (hold is null) return RefusalCode.HoldExpired;
        EndHold(book, hold, new EntryDraft(type, command.Key, command.InputHash, book.Now) { Cause = cause });
        return null;
    }

    private static void EndHold(WalletBook book, HoldState hold, in EntryDraft draft)
    {
        var to = draft.Type == EntryType.Commit ? LedgerAccount.Spent : LedgerAccount.Available;
        book.Holds = book.Holds.Remove(hold);
        book.Post(draft with { Postings = Postings(hold.Parts, LedgerAccount.Held, to), HoldId = hold.HoldId });
        if (to == LedgerAccount.Spent) return;
        foreach (var part in hold.Parts)
        {
            PayClaim(book, part.LotId, draft.At);
            book.RepayArrears(part.LotId, draft.At);
        }
    }

    /// <summary>Points that come back to a lot pay its claim first, unless the policy never takes usable points.</summary>
    private static void PayClaim(WalletBook book, string lotId, Instant at)
    {
        if (book.Policy == ReturnPolicy.OnlyPending || book.Find(lotId) is not { } lot) return;
        var points = Math.Min(lot.Claim, lot.Available);
        if (points == 0) return;
        book.Post(new EntryDraft(EntryType.Reverse, book.OwnKey("claim"), "", at)
        {
            Postings = [new LedgerPosting(LedgerAccount.Available, LedgerAccount.Reversed, points, lotId)],
            Claims = [new LotClaim(lotId, -points)],
            Cause = new EntryCause { Reason = "claim", OrderId = lot.OrderId, RuleId = lot.RuleId },
        });
    }

    private static RefusalCode? Schedule(WalletBook book, LedgerCommand.Schedule schedule)
    {
        if (book.Find(schedule.LotId) is { Pending: > 0 } lot && (lot.AvailableAt != schedule.AvailableAt || lot.ExpiresAt != schedule.ExpiresAt))
            book.Change(lot with { AvailableAt = schedule.AvailableAt, ExpiresAt = schedule.ExpiresAt });
        return null;
    }

    private static bool IsValid(long points) => points is > 0 and <= LedgerLimits.PointsPerEntry;

    /// <summary>Which lots a redemption takes from: what ends first goes first, then what was granted first. Null: not enough.</summary>
    private static List<LotPart>? Take(WalletBook book, long points)
    {
        if (TakeFrom(book, points) is not { } taken) return null;
        if (taken.Count <= LedgerLimits.LotsPerEntry) return taken;
        Consolidate(book);
        return TakeFrom(book, points);
    }

    private static List<LotPart>? TakeFrom(WalletBook book, long points)
    {
        var parts = new List<LotPart>();
        var open = points;
        foreach (var lot in Usable(book))
        {
            if (open == 0) break;
            var taken = Math.Min(open, lot.Available);
            parts.Add(new LotPart(lot.LotId, taken));
            open -= taken;
        }

        return open == 0 ? parts : null;
    }

    /// <summary>A lot past its end is never used, also where its expiry is not posted yet. The sort is stable: granted first goes first.</summary>
    private static IEnumerable<LotState> Usable(WalletBook book) => book.Lots
        .Where(lot => lot.Available > 0 && (lot.ExpiresAt is null || lot.ExpiresAt > book.Now))
        .OrderBy(static lot => lot.ExpiresAt ?? Instant.MaxValue);

    private static ImmutableArray<LedgerPosting> Postings(IEnumerable<LotPart> parts, LedgerAccount from, LedgerAccount to) =>
        [.. parts.Select(part => new LedgerPosting(from, to, part.Points, part.LotId))];

    private readonly record struct LotTermsOfGrant(Instant? AvailableAt, Instant? ExpiresAt)
    {
        public Instant? EarnedAt { get; init; }
        public int? SlidingDays { get; init; }
    }
}
