using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Queries;

/// <summary>What support people and integrations ask about one customer. Reads only.</summary>
public sealed class CustomerQueries(IDocumentStore store, PersonResolver people, IProgramSource programs)
{
    /// <summary>The customer behind a customer id, an e-mail address or <c>source:shop:id</c>; null: unknown.</summary>
    public async Task<string?> FindAsync(string text, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        var name = text.Trim();
        if (Identifier.Email(name) is { } email) return await CurrentAsync(await people.OwnerAsync(email, cancellation), cancellation);
        if (Identifier.Phone(name) is { } phone) return await CurrentAsync(await people.OwnerAsync(phone, cancellation), cancellation);
        if (name.Contains(':', StringComparison.Ordinal)) return await CurrentAsync(await people.OwnerAsync(new Identifier(name), cancellation), cancellation);
        if (!IsPossible(name)) return null;
        var document = await store.ReadAsync(Keys.CustomerPartition(name), Keys.CustomerId, cancellation);
        return document is null ? null : await CurrentAsync(name, cancellation);
    }

    /// <summary>Who a customer is now: the one into whom somebody was merged. Anybody else, known or not, is themselves.</summary>
    private async Task<string?> CurrentAsync(string? customerId, CancellationToken cancellation)
    {
        while (customerId is not null && IsPossible(customerId))
        {
            var document = await store.ReadAsync(Keys.CustomerPartition(customerId), Keys.CustomerId, cancellation);
            if (document is not { Kind: Kinds.Merged }) break;
            customerId = LoyaltyJson.Read<CustomerState>(document.Body.Span).MergedInto;
        }

        return customerId;
    }

    /// <summary>Record, person and wallets; null: unknown. The id of somebody who was merged answers the one who stayed, here and below.</summary>
    public async Task<CustomerSnapshot?> GetAsync(string customerId, CancellationToken cancellation = default)
    {
        if (!IsPossible(customerId)) return null;
        customerId = (await CurrentAsync(customerId, cancellation))!;
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
        return snapshot.Customer is null ? null : snapshot;
    }

    /// <summary>Every run, live ones first, then the latest ended first.</summary>
    public async Task<IReadOnlyList<RunDocument>> RunsAsync(string customerId, CancellationToken cancellation = default)
    {
        var runs = await AllAsync<RunDocument>(customerId, Keys.RunPrefix, cancellation);
        return [.. runs.OrderBy(static run => run.Run.IsFinished).ThenByDescending(static run => run.Run.EndedAt ?? run.Run.EnteredAt)];
    }

    /// <summary>Every message with its outcome, the latest first.</summary>
    public async Task<IReadOnlyList<MessageRecord>> MessagesAsync(string customerId, CancellationToken cancellation = default)
    {
        var messages = await AllAsync<MessageRecord>(customerId, Keys.MessagePrefix, cancellation);
        return [.. messages.OrderByDescending(static message => message.At)];
    }

    /// <summary>The ledger, oldest entry first.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> EntriesAsync(string customerId, CancellationToken cancellation = default)
    {
        var entries = await AllAsync<LedgerEntry>(customerId, Keys.EntryPrefix, cancellation);
        return [.. entries.OrderBy(static entry => entry.Wallet, StringComparer.Ordinal).ThenBy(static entry => entry.Sequence)];
    }

    /// <summary>Why the customer has these points, by wallet.</summary>
    public async Task<IReadOnlyList<WalletExplanation>> ExplainAsync(string customerId, CancellationToken cancellation = default)
    {
        var entries = await EntriesAsync(customerId, cancellation);
        var program = programs.Current.Model;
        var locale = (await GetAsync(customerId, cancellation))?.Customer?.Profile.Locale?.Value ?? program.Locale;
        return
        [
            .. entries.GroupBy(static entry => entry.Wallet)
                .Select(wallet => new WalletExplanation(wallet.Key, LedgerBooks.Balances(wallet), Told(wallet, locale, program.Currency))),
        ];
    }

    private static ImmutableArray<ExplainLine> Told(IEnumerable<LedgerEntry> wallet, string locale, string currency) =>
        [.. LedgerExplainer.Explain(wallet).Select(line => line with { Text = LedgerTexts.Of(line, locale), Basis = LedgerBasisTexts.Of(line.Cause, locale, currency) })];

    /// <summary>Anybody may ask for anything: what the store could not even look up is nobody's id.</summary>
    private static bool IsPossible(string customerId) =>
        customerId.Length is > 0 and <= PersonResolver.MaxOwnId && !customerId.Any(static c => char.IsControl(c) || char.IsSurrogate(c));

    private async Task<List<T>> AllAsync<T>(string customerId, string prefix, CancellationToken cancellation)
    {
        var partition = Keys.CustomerPartition((await CurrentAsync(customerId, cancellation))!);
        return await store.ReadAllAsync<T>(new DocumentQuery(partition, prefix, 200), cancellation).ToListAsync(cancellation);
    }
}

/// <summary>A wallet from its entries alone.</summary>
public sealed record WalletExplanation(string Wallet, WalletBalances Balances, ImmutableArray<ExplainLine> Lines);
