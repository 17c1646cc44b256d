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
    /// Returns points of the named lots, the last lot first. What is pending goes first; the rest as the policy says. Points that already
    /// expired are nobody's debt: they become a claim under every policy. Refused: <see cref="RefusalCode.ExceedsGrant"/>.
    /// </summary>
    public sealed record Reverse(string BusinessKey, long Points, ImmutableArray<string> LotIds, EntryCause Cause)
        : LedgerCommand(BusinessKey)
    {
        public override string InputHash => Hash("reverse", Points, [.. LotIds]);
    }

    /// <summary>Says when a lot that waited (or waits differently) becomes usable and when it ends; posts nothing by itself.</summary>
    public sealed record Schedule(string LotId, Instant AvailableAt, Instant? ExpiresAt) : LedgerCommand("schedule:" + LotId)
    {
        public override string InputHash => "";
    }

    /// <summary>The id of the lot that a grant with this key opens.</summary>
    public static string LotIdOf(string customerId, string wallet, string key) => Hashing.Id(20, "lot", customerId, wallet, key);

    private static string Hash(string type, long points, params ReadOnlySpan<string?> parts)
    {
        var all = new string[parts.Length + 2];
        all[0] = type;
        all[1] = points.ToString(System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < parts.Length; i++) all[i + 2] = parts[i] ?? "";
        return Hashing.Id(26, all);
    }
}

/// <summary>What became of a command. A closed set.</summary>
public abstract record LedgerDecision
{
    private LedgerDecision()
    {
    }

    /// <summary>Posted; <see cref="Entries"/> also holds activations and expiries that were due before and after it.</summary>
    public sealed record Posted(WalletState Wallet, ImmutableArray<LedgerEntry> Entries) : LedgerDecision;

    /// <summary>The key was used before with the same input: that entry is the answer, nothing is posted.</summary>
    public sealed record Repeated(LedgerEntry Entry) : LedgerDecision;

    /// <summary>Nothing is posted.</summary>
    public sealed record Refused(RefusalCode Code) : LedgerDecision;
}
