using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>
/// One wallet of one customer: the document under whose ETag entries are posted. It follows from the entries alone
/// (<see cref="LedgerBooks"/> checks it) and exists so that a decision needs no scan.
/// </summary>
public sealed record WalletState
{
    public required string CustomerId { get; init; }

    /// <summary>The point type, e.g. <c>spendable</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Sequence of the last entry; 0: none yet.</summary>
    public long Sequence { get; init; }
    public WalletBalances Balances { get; init; } = WalletBalances.Zero;

    /// <summary>In the order they were granted: all that hold points, and the latest that ended.</summary>
    public ImmutableArray<LotState> Lots { get; init; } = [];

    /// <summary>Open holds.</summary>
    public ImmutableArray<HoldState> Holds { get; init; } = [];

    /// <summary>The next activation, expiry or lapse of a hold; null: none.</summary>
    [JsonIgnore]
    public Instant? NextMoment
    {
        get
        {
            Instant? next = null;
            foreach (var hold in Holds) next = Earlier(next, hold.ExpiresAt);
            foreach (var lot in Lots)
            {
                if (lot.Pending > 0) next = Earlier(next, lot.AvailableAt);
                if (lot.Available > 0) next = Earlier(next, lot.ExpiresAt);
            }

            return next;
        }
    }

    /// <summary>The lot, or null where it was never here or has left the document.</summary>
    public LotState? Lot(string lotId)
    {
        foreach (var lot in Lots)
        {
            if (lot.LotId == lotId) return lot;
        }

        return null;
    }

    /// <summary>This wallet with lots that had left the document put back in front, so that a decision may name them.</summary>
    /// <param name="lots">As they were kept; those that are here already are left out.</param>
    public WalletState Recall(IEnumerable<LotState> lots)
    {
        ImmutableArray<LotState> absent = [.. lots.Where(lot => Lot(lot.LotId) is null)];
        return absent.IsEmpty ? this : this with { Lots = [.. absent, .. Lots] };
    }

    /// <summary>Wallets in the order of their names, with others in the place of those of the same names; the same where nothing is another.</summary>
    public static ImmutableArray<WalletState> Join(ImmutableArray<WalletState> wallets, ImmutableArray<WalletState> others)
    {
        foreach (var other in others) wallets = With(wallets, other);
        return wallets;
    }

    internal static ImmutableArray<WalletState> With(ImmutableArray<WalletState> wallets, WalletState other)
    {
        var at = 0;
        while (at < wallets.Length && string.CompareOrdinal(wallets[at].Name, other.Name) < 0) at++;
        if (at == wallets.Length || wallets[at].Name != other.Name) return wallets.Insert(at, other);
        return ReferenceEquals(wallets[at], other) ? wallets : wallets.SetItem(at, other);
    }

    private static Instant? Earlier(Instant? a, Instant? b) => a is null || b < a ? b ?? a : a;
}

/// <summary>The balance of each account; they sum to 0.</summary>
public sealed record WalletBalances
{
    /// <summary>All 0.</summary>
    internal static WalletBalances Zero { get; } = new();

    public WalletBalances()
    {
    }

    private WalletBalances(WalletBalances known, LedgerPosting posting)
        : this(known)
    {
        var points = posting.Points;
        switch (posting.From)
        {
            case LedgerAccount.Issued: Issued -= points; break;
            case LedgerAccount.Pending: Pending -= points; break;
            case LedgerAccount.Available: Available -= points; break;
            case LedgerAccount.Held: Held -= points; break;
            case LedgerAccount.Spent: Spent -= points; break;
            case LedgerAccount.Expired: Expired -= points; break;
            case LedgerAccount.Reversed: Reversed -= points; break;
            case LedgerAccount.Arrears: Arrears -= points; break;
            case LedgerAccount.Adjusted: Adjusted -= points; break;
            case LedgerAccount.Moved: Moved -= points; break;
            default: throw new ArgumentOutOfRangeException(nameof(posting), posting.From, null);
        }

        switch (posting.To)
        {
            case LedgerAccount.Issued: Issued += points; break;
            case LedgerAccount.Pending: Pending += points; break;
            case LedgerAccount.Available: Available += points; break;
            case LedgerAccount.Held: Held += points; break;
            case LedgerAccount.Spent: Spent += points; break;
            case LedgerAccount.Expired: Expired += points; break;
            case LedgerAccount.Reversed: Reversed += points; break;
            case LedgerAccount.Arrears: Arrears += points; break;
            case LedgerAccount.Adjusted: Adjusted += points; break;
            case LedgerAccount.Moved: Moved += points; break;
            default: throw new ArgumentOutOfRangeException(nameof(posting), posting.To, null);
        }
    }

    public long Issued { get; init; }
    public long Pending { get; init; }
    public long Available { get; init; }
    public long Held { get; init; }
    public long Spent { get; init; }
    public long Expired { get; init; }
    public long Reversed { get; init; }
    public long Arrears { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Adjusted { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Moved { get; init; }

    /// <summary>All accounts together: 0 in sound books, because every posting takes from one what it gives to another.</summary>
    [JsonIgnore]
    public long Total => Issued + Pending + Available + Held + Spent + Expired + Reversed + Arrears + Adjusted + Moved;

    /// <summary>Account by account, as for several wallets together.</summary>
    /// <exception cref="OverflowException">A balance leaves the range of <see cref="long"/>.</exception>
    public WalletBalances Plus(WalletBalances other) => new()
    {
        Issued = Issued + other.Issued,
        Pending = Pending + other.Pending,
        Available = Available + other.Available,
        Held = Held + other.Held,
        Spent = Spent + other.Spent,
        Expired = Expired + other.Expired,
        Reversed = Reversed + other.Reversed,
        Arrears = Arrears + other.Arrears,
        Adjusted = Adjusted + other.Adjusted,
        Moved = Moved + other.Moved,
    };

    /// <exception cref="OverflowException">A balance leaves the range of <see cref="long"/>.</exception>
    public WalletBalances Post(LedgerPosting posting) => new(this, posting);
}

/// <summary>
/// Points granted together. Always granted = pending + available + held + spent + expired + reversed + moved; <see cref="Undone"/> ≤ granted.
/// </summary>
public sealed record LotState
{
    public LotState()
    {
    }

    [SetsRequiredMembers]
    private LotState(LotState known, LedgerPosting posting)
        : this(known)
    {
        var points = posting.Points;
        switch (posting.From)
        {
            case LedgerAccount.Pending: Pending -= points; break;
            case LedgerAccount.Available: Available -= points; break;
            case LedgerAccount.Held: Held -= points; break;
            case LedgerAccount.Spent: Spent -= points; break;
            case LedgerAccount.Expired: Expired -= points; break;
            case LedgerAccount.Reversed: Reversed -= points; break;
            default: break;
        }

        switch (posting.To)
        {
            case LedgerAccount.Pending: Pending += points; break;
            case LedgerAccount.Available: Available += points; break;
            case LedgerAccount.Held: Held += points; break;
            case LedgerAccount.Moved: Moved += points; break;
            case LedgerAccount.Spent or LedgerAccount.Arrears or LedgerAccount.Adjusted: Spent += points; break;
            case LedgerAccount.Expired: Expired += points; break;
            case LedgerAccount.Reversed when posting.From == LedgerAccount.Arrears: Undone += points; break;
            case LedgerAccount.Reversed when posting.ForLot is not null: Spent += points; break;
            case LedgerAccount.Reversed:
                Reversed += points;
                Undone += points;
                break;
            default: break;
        }
    }

    public required string LotId { get; init; }
    public required Instant GrantedAt { get; init; }
    public required long Granted { get; init; }
    public long Pending { get; init; }
    public long Available { get; init; }
    public long Held { get; init; }

    /// <summary>Redeemed, given for what was owed elsewhere, or taken by a correction.</summary>
    public long Spent { get; init; }
    public long Expired { get; init; }

    /// <summary>Taken back out of this lot for its own return.</summary>
    public long Reversed { get; init; }

    /// <summary>Gone to another lot of this wallet (<see cref="MergedInto"/>) or to another customer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Moved { get; init; }

    /// <summary>Returned but not taken: the policy could not.</summary>
    public long Claim { get; init; }

    /// <summary>Everything of this lot that was returned: taken from it, taken from other lots, owed, or claimed.</summary>
    public long Undone { get; init; }

    /// <summary>null: waits for an event (fulfilment).</summary>
    public Instant? AvailableAt { get; init; }

    /// <summary>From this instant on ended; null: never.</summary>
    public Instant? ExpiresAt { get; init; }
    public string? RuleId { get; init; }
    public string? OrderId { get; init; }

    /// <summary>When it was earned (payment of the order, the event); null: when it was granted. Tiers count it there.</summary>
    public Instant? EarnedAt { get; init; }

    /// <summary>Of sliding expiry: each paid order moves the end to so many full days after it; null: the end is fixed.</summary>
    public int? SlidingDays { get; init; }

    /// <summary>A restore has given it a new end once; there is no second time. null: no.</summary>
    public bool? IsGraceUsed { get; init; }

    /// <summary>The lot its usable points were consolidated into.</summary>
    public string? MergedInto { get; init; }

    /// <summary>The smallest "days before" of which <c>points.expiring</c> was told.</summary>
    public int? WarnedBeforeDays { get; init; }

    [JsonIgnore]
    public bool IsEnded => Pending == 0 && Available == 0 && Held == 0;

    /// <summary>The lot after a posting of its own points (or of what is owed for it).</summary>
    /// <exception cref="OverflowException">A balance leaves the range of <see cref="long"/>.</exception>
    public LotState Post(LedgerPosting posting) => new(this, posting);

    /// <summary>The lot after a claim was made (positive) or paid off (negative).</summary>
    public LotState Post(LotClaim claim) => this with { Claim = Claim + claim.Points, Undone = Undone + claim.Points };
}

/// <summary>Points reserved for a checkout: which lots, until when.</summary>
/// <param name="HoldId">The key it was made with.</param>
/// <param name="ExpiresAt">From this instant on lapsed.</param>
/// <param name="Parts">Points by lot.</param>
public sealed record HoldState(string HoldId, Instant ExpiresAt, ImmutableArray<LotPart> Parts);

/// <summary>Points of one lot, 1 or more.</summary>
public sealed record LotPart(string LotId, long Points);
