using System.Text;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

public abstract partial class DocumentStoreContract
{
    public static TheoryData<string> BadIds => new(
        string.Empty, new string('x', StoreLimits.IdCharacters + 1), "a/b", "a\\b", "a?b", "a#b");

    public static TheoryData<string> GoodIds => new(
        new string('x', StoreLimits.IdCharacters), "a b", "a%b", "a_b", "ä", "漢字", "😀", "'", "\"", "a:b|c;d,e.f-g~h", "A", " ", "a ", ".", "..");

    /// <summary>Not a row of <see cref="BadIds"/>: test runners cannot pass on such a text.</summary>
    [Fact]
    public Task Commit_IdWithLoneSurrogate_ThrowsBeforeAnythingIsWritten() =>
        Commit_BadId_ThrowsBeforeAnythingIsWritten("lone \uD800 surrogate");

    [Theory]
    [MemberData(nameof(BadIds))]
    public async Task Commit_BadId_ThrowsBeforeAnythingIsWritten(string id)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync("p", [Create("good"), Create(id)]));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadAsync("p", id));
        Assert.Empty(await QueryIds(new DocumentQuery("p")));
    }

    [Theory]
    [MemberData(nameof(GoodIds))]
    public async Task Commit_GoodId_IsFoundAgainAndAlone(string id)
    {
        await Commit("p", Create(id, 1));
        await Commit("p", Create("another"));
        Assert.Equal(1, Number((await Store.ReadAsync("p", id))!));
        Assert.Equal([id], (await QueryIds(new DocumentQuery("p", id))).Where(found => found == id));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(StoreLimits.PartitionCharacters + 1)]
    public async Task Commit_BadPartitionLength_Throws(int length)
    {
        string partition = new('p', length);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync(partition, [Create("a")]));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadAsync(partition, "a"));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.QueryAsync(new DocumentQuery(partition)));
    }

    [Fact]
    public async Task Commit_LongestPartition_Works()
    {
        string partition = "customer:" + new string('ü', StoreLimits.PartitionCharacters - 9);
        await Commit(partition, Create("a", 5));
        Assert.Equal(5, Number((await Store.ReadAsync(partition, "a"))!));
    }

    [Fact]
    public async Task Commit_NoWrites_Throws() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync("p", []));

    [Fact]
    public async Task Commit_TooManyWrites_ThrowsAndWritesNothing()
    {
        DocumentWrite[] writes = [.. Enumerable.Range(0, StoreLimits.BatchOperations + 1).Select(number => Create($"d{number}"))];
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync("p", writes));
        Assert.Empty(await QueryIds(new DocumentQuery("p")));
    }

    [Fact]
    public async Task Commit_MostWrites_Works()
    {
        DocumentWrite[] writes = [.. Enumerable.Range(0, StoreLimits.BatchOperations).Select(number => Create($"d{number:000}", number))];
        IReadOnlyList<string?> etags = await Commit("p", writes);
        Assert.Equal(StoreLimits.BatchOperations, etags.Distinct().Count());
        Assert.Equal(writes.Select(write => write.Id), await QueryIds(new DocumentQuery("p")));
    }

    [Fact]
    public async Task Commit_SameIdTwice_ThrowsAndWritesNothing()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync("p", [Create("a"), Upsert("b"), Upsert("a")]));
        Assert.Empty(await QueryIds(new DocumentQuery("p")));
    }

    [Fact]
    public async Task Commit_BodiesAboveTheBound_ThrowsAndWritesNothing()
    {
        byte[] half = BodyOf(StoreLimits.BatchBytes / 2);
        byte[] more = BodyOf((StoreLimits.BatchBytes / 2) + 1);
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await Store.CommitAsync("p", [new DocumentWrite.Create("a", "k", half), new DocumentWrite.Create("b", "k", more)]));
        Assert.Empty(await QueryIds(new DocumentQuery("p")));
    }

    [Fact]
    public async Task Commit_LargeBodies_ReadBackWhole()
    {
        byte[] large = BodyOf(StoreLimits.BatchBytes / 4);
        await Commit("p", new DocumentWrite.Create("a", "k", large), new DocumentWrite.Create("b", "k", large));
        Assert.Equal(large.Length - "{\"value\":\"\"}".Length, Text((await Store.ReadAsync("p", "b"))!).Length);
    }

    [Fact]
    public async Task Commit_ExpiryWithFraction_Throws() => await Assert.ThrowsAnyAsync<ArgumentException>(
        async () => await Store.CommitAsync("p", [Create("a", expiresAt: Start + Duration.FromMilliseconds(1))]));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(StoreLimits.PageSize + 1)]
    public async Task Reads_BadLimit_Throw(int limit)
    {
        FeedRange range = (await Store.GetFeedRangesAsync())[0];
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.QueryAsync(new DocumentQuery("p", Limit: limit)));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ScanDueAsync(range, Start, limit));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadChangesAsync(range, null, limit));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ScanKindAsync(range, "k", limit));
    }

    private static byte[] BodyOf(int bytes) => Encoding.UTF8.GetBytes($$"""{"value":"{{new string('x', bytes - 12)}}"}""");
}
