using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

public abstract partial class DocumentStoreContract
{
    [Fact]
    public async Task ScanDue_UntilIncluded_EarliestFirst()
    {
        foreach (int second in (int[])[5, 1, 4, 2, 3])
        {
            await Commit($"p{second}", Create("a", wakeAt: Start + Duration.FromSeconds(second)), Create("never"));
        }

        foreach (FeedRange range in await Store.GetFeedRangesAsync())
        {
            IReadOnlyList<DueDocument> due = await Store.ScanDueAsync(range, Start + Duration.FromSeconds(4), 100);
            Assert.Equal(due.OrderBy(item => item.WakeAt), due);
        }

        List<DueDocument> all = await ScanAllDue(Start + Duration.FromSeconds(4));
        Assert.Equal(["p1", "p2", "p3", "p4"], all.Select(due => due.Partition).Order(StringComparer.Ordinal));
        Assert.All(all, due => Assert.Equal(("a", "thing"), (due.Id, due.Kind)));
        Assert.Equal(Start + Duration.FromSeconds(1), all.Min(due => due.WakeAt));
    }

    [Fact]
    public async Task ScanDue_Limit_ReturnsTheEarliestOfEachRange()
    {
        await Commit("p", [.. Enumerable.Range(0, 20).Select(number => Create($"d{number:00}", wakeAt: Start - Duration.FromSeconds(number)))]);
        List<DueDocument> due = await ScanAllDue(Start, 5);
        Assert.Equal(["d19", "d18", "d17", "d16", "d15"], due.Select(item => item.Id));
    }

    [Fact]
    public async Task ScanDue_MovedClearedOrDeleted_IsNotFound()
    {
        IReadOnlyList<string?> etags = await Commit(
            "p", Create("moved", wakeAt: Start), Create("cleared", wakeAt: Start), Create("deleted", wakeAt: Start), Create("kept", wakeAt: Start));
        await Commit(
            "p",
            Replace("moved", etags[0]!, wakeAt: Start + Duration.FromSeconds(1)),
            Replace("cleared", etags[1]!),
            new DocumentWrite.Delete("deleted"));
        Assert.Equal(["kept"], (await ScanAllDue(Start)).Select(due => due.Id));
        Assert.Equal(["kept", "moved"], (await ScanAllDue(Start + Duration.FromSeconds(1))).Select(due => due.Id));
    }

    [Fact]
    public async Task FeedRanges_EveryPartition_IsInExactlyOne()
    {
        for (int number = 0; number < 30; number++)
        {
            await Commit($"customer:{number}", Create("a", kind: "customer"));
        }

        List<Document> found = await ScanAllKind("customer", limit: 7);
        Assert.Equal(30, found.Count);
        Assert.Equal(30, found.Select(document => document.Partition).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task ScanKind_OtherKinds_AreLeftOut()
    {
        await Commit("p", Create("a", kind: "run"), Create("b", kind: "runs"), Create("c", kind: "ru"), Create("d", kind: "run"));
        Assert.Equal(["a", "d"], (await ScanAllKind("run", limit: 1)).Select(document => document.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ReadChanges_FromTheBeginning_TellsEveryDocumentOldestChangeFirst()
    {
        string first = await CommitOne("p", Create("a", 1));
        await Commit("p", Create("b", 2));
        await Commit("p", Create("gone"));
        await Commit("p", Replace("a", first, 3), new DocumentWrite.Delete("gone"));

        List<Document> changes = await new ChangeReader(Store, limit: 1).CatchUpAsync();
        Assert.DoesNotContain(changes, change => change.Id == "gone");
        Assert.Equal(["b", "a"], changes.Select(change => change.Id));
        Assert.Equal([2, 3], changes.Select(Number));
    }

    [Fact]
    public async Task ReadChanges_CaughtUp_GoesOnFromItsContinuation()
    {
        var reader = new ChangeReader(Store);
        Assert.Empty(await reader.CatchUpAsync());
        await Commit("p", Create("a"));
        Assert.Equal(["a"], (await reader.CatchUpAsync()).Select(change => change.Id));
        Assert.Empty(await reader.CatchUpAsync());
        await Commit("p", Upsert("a", 2), Create("b"));
        Assert.Equal(["a", "b"], (await reader.CatchUpAsync()).Select(change => change.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ReadChanges_ManyWritersMeanwhile_SeesTheLastStateOfEveryDocument()
    {
        const int Writers = 8;
        const int Turns = 40;
        IDocumentStore other = await OpenAsync(Clock);
        var last = new System.Collections.Concurrent.ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            IDocumentStore store = writer % 2 == 0 ? Store : other;
            for (int turn = 0; turn < Turns; turn++)
            {
                string id = $"d{turn % 7}";
                var committed = (BatchOutcome.Committed)await store.CommitAsync($"p{writer}", [Upsert(id, turn)]);
                last[$"p{writer}/{id}"] = committed.ETags[0]!;
            }
        })));

        var reader = new ChangeReader(Store, limit: 5);
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        bool done;
        do
        {
            done = writing.IsCompleted;
            foreach (Document change in await reader.CatchUpAsync())
            {
                seen[$"{change.Partition}/{change.Id}"] = change.ETag;
            }
        }
        while (!done);

        await writing;
        Assert.Equal(last.OrderBy(pair => pair.Key, StringComparer.Ordinal), seen.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
