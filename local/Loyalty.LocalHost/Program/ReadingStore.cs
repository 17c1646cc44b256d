using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// The store of a file that is only read. What the program writes while it is put together (its published versions) is taken as written and goes
/// nowhere; so looking at a file never publishes anything into it.
/// </summary>
internal sealed class ReadingStore(IDocumentStore inner) : IDocumentStore
{
    public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) => inner.ReadAsync(partition, id, cancellation);

    public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) => inner.QueryAsync(query, cancellation);

    public ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        partition == Definitions || partition.StartsWith(Audit, StringComparison.Ordinal)
            ? ValueTask.FromResult<BatchOutcome>(new BatchOutcome.Committed(new string?[writes.Count]))
            : throw new StoreUnavailableException("The file was opened for reading only.");

    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => inner.GetFeedRangesAsync(cancellation);

    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        inner.ScanDueAsync(range, until, limit, cancellation);

    public ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
        inner.ReadChangesAsync(range, continuation, limit, cancellation);

    public ValueTask<DocumentPage> ScanKindAsync(FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
        inner.ScanKindAsync(range, kind, limit, continuation, cancellation);

    private const string Definitions = "definitions";

    // Whoever opens the file itself needs no key of the program and leaves no line in it.
    private const string Audit = "audit:";
}
