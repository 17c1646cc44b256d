using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>The customer's documents while one decision is made.</summary>
internal sealed partial class CustomerDraft
{
    // Far more reviews than anybody can miss; a bound all the same.
    private const int MostReviews = 200;
    private readonly CustomerSnapshot _snapshot;
    // A customer has one wallet, or two: an array is looked through faster than a table is made. Sorted by name.
    private ImmutableArray<WalletState> _wallets;
    private List<Occurrence>? _occurrences;
    private ImmutableArray<LedgerEntry> _entries = [];
    private Dictionary<(string Wallet, string LotId), LotState>? _retired;
    private ImmutableArray<string> _notes = [];

    /// <param name="snapshot">What is stored.</param>
    /// <param name="program">The program.</param>
    /// <param name="now">The present.</param>
    /// <param name="firstKnownAt">Of somebody without a record.</param>
    /// <param name="advances">False: what is due in the wallets is left to the next decision.</param>
    public CustomerDraft(CustomerSnapshot snapshot, ProgramModel program, Instant now, Instant firstKnownAt, bool advances = true)
    {
        (_snapshot, Program, Now) = (snapshot, program, now);
        _wallets = IsInOrder(snapshot.Wallets) ? snapshot.Wallets : [];
        if (_wallets.IsEmpty)
        {
            foreach (var wallet in snapshot.Wallets) Store(wallet);
        }

        Customer = snapshot.Customer ?? new CustomerState { CustomerId = snapshot.CustomerId, CreatedAt = firstKnownAt, KnownSince = now };
        Person = snapshot.Person ?? new PersonState { CustomerId = snapshot.CustomerId };
        Redemptions = snapshot.Redemptions;
        if (!advances) return;
        foreach (var wallet in snapshot.Wallets)
        {
            if (LedgerDecider.MayAdvance(wallet, now)) Keep(wallet, LedgerDecider.Advance(wallet, PolicyOf(wallet.Name), now));
        }
    }

    public ProgramModel Program { get; }
    public Instant Now { get; }
    public PersonState Person { get; set; }
    public OrderState? Order { get; set; }

    /// <inheritdoc cref="CustomerSnapshot.IsReport"/>
    public bool IsReport => _snapshot.IsReport;

    /// <summary>Every wallet, changed or not, by name.</summary>
    public ImmutableArray<WalletState> AllWallets => _wallets;

    /// <summary>The redemptions that paid the order, as changed so far.</summary>
    public ImmutableArray<RedemptionState> Redemptions { get; private set; }

    /// <inheritdoc cref="CustomerSnapshot.Budgets"/>
    public ImmutableDictionary<string, long> Budgets => _snapshot.Budgets;

    /// <inheritdoc cref="CustomerSnapshot.IgnoresBudgets"/>
    public bool IgnoresBudgets => _snapshot.IgnoresBudgets;

    public IEnumerable<WalletState> WalletsWithSlidingLots()
    {
        foreach (var wallet in _wallets)
        {
            if (wallet.Lots.Any(static lot => lot.SlidingDays is not null && !lot.IsEnded)) yield return wallet;
        }
    }

    public void Keep(RedemptionState redemption) =>
        Redemptions = [.. Redemptions.Where(one => one.RedemptionId != redemption.RedemptionId), redemption];

    public void Tell(Occurrence occurrence) => (_occurrences ??= []).Add(occurrence);

    public void Note(string note) => _notes = _notes.Add(note);

    /// <summary>Posts to a wallet, which is opened at its first posting.</summary>
    public LedgerDecision Post(string wallet, LedgerCommand command, LedgerEntry? existing = null)
    {
        var state = Find(wallet) ?? new WalletState { CustomerId = CustomerId, Name = wallet };
        var decision = LedgerDecider.Decide(state, Costed(wallet, command), PolicyOf(wallet), Now, existing);
        if (decision is LedgerDecision.Posted posted) Keep(state, posted);
        return decision;
    }

    /// <summary>Whatever gives points keeps what they are expected to cost.</summary>
    private LedgerCommand Costed(string wallet, LedgerCommand command)
    {
        if (Program.Wallet(wallet)?.CostMinor is not { } each) return command;
        return command switch
        {
            LedgerCommand.Grant { Cause.CostMinor: null } grant => grant with { Cause = grant.Cause with { CostMinor = grant.Points * each } },
            LedgerCommand.Adjust { Cause.CostMinor: null, Points: > 0 } more => more with { Cause = more.Cause with { CostMinor = more.Points * each } },
            _ => command,
        };
    }

    /// <summary>Posts what the program itself decided: a refusal would be a bug.</summary>
    /// <exception cref="InvalidOperationException">The ledger refused.</exception>
    public void MustPost(string wallet, LedgerCommand command)
    {
        if (Post(wallet, command) is LedgerDecision.Refused refused)
            throw new InvalidOperationException($"The ledger refused {command.Key} of {CustomerId} as {refused.Code}.");
    }

    /// <summary>Warns of points about to end.</summary>
    public void WarnOfExpiry()
    {
        for (var i = 0; i < _wallets.Length; i++)
        {
            var (warned, warnings) = WalletOutlook.Warn(_wallets[i], Program, Now);
            if (warnings.IsEmpty) continue;
            _wallets = _wallets.SetItem(i, warned);
            foreach (var warning in warnings) Tell(Occurrences.PointsExpiring(warned.Name, warning));
        }
    }

    /// <summary>Tells a change of stage.</summary>
    public void SettleStage(Instant at, int hops)
    {
        var isInactive = Told.InactiveFor is { } spell && spell == LastActivityAt;
        var stage = CustomerStages.Of(Purchases.Count, isInactive, SignedUpAt is not null);
        if (stage == Stage) return;
        Tell(Occurrences.StageChanged(Stage, stage, at, hops));
        Stage = stage;
    }

    /// <summary>
    /// Where the customer stands after everything else, so that of one midnight points activate, then expire, then tiers are looked at. A review that is
    /// overdue is held first, with what had happened by its moment: who is looked at late stands where a timely look would have left them.
    /// </summary>
    public void SettleTier()
    {
        if (Program.Tiers is not { } plan) return;
        List<LedgerEntry> open = plan.Measure == TierMeasure.Points ? [.. _entries.Where(entry => entry.Wallet == plan.Wallet)] : [];
        for (var reviews = 0; reviews < MostReviews && Customer.Tier?.EndsAt is { } review && review < Now; reviews++)
        {
            SettleTier(plan, open.FindAll(entry => entry.At <= review), review);
            open.RemoveAll(entry => entry.At <= review);
        }

        SettleTier(plan, open, Now);
    }

    private void SettleTier(TierPlan plan, List<LedgerEntry> entries, Instant at)
    {
        var days = Customer.Qualifying ?? [];
        foreach (var entry in entries)
        {
            // By day as a whole: what an entry takes of a lot and what it pays of the lot's claim cancel out.
            foreach (var day in CustomerDecider.QualifyingPoints(entry).GroupBy(part => DayOf(entry, part.LotId)))
                days = QualifyingDays.Add(days, new QualifyingDay(day.Key, day.Sum(static part => part.Points), 0, 0));
        }

        var (state, change) = TierDecider.Settle(Customer.Tier, days, plan, at, Program.TimeZone);
        var qualifying = days.IsEmpty ? (ImmutableArray<QualifyingDay>?)null : days;
        if (qualifying != Customer.Qualifying || !ReferenceEquals(state, Customer.Tier)) Customer = Customer with { Qualifying = qualifying, Tier = state };
        if (change is not null) Tell(Occurrences.TierChanged(change));
    }

    public CustomerDecision.Applied Close()
    {
        SettleTier();
        var summaries = Summaries();
        if (!summaries.AsSpan().SequenceEqual(Glances.AsSpan())) Glances = summaries;
        var changed = ChangedWallets();
        if (!changed.IsEmpty) WalletStates = WalletState.Join(WalletStates, changed);
        return new CustomerDecision.Applied
        {
            Customer = Customer,
            Person = Person == _snapshot.Person ? null : Person,
            Order = Order,
            Wallets = changed,
            Entries = _entries,
            Redemptions = Redemptions.IsEmpty ? [] : [.. Redemptions.Where(one => !_snapshot.Redemptions.Contains(one))],
            RetiredLots = Retired(),
            Occurrences = _occurrences is null ? [] : Occurrence.InOrder(_occurrences),
            Notes = _notes,
        };
    }

    private ImmutableArray<WalletSummary> Summaries()
    {
        if (_wallets.IsEmpty) return [];
        var summaries = ImmutableArray.CreateBuilder<WalletSummary>(_wallets.Length);
        foreach (var wallet in _wallets) summaries.Add(WalletOutlook.Summary(wallet, Program));
        return summaries.MoveToImmutable();
    }

    private ImmutableArray<RetiredLot> Retired() => _retired is null
        ? []
        :
        [
            .. _retired.OrderBy(static one => one.Key.LotId, StringComparer.Ordinal)
                .Select(static one => new RetiredLot(one.Key.Wallet, one.Value)),
        ];

    private WalletState? Find(string name)
    {
        foreach (var wallet in _wallets)
        {
            if (wallet.Name == name) return wallet;
        }

        return null;
    }

    private void Store(WalletState wallet) => _wallets = WalletState.With(_wallets, wallet);

    /// <summary>By name, each once.</summary>
    private static bool IsInOrder(ImmutableArray<WalletState> wallets)
    {
        for (var i = 1; i < wallets.Length; i++)
        {
            if (string.CompareOrdinal(wallets[i - 1].Name, wallets[i].Name) >= 0) return false;
        }

        return true;
    }

    /// <summary>Those that are not what the snapshot held, by name.</summary>
    private ImmutableArray<WalletState> ChangedWallets()
    {
        if (_wallets == _snapshot.Wallets) return [];
        var changed = ImmutableArray.CreateBuilder<WalletState>(_wallets.Length);
        foreach (var wallet in _wallets)
        {
            if (!_snapshot.Wallets.Contains(wallet, ReferenceEqualityComparer.Instance)) changed.Add(wallet);
        }

        return changed.DrainToImmutable();
    }

    private LocalDate DayOf(LedgerEntry entry, string lotId)
    {
        var lot = Find(entry.Wallet)?.Lot(lotId) ?? _retired?.GetValueOrDefault((entry.Wallet, lotId));
        return (lot?.EarnedAt ?? lot?.GrantedAt ?? entry.PostedAt).InZone(Program.TimeZone).Date;
    }

    private void Keep(WalletState before, LedgerDecision.Posted posted)
    {
        foreach (var lot in posted.Retired) (_retired ??= [])[(posted.Wallet.Name, lot.LotId)] = lot;
        if (posted.Entries.IsEmpty && posted.Wallet.Lots.SequenceEqual(before.Lots)) return;
        Store(posted.Wallet);
        _entries = _entries.IsEmpty ? posted.Entries : _entries.AddRange(posted.Entries);
    }

    private ReturnPolicy PolicyOf(string wallet) => Program.Wallet(wallet)?.Returns ?? ReturnPolicy.WithinBalance;
}
