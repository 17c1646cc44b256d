using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

/// <summary>Passes every call on; a test overrides the one that it watches, counts or cuts.</summary>
public abstract class PassingStore(IDocumentStore store) : IDocumentStore
{
    /// <summary>The store that every call goes on to.</summary>
    protected IDocumentStore Inner => store;

    public virtual ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) => store.ReadAsync(partition, id, cancellation);

    public virtual ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) => store.QueryAsync(query, cancellation);

    public virtual ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        store.CommitAsync(partition, writes, cancellation);

    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => store.GetFeedRangesAsync(cancellation);

    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        store.ScanDueAsync(range, until, limit, cancellation);

    public ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
        store.ReadChangesAsync(range, continuation, limit, cancellation);

    public ValueTask<DocumentPage> ScanKindAsync(FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
        store.ScanKindAsync(range, kind, limit, continuation, cancellation);
}
