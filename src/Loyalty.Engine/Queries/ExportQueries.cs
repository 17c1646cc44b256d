using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Queries;

/// <summary>Everything a shop needs to leave, read page by page. Reads only; what changes meanwhile is read before or after.</summary>
public sealed class ExportQueries(IDocumentStore store)
{
    private const int PageSize = 200;

    /// <summary>A page of customers with the person and wallets behind; people who were merged are the one who stayed.</summary>
    /// <param name="place">Where the page before ended; null: from the beginning.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>null: no page goes on from there, since the store has divided itself anew.</returns>
    public async Task<ExportSlice<ExportedCustomer>?> CustomersAsync(ExportPlace? place, CancellationToken cancellation = default)
    {
        if (await PageAsync(Kinds.Customer, place, cancellation) is not var (items, next)) return null;
        var customers = new List<ExportedCustomer>(items.Count);
        foreach (var document in items)
        {
            var customer = LoyaltyJson.Read<CustomerState>(document.Body.Span);
            if (customer.MergedInto is not null) continue;
            var person = await store.ReadAsync(Keys.CustomerPartition(customer.CustomerId), Keys.PersonId, cancellation);
            customers.Add(new ExportedCustomer(customer, person is null ? null : LoyaltyJson.Read<PersonState>(person.Body.Span), customer.WalletStates));
        }

        return new ExportSlice<ExportedCustomer>(customers, next);
    }

    /// <summary>A page of orders as their documents say it.</summary>
    /// <inheritdoc cref="CustomersAsync"/>
    public Task<ExportSlice<OrderState>?> OrdersAsync(ExportPlace? place, CancellationToken cancellation = default) => AsAsync<OrderState>(Kinds.Order, place, cancellation);

    /// <summary>A page of entries of every ledger.</summary>
    /// <inheritdoc cref="CustomersAsync"/>
    public Task<ExportSlice<LedgerEntry>?> EntriesAsync(ExportPlace? place, CancellationToken cancellation = default) => AsAsync<LedgerEntry>(Kinds.Entry, place, cancellation);

    private async Task<ExportSlice<T>?> AsAsync<T>(string kind, ExportPlace? place, CancellationToken cancellation) =>
        await PageAsync(kind, place, cancellation) is var (items, next)
            ? new ExportSlice<T>([.. items.Select(static document => LoyaltyJson.Read<T>(document.Body.Span))], next)
            : null;

    private async Task<(IReadOnlyList<Document> Items, ExportPlace? Next)?> PageAsync(string kind, ExportPlace? place, CancellationToken cancellation)
    {
        var ranges = await store.GetFeedRangesAsync(cancellation);
        var index = place is null ? 0 : ranges.Select(static range => range.Value).ToList().IndexOf(place.Range);
        if (index < 0) return null;
        var page = await store.ScanKindAsync(ranges[index], kind, PageSize, place?.Continuation, cancellation);
        if (page.Continuation is { } further) return (page.Items, new ExportPlace(ranges[index].Value, further));
        return (page.Items, index + 1 < ranges.Count ? new ExportPlace(ranges[index + 1].Value, null) : null);
    }
}

/// <summary>Where a page of an export ended.</summary>
/// <param name="Range">The range of the store that is being read.</param>
/// <param name="Continuation">How far; null: from its beginning.</param>
public sealed record ExportPlace(string Range, string? Continuation);

/// <summary>A page of an export.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">Where the next one begins; null: there is none.</param>
public sealed record ExportSlice<T>(IReadOnlyList<T> Items, ExportPlace? Next);

/// <summary>A customer as exported.</summary>
/// <param name="Customer">The record.</param>
/// <param name="Person">Names and addresses; null: none, or erased.</param>
/// <param name="Wallets">Those that exist.</param>
public sealed record ExportedCustomer(CustomerState Customer, PersonState? Person, IReadOnlyList<WalletState> Wallets);
