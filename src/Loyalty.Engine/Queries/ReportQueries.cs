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
    /// <summary>Counts everything; the books are checked entry by entry.</summary>
    public async Task<ProgramReport> ReadAsync(CancellationToken cancellation = default)
    {
        var journeys = new SortedDictionary<string, JourneyCount>(StringComparer.Ordinal);
        await foreach (var run in store.ScanAsync<RunDocument>(Kinds.Run, cancellation: cancellation))
        {
            journeys[run.Run.Journey] = (journeys.GetValueOrDefault(run.Run.Journey) ?? new JourneyCount(run.Run.Journey)).With(run);
        }

        var messages = new SortedDictionary<string, MessageCount>(StringComparer.Ordinal);
        await foreach (var message in store.ScanAsync<MessageRecord>(Kinds.Message, cancellation: cancellation))
        {
            messages[message.Template] = (messages.GetValueOrDefault(message.Template) ?? new MessageCount(message.Template)).With(message);
        }

        var events = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var marker in store.ScanAsync<EventMarker>(Kinds.Marker, cancellation: cancellation))
        {
            if (marker.Type != EventMarker.Moments) Count(marker.Type);
        }

        var shop = new ShopTally();
        var books = new BooksAudit(store);
        await foreach (var record in store.ScanAsync(Kinds.Customer, cancellation: cancellation))
        {
            var customer = LoyaltyJson.Read<CustomerState>(record.Body.Span);
            shop.Add(customer);
            await books.AddAsync(record, customer, cancellation);
        }

        // Somebody who is on the way into another person has their books still.
        await foreach (var record in store.ScanAsync(Kinds.Merged, cancellation: cancellation))
            await books.AddAsync(record, LoyaltyJson.Read<CustomerState>(record.Body.Span), cancellation);

        var now = clock.GetCurrentInstant();
        await foreach (var order in store.ScanAsync<OrderState>(Kinds.Order, cancellation: cancellation))
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
            Points = await books.CloseAsync(cancellation),
            Journeys = [.. journeys.Values],
            Messages = [.. messages.Values],
        };

        void Count(string type) => events[type] = events.GetValueOrDefault(type) + 1;
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
        Goals = Goals + (run.Run.GoalAt is null || run.Run.IsUnmeasured ? 0 : 1),
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
