using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Ledger;

/// <summary>A wallet while one decision is made: postings change lots and balances together, so they cannot come apart.</summary>
internal sealed class WalletBook(WalletState wallet, ReturnPolicy policy, Instant now)
{
    private readonly List<LotState> _lots = CopyOf(wallet.Lots);
    private ImmutableArray<LedgerEntry> _entries = [];
    private WalletBalances _balances = wallet.Balances;
    private long _sequence = wallet.Sequence;
    private Instant _latest = Instant.MinValue;

    public Instant Now { get; } = now;
    public ReturnPolicy Policy { get; } = policy;
    public string CustomerId => wallet.CustomerId;
    public string Wallet => wallet.Name;
    public WalletBalances Balances => _balances;
    public List<LotState> Lots => _lots;
    public ImmutableArray<HoldState> Holds { get; set; } = wallet.Holds;

    /// <summary>The key of an entry that the ledger makes by itself: its place in the wallet.</summary>
    public string OwnKey(string what) => $"{what}:{_sequence + 1}";

    public LotState? Find(string lotId)
    {
        var index = IndexOf(lotId);
        return index < 0 ? null : _lots[index];
    }

    /// <summary>Lots that hold points.</summary>
    public int OpenLots
    {
        get
        {
            var open = 0;
            foreach (var lot in _lots)
            {
                if (!lot.IsEnded) open++;
            }

            return open;
        }
    }

    public void Open(LotState lot) => _lots.Add(lot);

    /// <summary>Opens a lot in the place of another, so that it is used in that one's turn.</summary>
    public void OpenAt(string lotId, LotState lot) => _lots.Insert(_lots.FindIndex(other => other.LotId == lotId), lot);

    public void Change(LotState lot)
    {
        _lots[IndexOf(lot.LotId)] = lot;
    }

    private int IndexOf(string lotId)
    {
        for (var i = 0; i < _lots.Count; i++)
        {
            if (_lots[i].LotId == lotId) return i;
        }

        return -1;
    }

    /// <summary>Posts one entry, or several of at most 60 lots each (<c>key</c>, <c>key#2</c>, …).</summary>
    public void Post(in EntryDraft draft)
    {
        if (draft.IsWhole || draft.Postings.Length <= LedgerLimits.LotsPerEntry)
        {
            PostPart(draft, 1, draft.Postings);
            return;
        }

        var rest = draft.Postings;
        for (var part = 1; !rest.IsEmpty; part++)
        {
            var count = Math.Min(rest.Length, LedgerLimits.LotsPerEntry);
            PostPart(draft, part, rest[..count]);
            rest = rest[count..];
        }
    }

    /// <summary>Repays what is owed from points that just became available, as a spend of their lot.</summary>
    public void RepayArrears(string lotId, Instant at)
    {
        var lot = Find(lotId);
        var points = Math.Min(-_balances.Arrears, lot?.Available ?? 0);
        if (points <= 0) return;
        Post(new EntryDraft(EntryType.Spend, OwnKey("arrears"), "", at)
        {
            Postings = [new LedgerPosting(LedgerAccount.Available, LedgerAccount.Arrears, points, lotId)],
            Cause = new EntryCause { Reason = "arrears" },
        });
    }

    public LedgerDecision.Posted Close()
    {
        var lots = Trimmed(out var retired);
        var state = wallet with { Sequence = _sequence, Balances = _balances, Lots = lots, Holds = Holds };
        return new LedgerDecision.Posted(state, _entries) { Retired = retired };
    }

    private void PostPart(in EntryDraft draft, int part, ImmutableArray<LedgerPosting> postings)
    {
        foreach (var posting in postings) Move(posting);
        if (part == 1)
        {
            foreach (var claim in draft.Claims) Claim(claim);
        }

        _sequence++;
        _latest = Instant.Max(_latest, draft.At);
        var key = part == 1 ? draft.Key : $"{draft.Key}#{part}";
        _entries = _entries.Add(new LedgerEntry
        {
            EntryId = LedgerDecider.EntryIdOf(CustomerId, Wallet, key),
            Key = key,
            InputHash = draft.InputHash,
            Asked = draft.Asked,
            Sequence = _sequence,
            Type = draft.Type,
            CustomerId = CustomerId,
            Wallet = Wallet,
            At = _latest,
            PostedAt = Now,
            Postings = postings,
            Claims = part == 1 ? draft.Claims : [],
            Cause = draft.Cause,
            AvailableAt = draft.AvailableAt,
            ExpiresAt = draft.ExpiresAt,
            HoldId = draft.HoldId,
            Extended = part == 1 ? draft.Extended : null,
        });
    }

    private void Move(LedgerPosting posting)
    {
        _balances = _balances.Post(posting);
        if (IndexOf(posting.LotId) is >= 0 and var at) _lots[at] = _lots[at].Post(posting);
        if (posting.ForLot is not null && Find(posting.ForLot) is { } returned)
            Change(returned with { Undone = returned.Undone + posting.Points });
    }

    private void Claim(LotClaim claim)
    {
        if (Find(claim.LotId) is { } lot) Change(lot.Post(claim));
    }

    /// <summary>With room for one more: most commands open a lot.</summary>
    private static List<LotState> CopyOf(ImmutableArray<LotState> lots)
    {
        var copy = new List<LotState>(lots.Length + 1);
        copy.AddRange(lots.AsSpan());
        return copy;
    }

    private ImmutableArray<LotState> Trimmed(out ImmutableArray<LotState> retired)
    {
        retired = [];
        var surplus = _lots.Count - OpenLots - LedgerLimits.EndedLotsKept;
        if (surplus <= 0) return [.. _lots];
        var kept = ImmutableArray.CreateBuilder<LotState>(_lots.Count);
        var left = ImmutableArray.CreateBuilder<LotState>(surplus);
        foreach (var lot in _lots)
        {
            if (lot.IsEnded && left.Count < surplus) left.Add(lot);
            else kept.Add(lot);
        }

        retired = left.ToImmutable();
        return kept.ToImmutable();
    }
}

/// <summary>An entry before it has its place in the wallet.</summary>
internal readonly record struct EntryDraft(EntryType Type, string Key, string InputHash, Instant At)
{
    public ImmutableArray<LedgerPosting> Postings { get; init; } = [];

    /// <summary>The command whose input hash stands in the entry, instead of <see cref="InputHash"/>.</summary>
    public LedgerCommand? Asked { get; init; }
    public ImmutableArray<LotClaim> Claims { get; init; } = [];
    public EntryCause Cause { get; init; } = EntryCause.None;
    public Instant? AvailableAt { get; init; }
    public Instant? ExpiresAt { get; init; }
    public string? HoldId { get; init; }
    public ImmutableArray<LotEnd>? Extended { get; init; }

    /// <summary>True: never split, since its parts say nothing alone; it names at most 60 lots by itself.</summary>
    public bool IsWhole { get; init; }
}
