using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>What is asked of a wallet. <see cref="Key"/> makes it idempotent. A closed set.</summary>
public abstract record LedgerCommand
{
    private LedgerCommand(string key) => Key = key;

    /// <summary>The business key; the same key with the same input answers with the entry that is there.</summary>
    public string Key { get; }

    /// <summary>Hash of the business input (never of clocks), see <see cref="LedgerEntry.InputHash"/>.</summary>
    public abstract string InputHash { get; }

    /// <summary><see cref="InputHash"/>, for whoever asks for it later.</summary>
    internal string HashOfInput() => InputHash;

    /// <summary>Opens a lot.</summary>
    /// <param name="BusinessKey">The key.</param>
    /// <param name="Points">1 or more.</param>
    /// <param name="AvailableAt">Usable from then on (now or earlier: at once); null: when <see cref="Schedule"/> says.</param>
    /// <param name="ExpiresAt">Ended from then on; null: never.</param>
    /// <param name="Cause">Why.</param>
    public sealed record Grant(string BusinessKey, long Points, Instant? AvailableAt, Instant? ExpiresAt, EntryCause Cause)
        : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("grant", Points, Cause.RuleId, Cause.OrderId, Cause.Revision, Cause.Reason);

        /// <summary>When it was earned, where that is not now: payment of the order. Tiers count the lot there.</summary>
        public Instant? EarnedAt { get; init; }

        /// <summary>Of sliding expiry, see <see cref="LotState.SlidingDays"/>.</summary>
        public int? SlidingDays { get; init; }

        /// <summary><see cref="LotIdOf"/>, where whoever planned the grant had to know it; null: the ledger works it out.</summary>
        internal string? LotId { get; init; }
    }

    /// <summary>Redeems at once, lots that end first first. Refused: <see cref="RefusalCode.InsufficientPoints"/>.</summary>
    public sealed record Spend(string BusinessKey, long Points, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("spend", Points, Cause.OrderId, Cause.Reason);
    }

    /// <summary>
    /// Reserves until <paramref name="ExpiresAt"/>. Refused: <c>InsufficientPoints</c>, <c>HoldTooLong</c>, <c>HoldExpired</c>, <c>TooManyHolds</c>.
    /// </summary>
    public sealed record Hold(string BusinessKey, long Points, Instant ExpiresAt, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("hold", Points, Cause.OrderId, Cause.Reason);
    }

    /// <summary>Redeems what a hold reserved. Refused: <see cref="RefusalCode.HoldExpired"/>.</summary>
    public sealed record Commit(string BusinessKey, string HoldId, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("commit", 0, HoldId);
    }

    /// <summary>Gives back what a hold reserved. Refused: <see cref="RefusalCode.HoldExpired"/>.</summary>
    public sealed record Release(string BusinessKey, string HoldId, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("release", 0, HoldId);
    }

    /// <summary>
    /// Gives back redeemed points to the lots they were taken from, in reverse order of use; each lot's claim is paid first. A lot that has ended
    /// meanwhile gets the end <paramref name="GraceEndsAt"/>, once; the second time its points end at once.
    /// Refused: <see cref="RefusalCode.InvalidAmount"/>, <see cref="RefusalCode.ExceedsRedemption"/>.
    /// </summary>
    /// <param name="BusinessKey">The key.</param>
    /// <param name="Redemption">What was redeemed; the caller keeps <see cref="RedemptionState.AfterRestore"/> in the same batch.</param>
    /// <param name="Points">1 to what is left of the redemption.</param>
    /// <param name="GraceEndsAt">After now.</param>
    /// <param name="Cause">Why.</param>
    public sealed record Restore(string BusinessKey, RedemptionState Redemption, long Points, Instant GraceEndsAt, EntryCause Cause)
        : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("restore", Points, Redemption.RedemptionId);
    }

    /// <summary>
    /// Returns points of the named lots, the last lot first. What is pending goes first; the rest as the policy says. Points that already
    /// expired are nobody's debt: they become a claim under every policy. Refused: <see cref="RefusalCode.ExceedsGrant"/>.
    /// </summary>
    public sealed record Reverse(string BusinessKey, long Points, ImmutableArray<string> LotIds, EntryCause Cause)
        : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("reverse", Points, [.. LotIds]);
    }

    /// <summary>
    /// A person's correction: more (opens a lot) or less (lots that end first first). Refused: <see cref="RefusalCode.InvalidAmount"/>,
    /// <see cref="RefusalCode.InvalidField"/> without actor or reason, <see cref="RefusalCode.InsufficientPoints"/>.
    /// </summary>
    /// <param name="BusinessKey">The key.</param>
    /// <param name="Points">Not 0.</param>
    /// <param name="ExpiresAt">Of the lot; null: never.</param>
    /// <param name="Cause">With <see cref="EntryCause.Actor"/> and <see cref="EntryCause.Reason"/>.</param>
    public sealed record Adjust(string BusinessKey, long Points, Instant? ExpiresAt, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("adjust", Points, Cause.Reason);
    }

    /// <summary>Says when a lot that waited (or waits differently) becomes usable and when it ends; posts nothing by itself.</summary>
    public sealed record Schedule(string LotId, Instant AvailableAt, Instant? ExpiresAt) : LedgerCommand("schedule:" + LotId)
    {
        public override string InputHash => "";
    }

    /// <summary>Moves the ends of lots with sliding expiry; an end never comes nearer, and a lot that has ended stays ended.</summary>
    /// <param name="BusinessKey">The key, of the activity that keeps the points alive.</param>
    /// <param name="Ends">For each number of days that slides: the end that follows from the activity.</param>
    /// <param name="Cause">Why.</param>
    public sealed record Extend(string BusinessKey, ImmutableArray<SlidingEnd> Ends, EntryCause Cause) : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("extend", 0, Cause.OrderId);
    }

    /// <summary>The id of the lot that a grant with this key opens.</summary>
    public static string LotIdOf(string customerId, string wallet, string key) => Hashing.Id(20, "lot", customerId, wallet, key);

    /// <summary>A lot of a balance brought from another system.</summary>
    /// <param name="source">That system.</param>
    /// <param name="number">Which of the customer's lots there; the same one is opened once.</param>
    /// <param name="points">1 or more.</param>
    /// <param name="earnedAt">When it was earned there; null: not known.</param>
    /// <param name="expiresAt">Its end; null: never.</param>
    /// <param name="now">The present: it is usable at once.</param>
    public static Grant Opening(string source, string number, long points, Instant? earnedAt, Instant? expiresAt, Instant now) =>
        new($"opening:{source}|{number}", points, now, expiresAt, new EntryCause { Reason = "opening-balance" }) { EarnedAt = earnedAt };

    private static string Hash(string type, long points, params ReadOnlySpan<string?> parts)
    {
        var all = new string[parts.Length + 2];
        all[0] = type;
        all[1] = points.ToString(System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < parts.Length; i++) all[i + 2] = parts[i] ?? "";
        return Hashing.Id(26, all);
    }
}

/// <summary>The end that an activity gives to lots which slide by so many days.</summary>
/// <param name="Days">Days after the activity.</param>
/// <param name="ExpiresAt">24:00 of the last of them in the program's zone.</param>
public sealed record SlidingEnd(int Days, Instant ExpiresAt);

/// <summary>What became of a command. A closed set.</summary>
public abstract record LedgerDecision
{
    private LedgerDecision()
    {
    }

    /// <summary>Posted; <see cref="Entries"/> also holds activations and expiries that were due before and after it.</summary>
    public sealed record Posted(WalletState Wallet, ImmutableArray<LedgerEntry> Entries) : LedgerDecision
    {
        /// <summary>Ended lots that leave the wallet document; kept one by one, they come back by <see cref="WalletState.Recall"/>.</summary>
        public ImmutableArray<LotState> Retired { get; init; } = [];
    }

    /// <summary>The key was used before with the same input: that entry is the answer, nothing is posted.</summary>
    public sealed record Repeated(LedgerEntry Entry) : LedgerDecision;

    /// <summary>Nothing is posted.</summary>
    public sealed record Refused(RefusalCode Code) : LedgerDecision;
}
