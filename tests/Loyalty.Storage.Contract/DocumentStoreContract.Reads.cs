using System.Text;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

public abstract partial class DocumentStoreContract
{
    /// <summary>UTF-16 order differs from UTF-8 order here: U+FFFD comes before U+1F600 in bytes, after it in UTF-16 units.</summary>
    private static readonly string[] Unordered = ["b", "a", "aa", "Z", "ab", "ä", "\uFFFD", "😀", "a-", "a0", "~", "漢"];

    private static IEnumerable<string> ByBytes(IEnumerable<string> ids) =>
        ids.OrderBy(id => Convert.ToHexString(Encoding.UTF8.GetBytes(id)), StringComparer.Ordinal);

    [Fact]
    public async Task Query_BothDirections_OrdersByUtf8Bytes()
    {
        await Commit("p", [.. Unordered.Select(id => Create(id))]);
        Assert.Equal(ByBytes(Unordered), await QueryIds(new DocumentQuery("p")));
        Assert.Equal(ByBytes(Unordered).Reverse(), await QueryIds(new DocumentQuery("p", Descending: true)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    [InlineData("ä")]
    [InlineData("😀")]
    [InlineData("zz")]
    [InlineData("%")]
    [InlineData("a_")]
    public async Task Query_Prefix_ReturnsExactlyTheIdsThatBeginWithIt(string prefix)
    {
        await Commit("p", [.. Unordered.Select(id => Create(id))]);
        string[] expected = [.. ByBytes(Unordered.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)))];
        Assert.Equal(expected, await QueryIds(new DocumentQuery("p", prefix)));
        Assert.Equal(expected.Reverse(), await QueryIds(new DocumentQuery("p", prefix, Descending: true)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Query_PageByPage_ReturnsEveryDocumentOnce(int limit)
    {
        string[] ids = [.. Enumerable.Range(0, 10).Select(number => $"lot-{number}")];
        await Commit("p", [.. ids.Select(id => Create(id)), Create("marker"), Create("kot")]);
        await Commit("q", Create("lot-5"));
        Assert.Equal(ids, await QueryIds(new DocumentQuery("p", "lot-", limit)));
        Assert.Equal(ids.Reverse(), await QueryIds(new DocumentQuery("p", "lot-", limit, Descending: true)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Query_WritesBetweenPages_NeitherSkipsNorRepeatsWhatStays(bool descending)
    {
        await Commit("p", [.. Enumerable.Range(0, 10).Select(number => Create($"d{number}"))]);
        var query = new DocumentQuery("p", Limit: 4, Descending: descending);
        DocumentPage first = await Store.QueryAsync(query);
        await Commit("p", new DocumentWrite.Delete(first.Items[^1].Id), Upsert(first.Items[0].Id, 2));
        List<string> rest = await QueryIds(query with { Continuation = first.Continuation });
        string[] all = [.. Enumerable.Range(0, 10).Select(number => $"d{number}")];
        Assert.Equal(descending ? all.Reverse() : all, first.Items.Select(item => item.Id).Concat(rest));
    }

    [Fact]
    public async Task Query_EmptyPartition_LastPage()
    {
        DocumentPage page = await Store.QueryAsync(new DocumentQuery("nothing"));
        Assert.Empty(page.Items);
        Assert.Null(page.Continuation);
    }

    [Fact]
    public async Task Expiry_JustBeforeAndAt_PresentThenAbsentForEveryRead()
    {
        Instant expiresAt = Start + Duration.FromSeconds(10);
        await Commit("p", Create("a", 1, "marker", Start, expiresAt), Create("b", 2, "marker", Start));

        Clock.Now = expiresAt - Duration.FromTicks(1);
        Assert.NotNull(await Store.ReadAsync("p", "a"));
        Assert.Equal(["a", "b"], await QueryIds(new DocumentQuery("p")));

        Clock.Now = expiresAt;
        Assert.Null(await Store.ReadAsync("p", "a"));
        Assert.Equal(["b"], await QueryIds(new DocumentQuery("p")));
        Assert.Equal(["b"], (await ScanAllDue(Start)).Select(due => due.Id));
        Assert.Equal(["b"], (await ScanAllKind("marker")).Select(document => document.Id));
        Assert.Equal(["b"], (await new ChangeReader(Store).CatchUpAsync()).Select(document => document.Id));
    }

    [Fact]
    public async Task Expiry_Expired_IsAbsentForEveryWrite()
    {
        Instant expiresAt = Start + Duration.FromSeconds(10);
        IReadOnlyList<string?> etags = await Commit(
            "p", Create("a", expiresAt: expiresAt), Create("b", expiresAt: expiresAt), Create("c", expiresAt: expiresAt));
        Clock.Now = expiresAt + Duration.FromDays(1);
        await AssertRefused(0, WriteRefusal.Missing, "p", Replace("a", etags[0]!));
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Delete("a", etags[0]));
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Delete("a"));
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Guard("a", etags[0]!));

        string created = await CommitOne("p", Create("a", 2));
        await Commit("p", Upsert("b", 3));
        Assert.NotEqual(etags[0], created);
        Assert.Equal(2, Number((await Store.ReadAsync("p", "a"))!));
        Assert.Equal(3, Number((await Store.ReadAsync("p", "b"))!));
        Assert.Null(await Store.ReadAsync("p", "c"));
    }

    [Fact]
    public async Task Expiry_Removed_DocumentStays()
    {
        string etag = await CommitOne("p", Create("a", expiresAt: Start + Duration.FromSeconds(10)));
        await Commit("p", Replace("a", etag));
        Clock.Now = Start + Duration.FromDays(1);
        Assert.NotNull(await Store.ReadAsync("p", "a"));
    }
}
