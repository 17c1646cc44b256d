using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

/// <summary>
/// What every <see cref="IDocumentStore"/> promises, one fact for each sentence of its documentation. An adapter proves itself by inheriting this
/// class and <see cref="DocumentStoreModelTest"/>.
/// </summary>
public abstract partial class DocumentStoreContract : IAsyncLifetime
{
    protected static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    private IDocumentStore? _store;

    /// <summary>What the store under test takes as now.</summary>
    protected ManualClock Clock { get; } = new(Start);

    /// <summary>The store under test.</summary>
    protected IDocumentStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    public async Task InitializeAsync() => _store = await OpenAsync(Clock);

    public abstract Task DisposeAsync();

    /// <summary>Opens a store. The first call of a test makes it, empty; each further one opens the same data as another process would.</summary>
    protected abstract Task<IDocumentStore> OpenAsync(IClock clock);

    protected static byte[] Json(string value) => Encoding.UTF8.GetBytes($$"""{"value":{{JsonValue.Create(value).ToJsonString()}}}""");

    protected static byte[] Json(int value) => Encoding.UTF8.GetBytes($$"""{"value":{{value}}}""");

    protected static int Number(Document document) => JsonNode.Parse(document.Body.Span)!["value"]!.GetValue<int>();

    protected static string Text(Document document) => JsonNode.Parse(document.Body.Span)!["value"]!.GetValue<string>();

    protected static DocumentWrite Create(string id, int value = 1, string kind = "thing", Instant? wakeAt = null, Instant? expiresAt = null) =>
        new DocumentWrite.Create(id, kind, Json(value), wakeAt, expiresAt);

    protected static DocumentWrite Replace(string id, string etag, int value = 1, Instant? wakeAt = null, Instant? expiresAt = null) =>
        new DocumentWrite.Replace(id, etag, "thing", Json(value), wakeAt, expiresAt);

    protected static DocumentWrite Upsert(string id, int value = 1, Instant? wakeAt = null, Instant? expiresAt = null) =>
        new DocumentWrite.Upsert(id, "thing", Json(value), wakeAt, expiresAt);

    /// <summary>Commits what must succeed and answers the ETags.</summary>
    protected async Task<IReadOnlyList<string?>> Commit(string partition, params DocumentWrite[] writes) =>
        Assert.IsType<BatchOutcome.Committed>(await Store.CommitAsync(partition, writes)).ETags;

    protected async Task<string> CommitOne(string partition, DocumentWrite write)
    {
        string? etag = Assert.Single(await Commit(partition, write));
        return Assert.IsType<string>(etag);
    }

    protected async Task AssertRefused(int index, WriteRefusal reason, string partition, params DocumentWrite[] writes) =>
        Assert.Equal(new BatchOutcome.Refused(index, reason), await Store.CommitAsync(partition, writes));

    protected async Task<List<string>> QueryIds(DocumentQuery query)
    {
        var ids = new List<string>();
        DocumentQuery? next = query;
        while (next is not null)
        {
            DocumentPage page = await Store.QueryAsync(next);
            Assert.True(page.Items.Count <= query.Limit, $"a page of {page.Items.Count} where {query.Limit} were asked for");
            ids.AddRange(page.Items.Select(item => item.Id));
            next = page.Continuation is { } continuation ? query with { Continuation = continuation } : null;
        }

        return ids;
    }

    protected async Task<List<DueDocument>> ScanAllDue(Instant until, int limit = StoreLimits.PageSize)
    {
        var due = new List<DueDocument>();
        foreach (FeedRange range in await Store.GetFeedRangesAsync())
        {
            due.AddRange(await Store.ScanDueAsync(range, until, limit));
        }

        return due;
    }

    protected async Task<List<Document>> ScanAllKind(string kind, int limit = 100)
    {
        var found = new List<Document>();
        foreach (FeedRange range in await Store.GetFeedRangesAsync())
        {
            string? continuation = null;
            do
            {
                DocumentPage page = await Store.ScanKindAsync(range, kind, limit, continuation);
                found.AddRange(page.Items);
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }

        return found;
    }
}
