using NodaTime;

namespace Loyalty.Engine.Storage;

/// <summary>
/// A partitioned document store, the one port through which the program keeps its state. Cosmos DB and SQLite implement it; the suite in
/// tests/Loyalty.Storage.Contract says what every implementation promises.
/// </summary>
/// <remarks>
/// Bounds, the same everywhere: a batch has 1 to <see cref="StoreLimits.BatchOperations"/> writes of one partition and at most
/// <see cref="StoreLimits.BatchBytes"/> of bodies; no document is written twice in a batch; a partition has 1 to 1,000 characters; an id has
/// 1 to 255 characters and none of <c>/ \ ? #</c>. What breaks a bound is a bug and throws <see cref="ArgumentException"/> before anything is
/// written. Refusals that are normal (someone else was faster) are values. Broken infrastructure throws <see cref="StoreUnavailableException"/>.
/// Reads after a commit's answer see that commit (from any process). A document whose <see cref="Document.ExpiresAt"/> has come is absent for every read and write.
/// </remarks>
public interface IDocumentStore
{
    /// <summary>One document, or null.</summary>
    ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default);

    /// <summary>Documents of one partition whose ids begin with a prefix, in ordinal order of the id's UTF-8 bytes.</summary>
    ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default);

    /// <summary>All writes or none. The answer comes only after the batch is durable.</summary>
    ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default);

    /// <summary>The store's ranges for due scan, change feed and reports: one or more, covering all partitions, each partition in one.</summary>
    ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default);

    /// <summary>Documents of a range with <c>WakeAt &lt;= until</c>, earliest first, at most <paramref name="limit"/> (1 to 1,000).</summary>
    ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default);

    /// <summary>
    /// The latest state of documents changed after a continuation, oldest change first; null continuation: from the beginning. Every change is
    /// seen at least once by a reader that goes on from each answer's continuation; deletions are not told; several changes of one document may be told as one.
    /// </summary>
    ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default);

    /// <summary>Reports only: every document of a kind in a range, in any stable order, page by page.</summary>
    ValueTask<DocumentPage> ScanKindAsync(FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default);
}

/// <summary>Limits that hold in every store (they are Cosmos DB's).</summary>
public static class StoreLimits
{
    public const int BatchOperations = 100;
    public const int BatchBytes = 2 * 1024 * 1024;
    public const int IdCharacters = 255;
    public const int PartitionCharacters = 1000;
    public const int PageSize = 1000;
}

/// <summary>A stored document.</summary>
/// <param name="Partition">customer, identifier, intake, … e.g. <c>customer:c4k…</c>.</param>
/// <param name="Id">Unique in the partition.</param>
/// <param name="ETag">Opaque; changes with every write of the document.</param>
/// <param name="Kind">What it is, e.g. <c>run</c>; for reports.</param>
/// <param name="Body">UTF-8 JSON, as it was written (stores may reorder white space and properties).</param>
/// <param name="WakeAt">When the due scan shall find it; null: never.</param>
/// <param name="ExpiresAt">From this instant on the document is gone; null: never. Whole seconds.</param>
public sealed record Document(string Partition, string Id, string ETag, string Kind, ReadOnlyMemory<byte> Body, Instant? WakeAt, Instant? ExpiresAt);

/// <param name="Partition">The partition.</param>
/// <param name="IdPrefix">Empty: all.</param>
/// <param name="Limit">1 to 1,000.</param>
/// <param name="Descending">Highest id first.</param>
/// <param name="Continuation">From the page before.</param>
public sealed record DocumentQuery(string Partition, string IdPrefix = "", int Limit = 100, bool Descending = false, string? Continuation = null);

/// <param name="Items">The page.</param>
/// <param name="Continuation">null: that was the last page. A page may be empty and still have one.</param>
public sealed record DocumentPage(IReadOnlyList<Document> Items, string? Continuation);

/// <inheritdoc cref="DocumentPage"/>
/// <param name="Items">The changed documents.</param>
/// <param name="Continuation">Never null: where to go on later.</param>
/// <param name="HasMore">False: the reader has caught up.</param>
public sealed record ChangePage(IReadOnlyList<Document> Items, string Continuation, bool HasMore);

public sealed record DueDocument(string Partition, string Id, string Kind, Instant WakeAt);

/// <param name="Value">Opaque, stable for the life of the process.</param>
public sealed record FeedRange(string Value);

/// <summary>One write of a batch; a closed set.</summary>
public abstract record DocumentWrite
{
    private DocumentWrite(string id) => Id = id;

    public string Id { get; }

    /// <summary>Refused as <see cref="WriteRefusal.Exists"/> if the id is taken.</summary>
    public sealed record Create(string DocumentId, string Kind, ReadOnlyMemory<byte> Body, Instant? WakeAt = null, Instant? ExpiresAt = null)
        : DocumentWrite(DocumentId);

    /// <summary>Refused as <see cref="WriteRefusal.Missing"/> or <see cref="WriteRefusal.Changed"/>.</summary>
    public sealed record Replace(string DocumentId, string ETag, string Kind, ReadOnlyMemory<byte> Body, Instant? WakeAt = null, Instant? ExpiresAt = null)
        : DocumentWrite(DocumentId);

    /// <summary>Writes whatever is there.</summary>
    public sealed record Upsert(string DocumentId, string Kind, ReadOnlyMemory<byte> Body, Instant? WakeAt = null, Instant? ExpiresAt = null)
        : DocumentWrite(DocumentId);

    /// <summary>Refused as <see cref="WriteRefusal.Missing"/>, or as <see cref="WriteRefusal.Changed"/> if an ETag is given and differs.</summary>
    public sealed record Delete(string DocumentId, string? ETag = null) : DocumentWrite(DocumentId);

    /// <summary>Writes nothing, but the batch commits only if the document still has this ETag (which may change by it): <c>Missing</c>, <c>Changed</c>.</summary>
    public sealed record Guard(string DocumentId, string ETag) : DocumentWrite(DocumentId);
}

/// <summary>How a batch ended.</summary>
public abstract record BatchOutcome
{
    private BatchOutcome()
    {
    }

    /// <param name="ETags">By position of the write; null for a delete.</param>
    public sealed record Committed(IReadOnlyList<string?> ETags) : BatchOutcome;

    /// <param name="Index">The first write (by position) that was refused; nothing of the batch is written.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(int Index, WriteRefusal Reason) : BatchOutcome;

    public bool IsCommitted => this is Committed;
}

public enum WriteRefusal
{
    /// <summary>The id is taken.</summary>
    Exists,

    /// <summary>There is no such document.</summary>
    Missing,

    /// <summary>The document has another ETag.</summary>
    Changed,
}

/// <summary>The store cannot be reached or is broken; the same call may be tried again.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>How long the store asks to be left alone; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True: what is stored is damaged, so that waiting does not help. False, the default: the cause may pass (a full disk, a lock, a server that is away).</summary>
    public bool IsDamage { get; init; }
}
