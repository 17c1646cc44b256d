using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Customers;

/// <summary>The documents that a decision about a customer reads. What is null does not exist yet.</summary>
public sealed record CustomerSnapshot
{
    public required string CustomerId { get; init; }
    public CustomerState? Customer { get; init; }
    public PersonState? Person { get; init; }

    /// <summary>The order the event is about (<see cref="OrderMerge.OrderIdOf"/>).</summary>
    public OrderState? Order { get; init; }

    /// <summary>Every wallet that exists: one that is left out counts as empty.</summary>
    public ImmutableArray<WalletState> Wallets { get; init; } = [];

    /// <summary>The redemptions that paid <see cref="Order"/>.</summary>
    public ImmutableArray<RedemptionState> Redemptions { get; init; } = [];

    /// <summary>What shared budgets granted, by the business key of the grant.</summary>
    public ImmutableDictionary<string, long> Budgets { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Nothing is asked of the shared budgets: they count as unbounded.</summary>
    public bool IgnoresBudgets { get; init; }

    /// <summary>The event is a provider's report of a message, found by the message: the names in it are nobody's because of it.</summary>
    public bool IsReport { get; init; }
}

/// <summary>What was decided about a customer. A closed set.</summary>
public abstract record CustomerDecision
{
    private CustomerDecision()
    {
    }

    /// <summary>To be committed in one batch.</summary>
    public sealed record Applied : CustomerDecision
    {
        public required CustomerState Customer { get; init; }

        /// <summary>null: unchanged.</summary>
        public PersonState? Person { get; init; }

        /// <summary>null: the event is about no order.</summary>
        public OrderState? Order { get; init; }

        /// <summary>Those that changed.</summary>
        public ImmutableArray<WalletState> Wallets { get; init; } = [];

        /// <summary>In the order they were posted.</summary>
        public ImmutableArray<LedgerEntry> Entries { get; init; } = [];

        /// <summary>Redemptions that changed.</summary>
        public ImmutableArray<RedemptionState> Redemptions { get; init; } = [];

        /// <summary>Ended lots that left their wallet's document; each is kept in one of its own.</summary>
        public ImmutableArray<RetiredLot> RetiredLots { get; init; } = [];

        /// <summary>Facts that became true, those that the program derived included, oldest first.</summary>
        public ImmutableArray<Occurrence> Occurrences { get; init; } = [];

        /// <summary>Why something that might be expected was not done, e.g. <c>currency-mismatch</c>.</summary>
        public ImmutableArray<string> Notes { get; init; } = [];
    }

    /// <summary>The key was used before with the same input: this is its entry, nothing changes.</summary>
    public sealed record Repeated(LedgerEntry Entry) : CustomerDecision;

    /// <summary>Nothing changes.</summary>
    public sealed record Refused(RefusalCode Code) : CustomerDecision;
}

/// <summary>An ended lot on its own.</summary>
/// <param name="Wallet">Its wallet.</param>
/// <param name="Lot">As it was.</param>
public sealed record RetiredLot(string Wallet, LotState Lot);
