using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

public abstract partial class DocumentStoreContract
{
    [Fact]
    public async Task Create_NewId_ReadsBackEveryField()
    {
        Instant wakeAt = Start + Duration.FromMilliseconds(1_500);
        Instant expiresAt = Start + Duration.FromDays(90);
        byte[] body = Json("a \"quoted\" ü 漢 😀");
        string etag = await CommitOne("customer:c1", new DocumentWrite.Create("run-1", "run", body, wakeAt, expiresAt));

        Document? read = await Store.ReadAsync("customer:c1", "run-1");

        Assert.NotNull(read);
        Assert.Equal(("customer:c1", "run-1", etag, "run"), (read.Partition, read.Id, read.ETag, read.Kind));
        Assert.Equal("a \"quoted\" ü 漢 😀", Text(read));
        Assert.Equal(wakeAt, read.WakeAt);
        Assert.Equal(expiresAt, read.ExpiresAt);
    }

    [Fact]
    public async Task Create_WithoutWakeAndExpiry_ReadsBackNulls()
    {
        await Commit("p", Create("a"));
        Document? read = await Store.ReadAsync("p", "a");
        Assert.Null(read!.WakeAt);
        Assert.Null(read.ExpiresAt);
    }

    [Fact]
    public async Task Read_UnknownPartitionOrId_Null()
    {
        await Commit("p", Create("a"));
        Assert.Null(await Store.ReadAsync("p", "b"));
        Assert.Null(await Store.ReadAsync("q", "a"));
    }

    [Fact]
    public async Task Create_TakenId_RefusedAndUnchanged()
    {
        string etag = await CommitOne("p", Create("a", 1));
        await AssertRefused(0, WriteRefusal.Exists, "p", Create("a", 2));
        Document? read = await Store.ReadAsync("p", "a");
        Assert.Equal((etag, 1), (read!.ETag, Number(read)));
    }

    [Fact]
    public async Task Commit_LastOfManyIsTaken_NothingOfItIsThereOrTold()
    {
        string known = await CommitOne("p", Create("known", 1));
        await Commit("p", Create("taken", 1), Create("gone", 1));
        var changes = new ChangeReader(Store);
        await changes.CatchUpAsync();

        await AssertRefused(
            3, WriteRefusal.Exists, "p", new DocumentWrite.Replace("known", known, "k", Json(2)), Create("a", 2), Create("b", 2), Create("taken", 2), new DocumentWrite.Delete("gone"));

        Assert.Equal((known, 1), ((await Store.ReadAsync("p", "known"))!.ETag, Number((await Store.ReadAsync("p", "known"))!)));
        Assert.Equal(["gone", "known", "taken"], (await Store.QueryAsync(new DocumentQuery("p", "", 10))).Items.Select(static one => one.Id));
        Assert.Empty(await changes.CatchUpAsync());
        await Commit("p", new DocumentWrite.Replace("known", known, "k", Json(3)), Create("a", 3), new DocumentWrite.Delete("gone"));
        Assert.Equal(3, Number((await Store.ReadAsync("p", "a"))!));
    }

    [Fact]
    public async Task Create_SameIdInTwoPartitions_AreTwoDocuments()
    {
        await Commit("p", Create("a", 1));
        await Commit("q", Create("a", 2));
        Assert.Equal(1, Number((await Store.ReadAsync("p", "a"))!));
        Assert.Equal(2, Number((await Store.ReadAsync("q", "a"))!));
    }

    [Fact]
    public async Task Replace_Missing_Refused()
    {
        string elsewhere = await CommitOne("q", Create("a"));
        await AssertRefused(0, WriteRefusal.Missing, "p", Replace("a", elsewhere));
    }

    [Fact]
    public async Task Replace_OldETag_RefusedAndUnchanged()
    {
        string first = await CommitOne("p", Create("a", 1));
        string second = await CommitOne("p", Replace("a", first, 2));
        await AssertRefused(0, WriteRefusal.Changed, "p", Replace("a", first, 3));
        Document? read = await Store.ReadAsync("p", "a");
        Assert.Equal((second, 2), (read!.ETag, Number(read)));
    }

    [Fact]
    public async Task Replace_PresentETag_ReplacesEveryField()
    {
        string first = await CommitOne("p", Create("a", 1, "old", Start, Start + Duration.FromDays(1)));
        var replacement = new DocumentWrite.Replace("a", first, "new", Json(2));
        string second = await CommitOne("p", replacement);
        Document? read = await Store.ReadAsync("p", "a");
        Assert.Equal((second, "new", 2, null, null), (read!.ETag, read.Kind, Number(read), read.WakeAt, read.ExpiresAt));
    }

    /// <summary>The commit of every posting: a customer in the version that was read, and entries that are new.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replace_BesideCreates_AllOrNothing(bool isTimed)
    {
        Instant? at = isTimed ? Start + Duration.FromHours(1) : null;
        Instant? until = isTimed ? Start + Duration.FromDays(1) : null;
        string first = await CommitOne("p", Create("state", 1, "thing", at, until));
        IReadOnlyList<string?> etags = await Commit("p", Create("entry-1"), Replace("state", first, 2, at, until), Create("entry-2"));
        string second = Assert.IsType<string>(etags[1]);
        Assert.Equal(3, etags.Distinct().Count());

        // Refused by the version, by an entry that is there, and by both.
        await AssertRefused(1, WriteRefusal.Changed, "p", Create("entry-3"), Replace("state", first, 3, at, until), Create("entry-4"));
        await AssertRefused(2, WriteRefusal.Exists, "p", Create("entry-3"), Replace("state", second, 3, at, until), Create("entry-2"));
        await AssertRefused(0, WriteRefusal.Exists, "p", Create("entry-1"), Replace("state", first, 3, at, until));
        await AssertRefused(1, WriteRefusal.Missing, "p", Create("entry-3"), Replace("elsewhere", second, 3, at, until));
        await AssertRefused(0, WriteRefusal.Missing, "q", Replace("state", second, 3, at, until), Create("entry-1"));
        Assert.Equal(["entry-1", "entry-2", "state"], await QueryIds(new DocumentQuery("p")));
        Document? read = await Store.ReadAsync("p", "state");
        Assert.Equal((second, 2, at, until), (read!.ETag, Number(read), read.WakeAt, read.ExpiresAt));

        // More than the body changes.
        Instant later = Start + Duration.FromHours(2);
        string third = (await Commit("p", Create("entry-3"), Replace("state", second, 3, later)))[1]!;
        read = await Store.ReadAsync("p", "state");
        Assert.Equal((third, 3, (Instant?)later, null), (read!.ETag, Number(read), read.WakeAt, read.ExpiresAt));
    }

    [Fact]
    public async Task Replace_ExpiredBesideCreates_RefusedAsMissing()
    {
        Instant until = Start + Duration.FromMinutes(1);
        string etag = await CommitOne("p", Create("state", 1, "thing", null, until));
        Clock.Now = until;
        await AssertRefused(1, WriteRefusal.Missing, "p", Create("entry-1"), Replace("state", etag, 2, null, until));
        Assert.Empty(await QueryIds(new DocumentQuery("p")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no etag of this store")]
    [InlineData("0")]
    public async Task Replace_ForeignETag_RefusedAsChanged(string etag)
    {
        await Commit("p", Create("a"));
        await AssertRefused(0, WriteRefusal.Changed, "p", Replace("a", etag));
    }

    [Fact]
    public async Task Upsert_MissingAndPresent_WritesBoth()
    {
        string first = await CommitOne("p", Upsert("a", 1));
        string second = await CommitOne("p", Upsert("a", 2));
        Document? read = await Store.ReadAsync("p", "a");
        Assert.NotEqual(first, second);
        Assert.Equal((second, 2), (read!.ETag, Number(read)));
    }

    [Fact]
    public async Task Delete_WithoutETag_Deletes()
    {
        await Commit("p", Create("a"));
        Assert.Null(Assert.Single(await Commit("p", new DocumentWrite.Delete("a"))));
        Assert.Null(await Store.ReadAsync("p", "a"));
    }

    [Fact]
    public async Task Delete_ByETag_OnlyIfItIsThePresentOne()
    {
        string first = await CommitOne("p", Create("a"));
        string second = await CommitOne("p", Upsert("a"));
        await AssertRefused(0, WriteRefusal.Changed, "p", new DocumentWrite.Delete("a", first));
        await Commit("p", new DocumentWrite.Delete("a", second));
        Assert.Null(await Store.ReadAsync("p", "a"));
    }

    [Fact]
    public async Task Delete_Missing_Refused()
    {
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Delete("a"));
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Delete("a", "1"));
    }

    [Fact]
    public async Task Guard_PresentETag_CommitsTheBatchAndKeepsTheDocument()
    {
        string consent = await CommitOne("p", Create("consent", 7, "consent", Start));
        IReadOnlyList<string?> etags = await Commit("p", new DocumentWrite.Guard("consent", consent), Create("claim"));
        Document? guarded = await Store.ReadAsync("p", "consent");
        Assert.Equal(("consent", 7, Start), (guarded!.Kind, Number(guarded), guarded.WakeAt));
        Assert.Equal(guarded.ETag, etags[0]);
        Assert.NotNull(await Store.ReadAsync("p", "claim"));
    }

    [Fact]
    public async Task Guard_OldETagOrMissing_RefusesTheBatch()
    {
        string granted = await CommitOne("p", Create("consent"));
        await CommitOne("p", Upsert("consent", 2));
        await AssertRefused(1, WriteRefusal.Changed, "p", Create("claim"), new DocumentWrite.Guard("consent", granted));
        await Commit("p", new DocumentWrite.Delete("consent"));
        await AssertRefused(0, WriteRefusal.Missing, "p", new DocumentWrite.Guard("consent", granted), Create("claim"));
        Assert.Null(await Store.ReadAsync("p", "claim"));
    }

    [Fact]
    public async Task Commit_SameContentAgain_ChangesTheETag()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int turn = 0; turn < 20; turn++)
        {
            Assert.True(seen.Add(await CommitOne("p", Upsert("a", 1))));
        }
    }

    [Fact]
    public async Task Commit_DeletedAndCreatedAgain_NeverReusesAnETag()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int turn = 0; turn < 20; turn++)
        {
            string etag = await CommitOne("p", Create("a"));
            Assert.True(seen.Add(etag));
            await Commit("p", new DocumentWrite.Delete("a", etag));
        }

        string last = await CommitOne("p", Create("a"));
        foreach (string old in seen)
        {
            await AssertRefused(0, WriteRefusal.Changed, "p", Replace("a", old));
        }

        await Commit("p", Replace("a", last));
    }

    [Fact]
    public async Task Commit_MixedBatch_ETagsStandByPosition()
    {
        IReadOnlyList<string?> before = await Commit("p", Create("replaced"), Create("deleted"), Create("guarded"), Create("upserted"));
        IReadOnlyList<string?> after = await Commit(
            "p",
            Create("created"),
            Replace("replaced", before[0]!, 2),
            new DocumentWrite.Delete("deleted", before[1]),
            new DocumentWrite.Guard("guarded", before[2]!),
            Upsert("upserted", 2));

        Assert.Equal(5, after.Count);
        Assert.Null(after[2]);
        Assert.Null(await Store.ReadAsync("p", "deleted"));
        foreach ((int position, string id) in new[] { (0, "created"), (1, "replaced"), (3, "guarded"), (4, "upserted") })
        {
            Assert.Equal(after[position], (await Store.ReadAsync("p", id))!.ETag);
        }
    }

    [Fact]
    public async Task Commit_OneWriteRefused_NothingOfTheBatchIsWritten()
    {
        IReadOnlyList<string?> etags = await Commit("p", Create("kept", 1), Create("taken", 1));
        await AssertRefused(
            3,
            WriteRefusal.Exists,
            "p",
            Create("new"),
            Upsert("kept", 2),
            Upsert("other"),
            Create("taken"),
            new DocumentWrite.Delete("missing"));
        Assert.Equal(["kept", "taken"], await QueryIds(new DocumentQuery("p")));
        Document? kept = await Store.ReadAsync("p", "kept");
        Assert.Equal((etags[0], 1), (kept!.ETag, Number(kept)));
    }

    [Fact]
    public async Task Commit_CancelledBefore_ThrowsAndWritesNothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.CommitAsync("p", [Create("a")], cancelled.Token));
        Assert.Null(await Store.ReadAsync("p", "a"));
    }

    [Fact]
    public async Task Commit_AnsweredByOneInstance_IsReadByAnother()
    {
        IDocumentStore other = await OpenAsync(Clock);
        for (int turn = 0; turn < 20; turn++)
        {
            await Commit("p", Upsert("a", turn));
            Assert.Equal(turn, Number((await other.ReadAsync("p", "a"))!));
            Assert.True((await other.CommitAsync("p", [Upsert("b", turn)])).IsCommitted);
            Assert.Equal(turn, Number((await Store.ReadAsync("p", "b"))!));
        }
    }
}
