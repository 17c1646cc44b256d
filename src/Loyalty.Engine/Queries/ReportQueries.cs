using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Queries;

/// <summary>What happened in the whole program, counted from the documents themselves. A report: it reads every partition.</summary>
public sealed class ReportQueries(IDocumentStore store, IClock clock)
{
    private const int PageSize = 1000;

    /// <summary>Counts everything; the books are checked entry by entry.</summary>
    public async Task<ProgramReport> ReadAsync(CancellationToken cancellation = default)
    {
        var points = new PointsTally();
        await foreach (var entry in AllAsync<LedgerEntry>(Kinds.Entry, cancellation)) points.Add(entry);
        var journeys = new SortedDictionary<string, JourneyCount>(StringComparer.Ordinal);
        await foreach (var run in AllAsync<RunDocument>(Kinds.Run, cancellation))
        {
            journeys[run.Run.Journey] = (journeys.GetValueOrDefault(run.Run.Journey) ?? new JourneyCount(run.Run.Journey)).With(run);
        }

        var messages = new SortedDictionary<string, MessageCount>(StringComparer.Ordinal);
        await foreach (var message in AllAsync<MessageRecord>(Kinds.Message, cancellation))
        {
            messages[message.Template] = (messages.GetValueOrDefault(message.Template) ?? new MessageCount(message.Template)).With(message);
        }

        var events = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var marker in AllAsync<EventMarker>(Kinds.Marker, cancellation))
        {
            if (marker.Type != EventMarker.Moments) Count(marker.Type);
        }

        var shop = new ShopTally();
        await foreach (var customer in AllAsync<CustomerState>(Kinds.Customer, cancellation))
        {
            shop.Add(customer);
            foreach (var wallet in customer.WalletStates) points.Add(wallet);
        }

        // Somebody who is on the way into another person has their books still.
        await foreach (var customer in AllAsync<CustomerState>(Kinds.Merged, cancellation))
        {
            foreach (var wallet in customer.WalletStates) points.Add(wallet);
        }

        var now = clock.GetCurrentInstant();
        await foreach (var order in AllAsync<OrderState>(Kinds.Order, cancellation))
        {
            shop.Add(order);
            foreach (var applied in order.Applied?.Events ?? [])
            {
                if (Retention.Until(applied.At, Retention.Markers) > now) Count(applied.Type);
            }
        }

        return new ProgramReport
        {
            Customers = shop.Customers,
            Stages = shop.Stages.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Orders = shop.Orders,
            PaidOrders = shop.PaidOrders,
            RefundedOrders = shop.RefundedOrders,
            Events = events.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Points = points.Close(),
            Journeys = [.. journeys.Values],
            Messages = [.. messages.Values],
        };

        void Count(string type) => events[type] = events.GetValueOrDefault(type) + 1;
    }

    private async IAsyncEnumerable<T> AllAsync<T>(string kind, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, kind, PageSize, continuation, cancellation);
                foreach (var document in page.Items) yield return LoyaltyJson.Read<T>(document.Body.Span);
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }

    private sealed class ShopTally
    {
        public long Customers { get; private set; }
        public long Orders { get; private set; }
        public long PaidOrders { get; private set; }
        public long RefundedOrders { get; private set; }
        public SortedDictionary<string, long> Stages { get; } = new(StringComparer.Ordinal);

        public void Add(CustomerState customer)
        {
            Customers++;
            var stage = CustomerStages.Word(customer.Stage);
            Stages[stage] = Stages.GetValueOrDefault(stage) + 1;
        }

        public void Add(OrderState order)
        {
            if (order.Facts.Latest is null) return;
            Orders++;
            if (order.Facts.IsPaid) PaidOrders++;
            if (order.Facts.Refunds.Length > 0 || order.Facts.IsRefunded) RefundedOrders++;
        }
    }

    private sealed class PointsTally
    {
        private readonly Dictionary<(string Customer, string Wallet), List<LedgerEntry>> _entries = [];
        private readonly SortedDictionary<string, long> _byType = new(StringComparer.Ordinal);
        private readonly List<string> _findings = [];
        private WalletBalances _sum = new();
        private long _wallets;

        public void Add(LedgerEntry entry)
        {
            var key = (entry.CustomerId, entry.Wallet);
            if (!_entries.TryGetValue(key, out var list)) _entries[key] = list = [];
            list.Add(entry);
            var type = System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(entry.Type.ToString());
            _byType[type] = _byType.GetValueOrDefault(type) + entry.Points;
        }

        public void Add(WalletState wallet)
        {
            _wallets++;
            _sum = _sum.Plus(wallet.Balances);
            _entries.Remove((wallet.CustomerId, wallet.Name), out var entries);
            foreach (var finding in LedgerBooks.Check(wallet, (entries ?? []).OrderBy(static entry => entry.Sequence)))
            {
                _findings.Add($"{wallet.CustomerId} {wallet.Name}: {finding}");
            }
        }

        public PointsReport Close()
        {
            foreach (var (customer, wallet) in _entries.Keys) _findings.Add($"{customer} {wallet}: entries without a wallet");
            return new PointsReport(_byType.ToImmutableSortedDictionary(StringComparer.Ordinal), _sum, _wallets, [.. _findings]);
        }
    }
}

/// <summary>The program in figures.</summary>
public sealed record ProgramReport
{
    public required long Customers { get; init; }
    public required ImmutableSortedDictionary<string, long> Stages { get; init; }
    public required long Orders { get; init; }
    public required long PaidOrders { get; init; }
    public required long RefundedOrders { get; init; }

    /// <summary>Events applied in the last 90 days, by type; each once, however often it was delivered.</summary>
    public required ImmutableSortedDictionary<string, long> Events { get; init; }
    public required PointsReport Points { get; init; }
    public required ImmutableArray<JourneyCount> Journeys { get; init; }
    public required ImmutableArray<MessageCount> Messages { get; init; }
}

/// <summary>The ledger in figures.</summary>
/// <param name="ByType">Points by type of entry.</param>
/// <param name="Balances">Sum of all wallets.</param>
/// <param name="Wallets">How many.</param>
/// <param name="Findings">Where a wallet is not the sum of its entries; none: the books balance.</param>
public sealed record PointsReport(
    ImmutableSortedDictionary<string, long> ByType, WalletBalances Balances, long Wallets, ImmutableArray<string> Findings);

/// <summary>One journey in figures.</summary>
public sealed record JourneyCount(string Journey)
{
    public long Entered { get; init; }
    public long HeldOut { get; init; }
    public long Finished { get; init; }
    public long Inside { get; init; }
    public long Goals { get; init; }
    public ImmutableSortedDictionary<string, long> Outcomes { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    internal JourneyCount With(RunDocument run) => this with
    {
        Entered = Entered + 1,
        HeldOut = HeldOut + (run.Run.IsHeldOut ? 1 : 0),
        Finished = Finished + (run.Status == RunStatus.Finished ? 1 : 0),
        Inside = Inside + (run.Status == RunStatus.Finished ? 0 : 1),
        Goals = Goals + (run.Run.GoalAt is null ? 0 : 1),
        Outcomes = run.Run.Outcome is { } outcome ? Outcomes.SetItem(outcome, Outcomes.GetValueOrDefault(outcome) + 1) : Outcomes,
    };
}

/// <summary>One template in figures.</summary>
public sealed record MessageCount(string Template)
{
    public long Sent { get; init; }
    public long Withheld { get; init; }
    public long Expired { get; init; }

    /// <summary>Why not, by reason.</summary>
    public ImmutableSortedDictionary<string, long> Reasons { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    internal MessageCount With(MessageRecord message) => this with
    {
        Sent = Sent + (message.Result == "sent" ? 1 : 0),
        Withheld = Withheld + (message.Result == "withheld" ? 1 : 0),
        Expired = Expired + (message.Result == "expired" ? 1 : 0),
        Reasons = message.Reason is { } reason ? Reasons.SetItem(reason, Reasons.GetValueOrDefault(reason) + 1) : Reasons,
    };
}
