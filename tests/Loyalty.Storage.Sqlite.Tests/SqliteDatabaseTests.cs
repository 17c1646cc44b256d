using Loyalty.Engine.Storage;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class SqliteDatabaseTests
{
    private static readonly SchemaModule Notes = new("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL)"]);

    [Fact]
    public async Task Write_ManyAtOnce_ShareCommits()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        using var first = new ManualResetEventSlim();
        Task blocked = database.WriteAsync(_ => first.Wait());
        Task[] writes = [.. Enumerable.Range(1, 100).Select(number => database.WriteAsync(session => Insert(session, number)))];
        long before = database.Counters.Groups;
        first.Set();
        await Task.WhenAll(writes);
        await blocked;
        Assert.True(database.Counters.Groups - before <= 2, $"{database.Counters}");
        Assert.Equal(100, Count(database));
    }

    [Fact]
    public async Task Write_OneOfAGroupThrows_OnlyItsOwnTaskFaultsAndOnlyItsWritesAreUndone()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        using var first = new ManualResetEventSlim();
        Task blocked = database.WriteAsync(_ => first.Wait());
        Task before = database.WriteAsync(session => Insert(session, 1));
        Task failing = database.WriteAsync(session =>
        {
            Insert(session, 2);
            throw new InvalidOperationException("no");
        });
        Task duplicate = database.WriteAsync(session => Insert(session, 1));
        Task after = database.WriteAsync(session => Insert(session, 3));
        first.Set();
        await Task.WhenAll(blocked, before, after);
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.True((await Assert.ThrowsAsync<SqliteStatementException>(() => duplicate)).IsConstraint);
        Assert.Equal([1L, 3L], Ids(database));
        Assert.True(database.Counters.RolledBackGroups >= 1);
    }

    [Fact]
    public async Task Write_ThrowsAlone_NextWriteWorks()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        await Assert.ThrowsAsync<SqliteStatementException>(() => database.WriteAsync(session => session.ExecuteScript("nonsense")));
        await database.WriteAsync(session => Insert(session, 1));
        Assert.Equal([1L], Ids(database));
    }

    [Fact]
    public async Task Write_Continuation_DoesNotRunOnTheWriterThread()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        string? writer = await database.WriteAsync(_ => Thread.CurrentThread.Name);
        Assert.Equal("sqlite writer", writer);
        string? continuing = await database.WriteAsync(session => Insert(session, 1)).ContinueWith(
            _ => Thread.CurrentThread.Name, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Assert.NotEqual("sqlite writer", continuing);
    }

    [Fact]
    public async Task Write_CancelledWhileWaiting_IsNotMade()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        using var first = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        Task blocked = database.WriteAsync(_ =>
        {
            started.Set();
            first.Wait();
        });
        started.Wait();
        Task given = database.WriteAsync(session => Insert(session, 1), WriteFence.None, cancel.Token);
        await cancel.CancelAsync();
        first.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await blocked;
        Assert.Empty(Ids(database));
    }

    [Fact]
    public async Task Enqueue_ThenWrite_IsDurableWithItAndBeforeIt()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file, options => options with { RiderDelay = TimeSpan.FromHours(1) });
        database.Enqueue(session => Insert(session, 1));
        long seen = await database.WriteAsync(session => session.QueryInt64("SELECT count(*) FROM notes"));
        Assert.Equal(1, seen);
        Assert.Equal([1L], Ids(database));
    }

    [Fact]
    public async Task Enqueue_WithoutCompany_IsCommittedAfterTheDelay()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file, options => options with { RiderDelay = TimeSpan.FromMilliseconds(1) });
        var committed = new TaskCompletionSource();
        database.Committed += (_, _) => committed.TrySetResult();
        database.Enqueue(session => Insert(session, 1));
        await committed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([1L], Ids(database));
    }

    [Fact]
    public async Task Enqueue_ThenDispose_IsCommitted()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file, options => options with { RiderDelay = TimeSpan.FromHours(1) });
        database.Enqueue(session => Insert(session, 1));
        await database.DisposeAsync();
        Assert.Equal([1L], Ids(file.Open()));
    }

    [Fact]
    public async Task Enqueue_Throws_IsReportedAndHarmsNobody()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        var reported = new List<Exception>();
        database.BackgroundWriteFailed += (_, failed) => reported.Add(failed.Failure);
        database.Enqueue(_ => throw new InvalidOperationException("rider"));
        await database.WriteAsync(session => Insert(session, 1));
        Assert.Equal("rider", Assert.Single(reported).Message);
        Assert.Equal([1L], Ids(database));
    }

    [Fact]
    public async Task GroupHook_EveryGroup_PrecedesItsWrites()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        await database.WriteAsync(session => Insert(session, 0));
        int hooked = 0;
        database.AddGroupHook(session => session.Prepare("UPDATE notes SET text = ?1 WHERE id = 0").Bind(1, ++hooked).Execute());
        for (int turn = 1; turn <= 3; turn++)
        {
            string? seen = await database.WriteAsync(session => session.QueryString("SELECT text FROM notes WHERE id = 0"));
            Assert.Equal($"{turn}", seen);
        }
    }

    [Fact]
    public async Task AfterCommit_CommittedAndUndoneWrites_RunsOnceForTheFormerOnlyAndBeforeTheAnswer()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        var told = new List<string>();
        using var first = new ManualResetEventSlim();
        Task blocked = database.WriteAsync(_ => first.Wait());
        Task[] good = [.. Enumerable.Range(1, 3).Select(number => database.WriteAsync(session =>
        {
            Insert(session, number);
            session.AfterCommit(() => told.Add($"good {number}"));
        }))];
        Task bad = database.WriteAsync(session =>
        {
            session.AfterCommit(() => told.Add("bad"));
            throw new InvalidOperationException("no");
        });
        first.Set();
        await Task.WhenAll([blocked, .. good]);
        Assert.Equal(["good 1", "good 2", "good 3"], told);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await database.WriteAsync(session => Insert(session, 9));
        Assert.Equal(3, told.Count);
    }

    [Fact]
    public async Task Read_Snapshot_DoesNotSeeLaterCommits()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        await database.WriteAsync(session => Insert(session, 1));
        (long before, long after) = database.Read(session =>
        {
            long first = session.QueryInt64("SELECT count(*) FROM notes");
            database.WriteAsync(other => Insert(other, 2)).GetAwaiter().GetResult();
            return (first, session.QueryInt64("SELECT count(*) FROM notes"));
        });
        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, Count(database));
    }

    [Fact]
    public async Task Read_Throws_ConnectionIsUsableAgain()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        Assert.Throws<SqliteStatementException>(() => database.Read(session => session.Prepare("SELECT nonsense").GetInt64(0)));
        Assert.Throws<InvalidOperationException>(() => database.Read<int>(_ => throw new InvalidOperationException()));
        await database.WriteAsync(session => Insert(session, 1));
        Assert.Equal(1, Count(database));
    }

    [Fact]
    public async Task Read_TriesToWrite_IsRefused()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        Assert.Throws<StoreUnavailableException>(() => database.Read(session =>
        {
            Insert(session, 1);
            return 0;
        }));
        Assert.Equal(0, Count(database));
    }

    [Fact]
    public async Task ReadDataVersion_AnyInstanceCommits_Changes()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        SqliteDatabase other = file.Open();
        long first = database.ReadDataVersion();
        Assert.Equal(first, database.ReadDataVersion());
        await database.WriteAsync(session => Insert(session, 1));
        long second = database.ReadDataVersion();
        await other.WriteAsync(session => Insert(session, 2));
        long third = database.ReadDataVersion();
        Assert.Equal(3, new HashSet<long> { first, second, third }.Count);
    }

    [Fact]
    public async Task Write_TwoInstancesAtOnce_BothCommitEverything()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        SqliteDatabase other = file.Open();
        await Task.WhenAll(Enumerable.Range(0, 400).Select(number => Task.Run(
            () => (number % 2 == 0 ? database : other).WriteAsync(session => Insert(session, number)))));
        Assert.Equal(400, Count(database));
    }

    [Fact]
    public async Task Write_FileLockedTooLong_FailsAsUnavailableAndWorksAfterwards()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file, options => options with { BusyTimeout = TimeSpan.FromMilliseconds(20) });
        SqliteDatabase other = file.Open();
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Task holding = other.WriteAsync(_ =>
        {
            started.Set();
            release.Wait();
        });
        started.Wait();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => database.WriteAsync(session => Insert(session, 1)));
        release.Set();
        await holding;
        await database.WriteAsync(session => Insert(session, 2));
        Assert.Equal([2L], Ids(database));
    }

    [Fact]
    public async Task Write_AfterDispose_Throws()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await OpenNotesAsync(file);
        await database.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => { _ = database.WriteAsync(session => Insert(session, 1)); });
        Assert.Throws<ObjectDisposedException>(() => Count(database));
    }

    private static async Task<SqliteDatabase> OpenNotesAsync(
        TemporaryFile file, Func<SqliteDatabaseOptions, SqliteDatabaseOptions>? configure = null)
    {
        SqliteDatabase database = file.Open(configure);
        await database.EnsureSchemaAsync(Notes);
        return database;
    }

    private static void Insert(SqliteSession session, int id) =>
        session.Prepare("INSERT INTO notes(id, text) VALUES(?1, ?2)").Bind(1, id).Bind(2, $"note {id}").Execute();

    private static long Count(SqliteDatabase database) => database.Read(session => session.QueryInt64("SELECT count(*) FROM notes"));

    private static List<long> Ids(SqliteDatabase database) => database.Read(session =>
    {
        var ids = new List<long>();
        using SqliteStatement rows = session.Prepare("SELECT id FROM notes ORDER BY id");
        while (rows.Step())
        {
            ids.Add(rows.GetInt64(0));
        }

        return ids;
    });
}
