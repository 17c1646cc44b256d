using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class SqliteDocumentStoreContractTests : DocumentStoreContract
{
    private readonly TemporaryFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _file.OpenStoreAsync(clock);
}

public sealed class SqliteDocumentStoreModelTests : DocumentStoreModelTest
{
    private readonly TemporaryFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _file.OpenStoreAsync(clock);
}

/// <summary>The index that changes are read by is made for the first who reads them.</summary>
public sealed class SqliteChangesTests
{
    [Fact]
    public async Task ReadChanges_FirstReader_MakesTheIndex()
    {
        await using var file = new TemporaryFile();
        SqliteDocumentStore store = await FillAsync(file);
        Assert.False(HasIndex(file));
        Assert.Equal(["b", "c", "a"], await ReadAsync(store));
        Assert.True(HasIndex(file));
        Assert.Equal(["b", "c", "a"], await ReadAsync(await file.OpenStoreAsync(SystemClock.Instance)));
    }

    [Fact]
    public async Task ReadChanges_FileIsOnlyRead_DoesWithout()
    {
        await using var file = new TemporaryFile();
        await FillAsync(file);
        SqliteDatabase database = file.Open(static options => options with { ReadOnly = true });
        Assert.Equal(["b", "c", "a"], await ReadAsync(await SqliteDocumentStore.OpenAsync(database, SystemClock.Instance)));
        Assert.False(HasIndex(file));
    }

    [Fact]
    public async Task Open_FileOfTheVersionBefore_KeepsItsDocumentsAndLosesTheIndex()
    {
        await using var file = new TemporaryFile();
        await FillAsync(file);
        await file.Open().WriteAsync(static session => session.ExecuteScript("""
            CREATE UNIQUE INDEX documents_change ON documents(etag);
            UPDATE schema SET version = 1 WHERE component = 'documents';
            """));
        SqliteDocumentStore store = await file.OpenStoreAsync(SystemClock.Instance);
        Assert.False(HasIndex(file));
        Document known = (await store.ReadAsync("p", "b"))!;
        Assert.True((await store.CommitAsync("p", [new DocumentWrite.Replace("b", known.ETag, "kind", "2"u8.ToArray())])).IsCommitted);
        Assert.Equal(new BatchOutcome.Refused(0, WriteRefusal.Changed), await store.CommitAsync("p", [new DocumentWrite.Replace("b", known.ETag, "kind", "3"u8.ToArray())]));
        Assert.Equal(["c", "a", "b"], await ReadAsync(store));
    }

    /// <summary>Made in the order a, b, c; then a is changed.</summary>
    private static async Task<SqliteDocumentStore> FillAsync(TemporaryFile file)
    {
        SqliteDocumentStore store = await file.OpenStoreAsync(SystemClock.Instance);
        foreach (string id in new[] { "a", "b", "c" })
        {
            Assert.True((await store.CommitAsync("p", [new DocumentWrite.Create(id, "kind", "1"u8.ToArray())])).IsCommitted);
        }

        Assert.True((await store.CommitAsync("p", [new DocumentWrite.Upsert("a", "kind", "2"u8.ToArray())])).IsCommitted);
        return store;
    }

    private static async Task<List<string>> ReadAsync(SqliteDocumentStore store)
    {
        var ids = new List<string>();
        FeedRange range = Assert.Single(await store.GetFeedRangesAsync());
        string? continuation = null;
        ChangePage page;
        do
        {
            page = await store.ReadChangesAsync(range, continuation, limit: 2);
            ids.AddRange(page.Items.Select(static item => item.Id));
            continuation = page.Continuation;
        }
        while (page.HasMore);

        return ids;
    }

    private static bool HasIndex(TemporaryFile file) =>
        file.Open().Read(static session => session.QueryInt64("SELECT count(*) FROM sqlite_schema WHERE name = 'documents_change'")) == 1;
}
