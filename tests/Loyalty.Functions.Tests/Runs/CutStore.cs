using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Functions.Tests.Runs;

/// <summary>The program's store; while it is cut, nothing can be deleted.</summary>
internal sealed class CutStore(IDocumentStore store) : IDocumentStore
{
    public bool IsCut { get; set; }

    public ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        IsCut && writes.Any(static write => write is DocumentWrite.Delete)
            ? throw new StoreUnavailableException("The test has cut the connection.")
            : store.CommitAsync(partition, writes, cancellation);

    public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) => store.ReadAsync(partition, id, cancellation);

    public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) => store.QueryAsync(query, cancellation);

    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => store.GetFeedRangesAsync(cancellation);

    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        store.ScanDueAsync(range, until, limit, cancellation);

    public ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
        store.ReadChangesAsync(range, continuation, limit, cancellation);

    public ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
        store.ScanKindAsync(range, kind, limit, continuation, cancellation);
}
