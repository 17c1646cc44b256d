using System.Runtime.CompilerServices;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Queries;

/// <summary>Everything a shop needs to leave, read partition by partition. Reads only; what changes meanwhile is read before or after.</summary>
public sealed class ExportQueries(IDocumentStore store)
{
    private const int PageSize = 200;

    /// <summary>Every customer with the person and wallets behind; people who were merged are the one who stayed.</summary>
    public async IAsyncEnumerable<ExportedCustomer> CustomersAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var document in ScanAsync(Kinds.Customer, cancellation))
        {
            var customer = LoyaltyJson.Read<CustomerState>(document.Body.Span);
            if (customer.MergedInto is not null) continue;
            var partition = Keys.CustomerPartition(customer.CustomerId);
            var person = await store.ReadAsync(partition, Keys.PersonId, cancellation);
            yield return new ExportedCustomer(customer, person is null ? null : LoyaltyJson.Read<PersonState>(person.Body.Span), customer.WalletStates);
        }
    }

    /// <summary>Every order as its document says it.</summary>
    public async IAsyncEnumerable<OrderState> OrdersAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var document in ScanAsync(Kinds.Order, cancellation)) yield return LoyaltyJson.Read<OrderState>(document.Body.Span);
    }

    /// <summary>Every entry of every ledger.</summary>
    public async IAsyncEnumerable<LedgerEntry> EntriesAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var document in ScanAsync(Kinds.Entry, cancellation)) yield return LoyaltyJson.Read<LedgerEntry>(document.Body.Span);
    }

    private async IAsyncEnumerable<Document> ScanAsync(string kind, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, kind, PageSize, continuation, cancellation);
                foreach (var document in page.Items) yield return document;
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }
}

/// <summary>A customer as exported.</summary>
/// <param name="Customer">The record.</param>
/// <param name="Person">Names and addresses; null: none, or erased.</param>
/// <param name="Wallets">Those that exist.</param>
public sealed record ExportedCustomer(CustomerState Customer, PersonState? Person, IReadOnlyList<WalletState> Wallets);
