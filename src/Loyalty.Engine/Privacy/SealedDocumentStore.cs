using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// The store with personal data sealed: documents of people are encrypted under a key of their partition, and partitions that are named by an identifier are
/// stored under a keyed hash (docs/decisions, personal data). It stands between the program and any store, keeps what <see cref="IDocumentStore"/> promises,
/// and costs one point read per partition and process, and one write where a partition gets its first sealed document.
/// </summary>
/// <remarks>
/// A sealed document whose key was destroyed is absent for every reader. Documents that were written before sealing began are read as they are and sealed when
/// they are written next.
/// </remarks>
public sealed partial class SealedDocumentStore(IDocumentStore inner, KeyRing ring, SealingRules? rules = null, RetentionRules? retention = null, IClock? clock = null, int packFrom = SealedDocumentStore.PackFrom)
    : IDocumentStore, IPersonalVault
{
    /// <summary>Bodies of so many bytes are compressed before they are sealed, so that every batch that fits unsealed fits sealed.</summary>
    public const int PackFrom = 8 * 1024;

    /// <summary>The same where size costs and time does not: Cosmos DB charges by size, and what is sealed cannot be packed behind it.</summary>
    public const int PackFromInCosmos = 512;

    /// <summary>Keys that one page of documents asks for at the same time.</summary>
    private const int KeysAtOnce = 32;

    private readonly SealingRules _rules = rules ?? SealingRules.Default;
    private readonly KeyCache _cache = new();

    /// <inheritdoc/>
    public async ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default)
    {
        if (_rules.IsNamed(partition))
        {
            var named = await inner.ReadAsync(await NameAsync(partition, cancellation), id, cancellation);
            return named is null ? null : named with { Partition = partition };
        }

        var document = await inner.ReadAsync(partition, id, cancellation);
        return document is null || !_rules.IsSealed(partition) ? document : await OpenAsync(document, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default)
    {
        if (_rules.IsNamed(query.Partition))
        {
            var named = await inner.QueryAsync(query with { Partition = await NameAsync(query.Partition, cancellation) }, cancellation);
            return named with { Items = [.. named.Items.Select(one => one with { Partition = query.Partition })] };
        }

        var page = await inner.QueryAsync(query, cancellation);
        return _rules.IsSealed(query.Partition) ? page with { Items = await OpenAsync(page.Items, cancellation) } : page;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => inner.GetFeedRangesAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        inner.ScanDueAsync(range, until, limit, cancellation);

    /// <inheritdoc/>
    public async ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default)
    {
        var page = await inner.ReadChangesAsync(range, continuation, limit, cancellation);
        return page with { Items = await OpenAsync(page.Items, cancellation) };
    }

    /// <inheritdoc/>
    public async ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default)
    {
        var page = await inner.ScanKindAsync(range, kind, limit, continuation, cancellation);
        return _rules.IsOpen(kind) ? page : page with { Items = await OpenAsync(page.Items, cancellation) };
    }

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        if (_rules.IsNamed(partition)) return CommitNamedAsync(partition, writes, cancellation);
        if (!_rules.IsSealed(partition)) return inner.CommitAsync(partition, writes, cancellation);
        // The bounds hold for what the caller wrote; what cannot be committed is told before a key is made for it.
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckBatch(writes);
        return KnownKey(partition)?.Key is { } known
            ? inner.CommitAsync(partition, Sealed(known, partition, writes), cancellation)
            : CommitWithKeyAsync(partition, writes, cancellation);
    }

    private async ValueTask<BatchOutcome> CommitNamedAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation) =>
        await inner.CommitAsync(await NameAsync(partition, cancellation), writes, cancellation);

    /// <summary>Where the key is to be read, or made.</summary>
    private async ValueTask<BatchOutcome> CommitWithKeyAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation)
    {
        while (true)
        {
            var batch = await SealAsync(partition, writes, cancellation);
            if (batch.Key is not { } key) return await inner.CommitAsync(partition, batch.Writes, cancellation);
            if (writes.Count == StoreLimits.BatchOperations)
            {
                // No room for the key beside them: it goes first.
                await inner.CommitAsync(partition, [key], cancellation);
                continue;
            }

            switch (await inner.CommitAsync(partition, [.. batch.Writes, key], cancellation))
            {
                case BatchOutcome.Committed committed: return new BatchOutcome.Committed([.. committed.ETags.Take(writes.Count)]);
                case BatchOutcome.Refused refused when refused.Index < writes.Count: return refused;
                default: break; // Somebody else has made the partition's key meanwhile.
            }
        }
    }

    /// <summary>The writes as they are stored; for a component that commits them together with something else of the same file.</summary>
    /// <returns>With the partition's key where it has none yet: to be committed before them, and if it is refused, all of it is to be done again.</returns>
    public async ValueTask<SealedBatch> SealAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        if (!writes.Any(IsSealed)) return new SealedBatch(writes, null);
        var key = await FindKeyAsync(partition, cancellation);
        if (key.IsDestroyed) return new SealedBatch(writes, null);
        DocumentWrite.Create? create = null;
        if (key.Key is null)
        {
            var (fresh, wrapped) = await ring.NewKeyAsync(partition, cancellation);
            key = new PartitionKey(fresh, IsDestroyed: false);
            create = new DocumentWrite.Create(PersonalKey.Id, PersonalKey.Kind, LoyaltyJson.Write(new PersonalKey { Key = wrapped }));
        }

        return new SealedBatch(Sealed(key.Key!, partition, writes), create);
    }

    private DocumentWrite[] Sealed(byte[] key, string partition, IReadOnlyList<DocumentWrite> writes)
    {
        var stored = new DocumentWrite[writes.Count];
        for (var i = 0; i < stored.Length; i++) stored[i] = Sealed(key, partition, writes[i]);
        return stored;
    }

    private bool IsSealed(DocumentWrite write) => write switch
    {
        DocumentWrite.Create create => !_rules.IsOpen(create.Kind),
        DocumentWrite.Replace replace => !_rules.IsOpen(replace.Kind),
        DocumentWrite.Upsert upsert => !_rules.IsOpen(upsert.Kind),
        _ => false,
    };

    private DocumentWrite Sealed(byte[] key, string partition, DocumentWrite write) => !IsSealed(write) ? write : write switch
    {
        DocumentWrite.Create create => create with
        {
            Body = SealedBody.Seal(key, partition, create.Id, create.Body.Span, packFrom),
            ExpiresAt = ExpiryOf(create.Kind, create.ExpiresAt, create.WakeAt, create.Body),
        },
        DocumentWrite.Replace replace => replace with
        {
            Body = SealedBody.Seal(key, partition, replace.Id, replace.Body.Span, packFrom),
            ExpiresAt = ExpiryOf(replace.Kind, replace.ExpiresAt, replace.WakeAt, replace.Body),
        },
        DocumentWrite.Upsert upsert => upsert with
        {
            Body = SealedBody.Seal(key, partition, upsert.Id, upsert.Body.Span, packFrom),
            ExpiresAt = ExpiryOf(upsert.Kind, upsert.ExpiresAt, upsert.WakeAt, upsert.Body),
        },
        _ => write,
    };

    /// <summary>What is to go goes no later than the settings say.</summary>
    private Instant? ExpiryOf(string kind, Instant? told, Instant? wakeAt, ReadOnlyMemory<byte> body)
    {
        if (clock is null || (retention ?? RetentionRules.Default).Of(kind) is not { } keep) return told;
        // A run is kept as long as it may go on.
        if (kind == Kinds.Run && (wakeAt is not null || !RunBytes.IsOver(body.Span))) return told;
        var latest = Retention.Until(clock.GetCurrentInstant(), keep);
        return told is { } earlier && earlier < latest ? earlier : latest;
    }

    /// <summary>The document as it was written; null: its key is gone.</summary>
    private async ValueTask<Document?> OpenAsync(Document document, CancellationToken cancellation)
    {
        if (document.Id == PersonalKey.Id && document.Kind == PersonalKey.Kind) return null;
        if (!_rules.IsSealed(document.Partition)) return document;
        if (SealedBody.Find(document.Body.Span) is not { } found)
        {
            // An erased person's record is not sealed: whoever has kept the key forgets it.
            if (document.Kind == Kinds.Customer) _cache.Forget(document.Partition);
            return document;
        }

        var key = await FindKeyAsync(document.Partition, cancellation);
        return key.Key is null ? null : document with { Body = SealedBody.Open(key.Key, document.Partition, document.Id, found) };
    }

    private async ValueTask<IReadOnlyList<Document>> OpenAsync(IReadOnlyList<Document> documents, CancellationToken cancellation)
    {
        // Documents of many people have many keys: they are read beside each other. Those of one person share theirs.
        if (documents.Count > 1 && documents[0].Partition != documents[^1].Partition) return await OpenBesideAsync(documents, cancellation);
        var opened = new List<Document>(documents.Count);
        foreach (var document in documents)
        {
            if (await OpenAsync(document, cancellation) is { } one) opened.Add(one);
        }

        return opened;
    }

    private async ValueTask<IReadOnlyList<Document>> OpenBesideAsync(IReadOnlyList<Document> documents, CancellationToken cancellation)
    {
        var opened = new Document?[documents.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = KeysAtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, documents.Count, options, async (i, token) => opened[i] = await OpenAsync(documents[i], token));
        return [.. opened.OfType<Document>()];
    }

    private async ValueTask<string> NameAsync(string partition, CancellationToken cancellation) =>
        partition[..(partition.IndexOf(':', StringComparison.Ordinal) + 1)] + await ring.HashAsync(partition, cancellation);
}

/// <summary>Writes as they are stored.</summary>
/// <param name="Writes">In the order of those that were given.</param>
/// <param name="Key">The partition's new key; null: it has one, or needs none.</param>
public sealed record SealedBatch(IReadOnlyList<DocumentWrite> Writes, DocumentWrite.Create? Key);
