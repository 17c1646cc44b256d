using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Customers;

/// <summary>Between the customer's partition and the snapshot that decisions read.</summary>
internal static class CustomerDocuments
{
    /// <summary>Reads what a decision about this customer (and this order, if any) needs.</summary>
    public static ValueTask<CustomerSnapshot> LoadAsync(
        PartitionSession session, string customerId, string? orderId, CancellationToken cancellation)
    {
        if (!session.IsInMemory) return LoadStoredAsync(session, customerId, orderId, cancellation);
        var order = orderId is null ? null : session.Read<OrderState>(Keys.Order(orderId));
        var customer = session.Read<CustomerState>(Keys.CustomerId);
        var wallets = customer?.WalletStates ?? [];
        if (order is not null && NamesMore(order, wallets)) return LoadStoredAsync(session, customerId, orderId, cancellation);
        return ValueTask.FromResult(new CustomerSnapshot
        {
            CustomerId = customerId,
            Customer = customer,
            Person = session.Read<PersonState>(Keys.PersonId),
            Order = order,
            Wallets = wallets,
        });
    }

    /// <summary>Whether the order names redemptions, or lots that have left their wallet.</summary>
    private static bool NamesMore(OrderState order, ImmutableArray<WalletState> wallets)
    {
        if (order.PointsPaid is { IsEmpty: false }) return true;
        foreach (var earned in order.Earning?.Rules ?? [])
        {
            foreach (var lot in earned.Lots)
            {
                if (!wallets.Any(wallet => wallet.Name == earned.Rule.Wallet && wallet.Lot(lot) is not null)) return true;
            }
        }

        return false;
    }

    private static async ValueTask<CustomerSnapshot> LoadStoredAsync(
        PartitionSession session, string customerId, string? orderId, CancellationToken cancellation)
    {
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        var person = await session.ReadAsync<PersonState>(Keys.PersonId, cancellation);
        var order = orderId is null ? null : await session.ReadAsync<OrderState>(Keys.Order(orderId), cancellation);
        var redemptions = await RedemptionsAsync(session, order, cancellation);
        return new CustomerSnapshot
        {
            CustomerId = customerId,
            Customer = customer,
            Person = person,
            Order = order,
            Wallets = await RecallAsync(session, customer?.WalletStates ?? [], order, redemptions, cancellation),
            Redemptions = redemptions,
        };
    }

    /// <summary>What a decision that is about no order reads, of documents that were read.</summary>
    public static CustomerSnapshot Of(CustomerState customer, PersonState? person) => new()
    {
        CustomerId = customer.CustomerId,
        Customer = customer,
        Person = person,
        Wallets = customer.WalletStates,
    };

    /// <summary>Puts everything a decision changed; the customer itself is put by the caller, after the journeys had their say.</summary>
    public static void Put(PartitionSession session, CustomerDecision.Applied applied)
    {
        if (applied.Person is { } person) session.Put(Keys.PersonId, Kinds.Person, person);
        if (applied.Order is { } order) session.Put(Keys.Order(order.OrderId), Kinds.Order, order);
        foreach (var redemption in applied.Redemptions) session.Put(Keys.Redemption(redemption.RedemptionId), Kinds.Redemption, redemption);
        foreach (var retired in applied.RetiredLots) session.PutAlways(Keys.Lot(retired.Lot.LotId), Kinds.Lot, retired);
        foreach (var entry in applied.Entries) session.Put(Keys.Entry(entry.EntryId), Kinds.Entry, entry);
    }

    public static void PutCustomer(PartitionSession session, CustomerState customer, ProgramModel program) =>
        session.Put(Keys.CustomerId, Kinds.Customer, customer, CustomerMoments.Next(customer, program));

    /// <summary>The snapshot after a decision; its customer holds the wallets as they are now.</summary>
    public static CustomerSnapshot After(CustomerSnapshot before, CustomerDecision.Applied applied) => before with
    {
        Customer = WithWallets(applied.Customer, applied.Wallets),
        Person = applied.Person ?? before.Person,
        Order = applied.Order ?? before.Order,
        Wallets = applied.Wallets.IsEmpty ? before.Wallets : Replaced(before.Wallets, applied.Wallets),
    };

    private static ImmutableArray<WalletState> Replaced(ImmutableArray<WalletState> wallets, ImmutableArray<WalletState> changed)
    {
        if (wallets.Length == 0 || (wallets.Length == 1 && changed.Length == 1 && wallets[0].Name == changed[0].Name)) return changed;
        return [.. wallets.Where(wallet => !changed.Any(one => one.Name == wallet.Name)), .. changed];
    }

    private static async Task<ImmutableArray<RedemptionState>> RedemptionsAsync(
        PartitionSession session, OrderState? order, CancellationToken cancellation)
    {
        var redemptions = ImmutableArray.CreateBuilder<RedemptionState>();
        foreach (var payment in order?.PointsPaid ?? [])
        {
            if (await RedemptionBook.FindAsync(session, payment.Wallet, payment.RedemptionId, cancellation) is { } redemption) redemptions.Add(redemption);
        }

        return redemptions.ToImmutable();
    }

    /// <summary>Lots of the order that ended long ago and left their wallet's document are put back, so that its return is exact.</summary>
    private static async Task<ImmutableArray<WalletState>> RecallAsync(
        PartitionSession session,
        ImmutableArray<WalletState> wallets,
        OrderState? order,
        ImmutableArray<RedemptionState> redemptions,
        CancellationToken cancellation)
    {
        foreach (var redemption in redemptions)
        {
            wallets = await RecallAsync(session, wallets, redemption.Wallet, redemption.Parts.Select(static part => part.LotId), cancellation);
        }

        foreach (var earned in order?.Earning?.Rules ?? [])
        {
            wallets = await RecallAsync(session, wallets, earned.Rule.Wallet, earned.Lots, cancellation);
        }

        return wallets;
    }

    /// <summary>The wallets with the named lots put back into one of them.</summary>
    public static async Task<ImmutableArray<WalletState>> RecallAsync(
        PartitionSession session, ImmutableArray<WalletState> wallets, string name, IEnumerable<string> lotIds, CancellationToken cancellation)
    {
        var wallet = wallets.FirstOrDefault(one => one.Name == name);
        if (wallet is null) return wallets;
        var recalled = new List<LotState>();
        foreach (var lotId in lotIds.Distinct().Where(lotId => wallet.Lot(lotId) is null))
        {
            if (await session.ReadAsync<RetiredLot>(Keys.Lot(lotId), cancellation) is { } retired) recalled.Add(retired.Lot);
        }

        return recalled.Count == 0 ? wallets : wallets.Replace(wallet, wallet.Recall(recalled));
    }

    /// <summary>The customer with those wallets in place of what they were; the same record where it holds them already, as after a decision.</summary>
    public static CustomerState WithWallets(CustomerState customer, ImmutableArray<WalletState> changed)
    {
        var wallets = WalletState.Join(customer.WalletStates, changed);
        return wallets == customer.WalletStates ? customer : customer with { WalletStates = wallets };
    }
}
