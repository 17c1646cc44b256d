using Loyalty.Engine.Storage;
using Microsoft.Azure.Cosmos;
using NodaTime;
using FeedRange = Loyalty.Engine.Storage.FeedRange;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// The document store in a Cosmos DB container (<see cref="Containers.State"/>). Point reads, queries inside one partition, transactional batches;
/// across partitions only the due scan, the change feed and reports, each range by range.
/// </summary>
/// <remarks>
/// Consistency is the session's: one process reads its own writes; another one sees them after milliseconds. Decisions do not rest on fresher reads:
/// every write stands under the ETags of what was read, or creates what must not be there.
/// </remarks>
public sealed class CosmosDocumentStore : IDocumentStore
{
    private readonly Container _container;
    private readonly IClock _clock;
    private readonly CosmosCalls _calls;
    private readonly WriteTokens _tokens = new();

    /// <param name="client">The account; not disposed by the store.</param>
    /// <param name="clock">Says what has expired.</param>
    /// <param name="options">How.</param>
    public CosmosDocumentStore(CosmosClient client, IClock clock, CosmosStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(clock);
        var chosen = options ?? new CosmosStoreOptions();
        _container = client.GetContainer(chosen.Database, chosen.Container);
        _clock = clock;
        _calls = new CosmosCalls(chosen);
    }

    /// <inheritdoc/>
    public async ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default)
    {
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckId(id);
        cancellation.ThrowIfCancellationRequested();
        var stored = await ReadStoredAsync(partition, id, cancellation);
        return stored is not null && stored.IsPresent(Now) ? stored.Document : null;
    }

    /// <inheritdoc/>
    public async ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        DocumentBounds.CheckPartition(query.Partition);
        DocumentBounds.CheckLimit(query.Limit);
        cancellation.ThrowIfCancellationRequested();
        // The page goes on behind its last id, not at a token of the service: it is short, and holds for any process.
        string? after = query.Continuation is { } continuation ? Tokens.Read(continuation, 'q') : null;
        var definition = CosmosQueries.InPartition(query.IdPrefix, after, query.Descending);
        var options = new QueryRequestOptions { PartitionKey = new PartitionKey(query.Partition), MaxItemCount = query.Limit + 1 };
        using var pages = _container.GetItemQueryStreamIterator(definition, requestOptions: options);
        var found = await TakeAsync("query", pages, query.Limit + 1, static stored => stored.Document, cancellation);
        bool more = found.Count > query.Limit;
        if (more) found.RemoveRange(query.Limit, found.Count - query.Limit);
        return new DocumentPage(found, more ? Tokens.Write('q', found[^1].Id) : null);
    }

    /// <inheritdoc/>
    public async ValueTask<BatchOutcome> CommitAsync(
        string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckBatch(writes);
        cancellation.ThrowIfCancellationRequested();
        return await new CosmosCommit(_container, _calls, _clock, partition, writes, _tokens.Next()).RunAsync(ReadStoredAsync, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default)
    {
        try
        {
            var ranges = await _container.GetFeedRangesAsync(cancellation);
            return [.. ranges.Select(static range => new FeedRange(range.ToJsonString()))];
        }
        catch (CosmosException failure)
        {
            throw CosmosCalls.Failure("feed ranges", new Answer((int)failure.StatusCode, failure.Message) { Exception = failure });
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(
        FeedRange range, Instant until, int limit, CancellationToken cancellation = default)
    {
        var feed = Parse(range);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        var options = new QueryRequestOptions { MaxItemCount = limit };
        using var pages = _container.GetItemQueryStreamIterator(feed, CosmosQueries.Due(until), continuationToken: null, options);
        return await TakeAsync(
            "due scan", pages, limit, static stored => Due(stored.Document), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<ChangePage> ReadChangesAsync(
        FeedRange range, string? continuation, int limit, CancellationToken cancellation = default)
    {
        var feed = Parse(range);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        var position = ChangePosition.Read(continuation);
        var start = position.Token is { } token ? ChangeFeedStartFrom.ContinuationToken(token) : ChangeFeedStartFrom.Beginning(feed);
        using var pages = _container.GetChangeFeedStreamIterator(
            start, ChangeFeedMode.LatestVersion, new ChangeFeedRequestOptions { PageSizeHint = limit });
        using var response = await _calls.ReadAsync("change feed", () => pages.ReadNextAsync(cancellation), cancellation);
        string next = response.ContinuationToken;
        if (response.StatusCode == System.Net.HttpStatusCode.NotModified) return new ChangePage([], new ChangePosition(next, []).Write(), HasMore: false);
        var changed = Envelope.ReadPage(await BytesAsync(response, cancellation)).Where(stored => !position.Told.Contains(stored.RawETag)).ToList();
        if (changed.Count <= limit) return new ChangePage(Present(changed), new ChangePosition(next, []).Write(), HasMore: true);

        // What one batch changed comes as one page, however long. It is told in parts: the next part begins at the same place and leaves out what
        // was told, which is known by ETag, so what changes in between is told too.
        changed.RemoveRange(limit, changed.Count - limit);
        var rest = position with { Told = [.. position.Told, .. changed.Select(static stored => stored.RawETag)] };
        return new ChangePage(Present(changed), rest.Write(), HasMore: true);
    }

    /// <inheritdoc/>
    public async ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default)
    {
        var feed = Parse(range);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        string? token = continuation is null ? null : Tokens.Read(continuation, 'k');
        using var pages = _container.GetItemQueryStreamIterator(
            feed, CosmosQueries.Kind(kind), token, new QueryRequestOptions { MaxItemCount = limit });
        using var response = await _calls.ReadAsync("scan", () => pages.ReadNextAsync(cancellation), cancellation);
        var found = Present(Envelope.ReadPage(await BytesAsync(response, cancellation)));
        return new DocumentPage(found, response.ContinuationToken is { } next ? Tokens.Write('k', next) : null);
    }

    private Instant Now => _clock.GetCurrentInstant();

    private List<Document> Present(List<Stored> found)
    {
        var now = Now;
        return [.. found.Where(stored => stored.IsPresent(now)).Select(static stored => stored.Document)];
    }

    private async Task<Stored?> ReadStoredAsync(string partition, string id, CancellationToken cancellation)
    {
        if (!AddressText.IsSafe(id)) return await ReadInBatchAsync(partition, id, cancellation);
        using var response = await _calls.ReadAsync(
            "read", () => _container.ReadItemStreamAsync(id, new PartitionKey(partition), cancellationToken: cancellation), cancellation);
        return response.StatusCode == System.Net.HttpStatusCode.NotFound ? null : Envelope.Read(await BytesAsync(response, cancellation));
    }

    /// <summary>A document whose id cannot stand in an address is asked for in the body of a batch.</summary>
    private async Task<Stored?> ReadInBatchAsync(string partition, string id, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            var answer = await CosmosCalls.TryBatchAsync(
                "read", () => _container.CreateTransactionalBatch(new PartitionKey(partition)).ReadItem(id).ExecuteAsync(cancellation), cancellation);
            using var batch = answer.Batch;
            if (answer.Status == 404) return null;
            if (answer.IsSuccess)
            {
                using var copy = new MemoryStream();
                await batch![0].ResourceStream.CopyToAsync(copy, cancellation);
                return Envelope.Read(copy.ToArray());
            }

            await _calls.WaitOrThrowAsync("read", answer, attempt, cancellation);
        }
    }

    /// <summary>The first rows of a query that have not expired.</summary>
    private async Task<List<T>> TakeAsync<T>(
        string operation, FeedIterator pages, int count, Func<Stored, T> select, CancellationToken cancellation)
    {
        var found = new List<T>();
        while (found.Count < count && pages.HasMoreResults)
        {
            using var response = await _calls.ReadAsync(operation, () => pages.ReadNextAsync(cancellation), cancellation);
            var now = Now;
            var rows = Envelope.ReadPage(await BytesAsync(response, cancellation)).Where(stored => stored.IsPresent(now)).Take(count - found.Count);
            found.AddRange(rows.Select(select));
        }

        return found;
    }

    private static DueDocument Due(Document document) => new(document.Partition, document.Id, document.Kind, document.WakeAt!.Value);

    private static Microsoft.Azure.Cosmos.FeedRange Parse(FeedRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        try
        {
            return Microsoft.Azure.Cosmos.FeedRange.FromJsonString(range.Value);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new ArgumentException($"'{range.Value}' is not a range of this store.", nameof(range), failure);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(ResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content is MemoryStream memory && memory.TryGetBuffer(out var buffer)) return buffer.AsMemory()[(int)memory.Position..];
        using var copy = new MemoryStream();
        await response.Content.CopyToAsync(copy, cancellation);
        return copy.GetBuffer().AsMemory(0, (int)copy.Length);
    }
}
