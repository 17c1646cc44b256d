using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class OwnershipTests
{
    [Fact]
    public async Task Acquire_FreshFile_FirstTokenAndNoCrash()
    {
        await using var file = new TemporaryFile();
        OwnerLease lease = await AcquireAsync(file.Open(), "first");
        Assert.Equal(1, lease.Token);
        Assert.False(lease.PreviousOwnerCrashed);
    }

    [Fact]
    public async Task Acquire_Held_NamesTheOwner()
    {
        await using var file = new TemporaryFile();
        await AcquireAsync(file.Open(), "first");
        SqliteDatabase second = file.Open();
        var held = Assert.IsType<OwnershipAnswer.Held>(await second.TryAcquireOwnershipAsync("second"));
        Assert.Equal(("first", Environment.ProcessId), (held.By.Name, held.By.ProcessId));
        Assert.StartsWith("held by first (process ", held.By.ToString(), StringComparison.Ordinal);
        Assert.Contains(" since 20", held.By.ToString(), StringComparison.Ordinal);
        Assert.Equal("first", second.ReadOwner()!.Name);
    }

    [Fact]
    public async Task Acquire_Released_HigherTokenAndNoCrash()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase first = file.Open();
        OwnerLease old = await AcquireAsync(first, "first");
        await old.DisposeAsync();
        Assert.Null(first.ReadOwner());
        OwnerLease lease = await AcquireAsync(file.Open(), "second");
        Assert.Equal(old.Token + 1, lease.Token);
        Assert.False(lease.PreviousOwnerCrashed);
    }

    [Fact]
    public async Task Dispose_Owner_GivesTheFileBack()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase first = file.Open();
        await AcquireAsync(first, "first");
        await first.DisposeAsync();
        Assert.False((await AcquireAsync(file.Open(), "second")).PreviousOwnerCrashed);
    }

    [Fact]
    public async Task AcquireAndWait_OwnerReleases_WaiterGetsIt()
    {
        await using var file = new TemporaryFile();
        OwnerLease first = await AcquireAsync(file.Open(), "first");
        var told = new TaskCompletionSource<OwnerInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<OwnerLease> waiting = file.Open().AcquireOwnershipAsync("second", TimeSpan.FromMilliseconds(1), by => told.TrySetResult(by));
        Assert.Equal("first", (await told.Task).Name);
        await first.DisposeAsync();
        Assert.Equal(first.Token + 1, (await waiting).Token);
    }

    [Fact]
    public async Task OwnerWrite_NotTheOwner_IsRefusedAndTheRestOfItsGroupCommits()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        await database.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY)"]));
        using var first = new ManualResetEventSlim();
        Task blocked = database.WriteAsync(_ => first.Wait());
        Task fenced = database.WriteAsync(session => session.ExecuteScript("INSERT INTO notes VALUES(1)"), WriteFence.Owner);
        Task free = database.WriteAsync(session => session.ExecuteScript("INSERT INTO notes VALUES(2)"));
        first.Set();
        await Assert.ThrowsAsync<OwnershipLostException>(() => fenced);
        await Task.WhenAll(blocked, free);
        Assert.Equal(2, database.Read(session => session.QueryInt64("SELECT max(id) + count(*) - 1 FROM notes")));
    }

    [Fact]
    public async Task OwnerWrite_StaleToken_IsRefusedChangesNothingAndTellsTheLease()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase stale = file.Open();
        OwnerLease lease = await AcquireAsync(stale, "stale");
        await stale.EnsureSchemaAsync(new SchemaModule("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY)"]));
        await stale.WriteAsync(session => session.ExecuteScript("INSERT INTO notes VALUES(1)"), WriteFence.Owner);

        // What a file lock that does not hold (a network folder) would let happen.
        await file.Open().WriteAsync(session => session.ExecuteScript("UPDATE owner SET token = token + 1, name = 'usurper'"));

        OwnershipLostException refused = await Assert.ThrowsAsync<OwnershipLostException>(
            () => stale.WriteAsync(session => session.ExecuteScript("INSERT INTO notes VALUES(2)"), WriteFence.Owner));
        Assert.Contains("usurper", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, stale.Read(session => session.QueryInt64("SELECT count(*) FROM notes")));
        CancellationToken lost = lease.Lost;
        await Assert.ThrowsAsync<OwnershipLostException>(lease.RenewAsync);
        Assert.True(lost.IsCancellationRequested);
    }

    [Fact]
    public async Task OwnerHook_NotTheOwner_IsLeftOut()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        int ran = 0;
        database.AddGroupHook(_ => ran++, WriteFence.Owner);
        await database.WriteAsync(_ => { });
        Assert.Equal(0, ran);
        OwnerLease lease = await AcquireAsync(database, "owner");
        await database.WriteAsync(_ => { });
        Assert.Equal(1, ran);
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task Renew_Held_MovesTheEnd()
    {
        await using var file = new TemporaryFile();
        var clock = new SteppingTimeProvider();
        SqliteDatabase database = file.Open(options => options with { WallClock = clock });
        OwnerLease lease = await AcquireAsync(database, "owner");
        clock.Now += TimeSpan.FromSeconds(10);
        await lease.RenewAsync();
        Assert.Equal(lease.Info.ValidUntil + Duration.FromSeconds(10), database.ReadOwner()!.ValidUntil);
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public async Task Acquire_OwnerOnAnotherMachine_OnlyAfterItsLease(int seconds, bool acquired)
    {
        await using var file = new TemporaryFile();
        var clock = new SteppingTimeProvider();
        SqliteDatabase first = file.Open(options => options with { WallClock = clock });
        await AcquireAsync(first, "far away");
        await first.WriteAsync(session => session.ExecuteScript("CREATE TABLE kept AS SELECT * FROM owner; UPDATE kept SET machine = 'elsewhere'"));
        await first.DisposeAsync();

        SqliteDatabase second = file.Open(options => options with { WallClock = clock });
        await second.WriteAsync(session => session.ExecuteScript("DELETE FROM owner; INSERT INTO owner SELECT * FROM kept"));
        clock.Now += TimeSpan.FromSeconds(seconds);
        OwnershipAnswer answer = await second.TryAcquireOwnershipAsync("second");
        Assert.Equal(acquired, answer is OwnershipAnswer.Acquired { Lease.PreviousOwnerCrashed: true });
    }

    private static async Task<OwnerLease> AcquireAsync(SqliteDatabase database, string name) =>
        Assert.IsType<OwnershipAnswer.Acquired>(await database.TryAcquireOwnershipAsync(name)).Lease;

    private sealed class SteppingTimeProvider : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
