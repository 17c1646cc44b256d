using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Queries;

/// <summary>
/// Checks that every wallet is the sum of its entries, customer by customer: the entries of one are in memory at a time. The program may work meanwhile: what does
/// not agree is read again until record and entries are of one moment.
/// </summary>
internal sealed class BooksAudit(IDocumentStore store)
{
    private const int PageSize = 200;
    private const int MostReadings = 5;

    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _byType = new(StringComparer.Ordinal);
    private readonly List<string> _findings = [];
    private WalletBalances _sum = new();
    private long _wallets;

    /// <summary>Takes a customer's record and reads the entries beside it. One who has no wallet costs nothing.</summary>
    public async Task AddAsync(Document record, CustomerState customer, CancellationToken cancellation)
    {
        if (customer.WalletStates.IsEmpty || !_checked.Add(record.Partition)) return;
        var entries = await EntriesAsync(record.Partition, cancellation);
        var findings = Check(customer, entries);
        for (var reading = 1; findings.Count > 0 && reading < MostReadings; reading++)
        {
            if (await store.ReadAsync(record.Partition, record.Id, cancellation) is not { } present) break;
            // The entries were read after this very record, and nothing of it has changed since.
            if (reading > 1 && present.ETag == record.ETag) break;
            record = present;
            customer = LoyaltyJson.Read<CustomerState>(record.Body.Span);
            entries = await EntriesAsync(record.Partition, cancellation);
            findings = Check(customer, entries);
        }

        _findings.AddRange(findings);
        foreach (var entry in entries)
        {
            var type = JsonNamingPolicy.KebabCaseLower.ConvertName(entry.Type.ToString());
            _byType[type] = _byType.GetValueOrDefault(type) + entry.Points;
        }

        foreach (var wallet in customer.WalletStates)
        {
            _wallets++;
            _sum = _sum.Plus(wallet.Balances);
        }
    }

    /// <summary>What was found, after a look for entries that no wallet leads to.</summary>
    public async Task<PointsReport> CloseAsync(CancellationToken cancellation)
    {
        await foreach (var entry in store.ScanAsync(Kinds.Entry, cancellation: cancellation))
        {
            if (_checked.Contains(entry.Partition)) continue;
            // Who has got a first wallet meanwhile is checked now.
            if (await store.ReadAsync(entry.Partition, Keys.CustomerId, cancellation) is { } record) await AddAsync(record, LoyaltyJson.Read<CustomerState>(record.Body.Span), cancellation);
            if (_checked.Add(entry.Partition)) _findings.Add($"{entry.Partition}: entries without a wallet");
        }

        return new PointsReport(_byType.ToImmutableSortedDictionary(StringComparer.Ordinal), _sum, _wallets, [.. _findings]);
    }

    private static List<string> Check(CustomerState customer, List<LedgerEntry> entries)
    {
        var byWallet = entries.ToLookup(static entry => entry.Wallet, StringComparer.Ordinal);
        var names = customer.WalletStates.Select(static wallet => wallet.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. customer.WalletStates.SelectMany(wallet => LedgerBooks.Check(wallet, byWallet[wallet.Name]).Select(finding => $"{customer.CustomerId} {wallet.Name}: {finding}")),
            .. byWallet.Where(wallet => !names.Contains(wallet.Key)).Select(wallet => $"{customer.CustomerId} {wallet.Key}: entries without a wallet"),
        ];
    }

    private async Task<List<LedgerEntry>> EntriesAsync(string partition, CancellationToken cancellation) =>
        await store.ReadAllAsync<LedgerEntry>(new DocumentQuery(partition, Keys.EntryPrefix, PageSize), cancellation).ToListAsync(cancellation);
}
