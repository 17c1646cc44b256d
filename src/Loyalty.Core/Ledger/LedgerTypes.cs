using System.Collections.Immutable;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Ledger;

/// <summary>
/// Where points can be. The balances of all accounts of a wallet always sum to 0: <see cref="Issued"/> and <see cref="Arrears"/> are 0 or
/// negative, <see cref="Moved"/> may be either, the others are 0 or positive.
/// </summary>
public enum LedgerAccount
{
    /// <summary>The program's side: minus everything ever granted.</summary>
    Issued,

    /// <summary>Granted, not usable yet.</summary>
    Pending,

    /// <summary>Usable: "the balance".</summary>
    Available,

    /// <summary>Reserved for a checkout under way.</summary>
    Held,

    /// <summary>Redeemed.</summary>
    Spent,

    /// <summary>Ended unused.</summary>
    Expired,

    /// <summary>Taken back.</summary>
    Reversed,

    /// <summary>Minus what the customer owes the program after a return of points already spent.</summary>
    Arrears,

    /// <summary>Taken by a person's correction.</summary>
    Adjusted,

    /// <summary>Gone to another lot (consolidation) or come from there; after each entry it sums to 0.</summary>
    Moved,
}

/// <summary>Kinds of entries and what each posts.</summary>
public enum EntryType
{
    /// <summary>issued → pending or available; opens a lot.</summary>
    Grant,

    /// <summary>pending → available.</summary>
    Activate,

    /// <summary>available → held.</summary>
    Hold,

    /// <summary>held → spent.</summary>
    Commit,

    /// <summary>held → available.</summary>
    Release,

    /// <summary>available → spent, or available → arrears where it repays what is owed.</summary>
    Spend,

    /// <summary>spent → available.</summary>
    Restore,

    /// <summary>available → expired.</summary>
    Expire,

    /// <summary>pending, available or arrears → reversed.</summary>
    Reverse,

    /// <summary>issued → available (opens a lot) or available → adjusted: made by a person, with actor and reason.</summary>
    Adjust,

    /// <summary>Posts nothing: lots end later (sliding expiry).</summary>
    Extend,

    /// <summary>available → moved → available: many small lots with one end become one.</summary>
    Consolidate,
}

/// <summary>What a reversal may take when the points of its lot are no longer there.</summary>
public enum ReturnPolicy
{
    /// <summary>Only points not yet usable; the rest stays a claim on the lot.</summary>
    OnlyPending,

    /// <summary>What the balance holds, the lot's own points first; the rest stays a claim on the lot.</summary>
    WithinBalance,

    /// <summary>As <see cref="WithinBalance"/>, and what was spent beyond is owed (arrears), repaid when points become available.</summary>
    Negative,
}

/// <summary>Bounds of the ledger.</summary>
public static class LedgerLimits
{
    /// <summary>Lots that one entry may name; a spend over more lots is several entries of one batch.</summary>
    public const int LotsPerEntry = 60;

    /// <summary>The largest entry: 10^15 points.</summary>
    public const long PointsPerEntry = 1_000_000_000_000_000;

    /// <summary>A hold lasts at most this long.</summary>
    public const int HoldMinutes = 30;

    /// <summary>Holds that may be open at a time.</summary>
    public const int OpenHolds = 20;

    /// <summary>Ended lots that stay in the wallet document (for returns and restores); the oldest leave first.</summary>
    public const int EndedLotsKept = 100;

    /// <summary>Open lots in the wallet document above which those with one and the same end are consolidated, the oldest first.</summary>
    public const int OpenLots = 240;

    /// <summary>Of the lots with one end the latest of these stay as they are, so that a return soon after finds its own lot.</summary>
    public const int RecentLotsKept = 30;

    /// <summary>The longest text an actor or a reason may have.</summary>
    public const int ReasonCharacters = 200;

    /// <summary>Due moments that one decision works off, oldest first; the rest follow with the next.</summary>
    public const int MomentsPerDecision = 40;
}

/// <summary>Points going from one account to another.</summary>
/// <param name="From">Becomes less.</param>
/// <param name="To">Becomes more.</param>
/// <param name="Points">1 or more.</param>
/// <param name="LotId">The lot whose points these are; for <see cref="LedgerAccount.Arrears"/> → reversed the lot whose return is owed.</param>
/// <param name="ForLot">Only of a reversal that took the points of <paramref name="LotId"/> for another lot: that other lot.</param>
public sealed record LedgerPosting(LedgerAccount From, LedgerAccount To, long Points, string LotId, string? ForLot = null);

/// <summary>A part of a lot's return that could not be taken (positive), or was taken later (negative).</summary>
public sealed record LotClaim(string LotId, long Points);

/// <summary>A lot that ends later than it did.</summary>
/// <param name="LotId">The lot.</param>
/// <param name="ExpiresAt">Its new end.</param>
public sealed record LotEnd(string LotId, NodaTime.Instant ExpiresAt);

/// <summary>One named input of a computation, kept for the explanation.</summary>
public sealed record EntryInput(string Name, AttributeValue Value)
{
    /// <summary>Name of the input that holds a formula's text.</summary>
    public const string Formula = "formula";

    /// <summary>A formula as it was written, and every value that it named and that was set; of a plain number nothing.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="source">What the formula read.</param>
    public static ImmutableArray<EntryInput> Of(Condition formula, IAttributeSource source)
    {
        if (formula.Expression is Expression.Literal) return [];
        var inputs = ImmutableArray.CreateBuilder<EntryInput>();
        inputs.Add(new EntryInput(Formula, formula.Text));
        foreach (var path in formula.Paths().Distinct(StringComparer.Ordinal))
        {
            if (source.Look(path) is not AttributeValue.Unset and var value) inputs.Add(new EntryInput(path, value));
        }

        return inputs.ToImmutable();
    }
}

/// <summary>How many of an entry's points belong to one line of the order; negative where a revision moved them away.</summary>
public sealed record LineShare(string LineId, long Points);

/// <summary>Why an entry was made: enough to explain it without looking anywhere else.</summary>
public sealed record EntryCause
{
    /// <summary>Nothing to say.</summary>
    internal static EntryCause None { get; } = new();

    /// <summary>The earning rule, or null.</summary>
    public string? RuleId { get; init; }

    /// <summary>The published version of the rule, or of the game, offer, referral plan or journey that <see cref="Reason"/> or <see cref="RunId"/> names.</summary>
    public int? RuleVersion { get; init; }
    public string? OrderId { get; init; }

    /// <summary><c>sale</c>, <c>refund:ID</c>, <c>edit:HASH</c> or <c>cancel</c>.</summary>
    public string? Revision { get; init; }

    /// <summary>A reason in the program's words: a journey's <c>reason:</c>, <c>registration</c>, <c>arrears</c>, …</summary>
    public string? Reason { get; init; }

    /// <summary>Who did it, where a person did.</summary>
    public string? Actor { get; init; }

    /// <summary>Who approved it, where approval was needed.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>The redemption it belongs to (spend, commit, restore).</summary>
    public string? RedemptionId { get; init; }

    /// <summary>The canonical event that earned it, where it is no order.</summary>
    public string? EventType { get; init; }

    /// <summary>The cap that bounded the amount, in words: <c>month 500</c>; null: none did.</summary>
    public string? CappedBy { get; init; }

    /// <summary>The run whose step did it, or null.</summary>
    public string? RunId { get; init; }

    /// <summary>What the amount was computed from.</summary>
    public ImmutableArray<EntryInput> Inputs { get; init; } = [];

    /// <summary>What the points are expected to cost, minor units of the program's currency; null: not told.</summary>
    public decimal? CostMinor { get; init; }

    /// <summary>The exact points before rounding, where a formula made them.</summary>
    public decimal? Exact { get; init; }

    /// <summary>How <see cref="Exact"/> became whole points; null: nothing to round.</summary>
    public string? Rounding { get; init; }

    /// <summary>The entry's points by line of the order; they sum to plus (grant) or minus (reverse) the entry's points.</summary>
    public ImmutableArray<LineShare> Lines { get; init; } = [];
}
