namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>The write-ahead log is copied into the file early in quiet times and late in busy ones.</summary>
public sealed class LogLengthTests
{
    private const int Megabyte = 1_000_000;

    /// <summary>Longer than a log of quiet times, shorter than one of busy times.</summary>
    private const int Rows = 80;

    /// <summary>What the file of a log keeps in quiet times, bytes.</summary>
    private const long QuietBytes = 67_108_864;

    /// <summary>Many times what a copy beside commits takes.</summary>
    private const int MostCommits = 100_000;

    [Fact]
    public async Task Write_ManyWait_CheckPointIsPutOffUntilFewDo()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        await WriteTogetherAsync(database, first: 1);
        Assert.InRange(LogBytes(file), (long)Rows * Megabyte, long.MaxValue);
        Assert.InRange(new FileInfo(file.Path).Length, 0, Megabyte);

        int commits = await CommitUntilShortAsync(file, database, first: 1_001);
        Assert.InRange(commits, LogLength.CalmCommits, MostCommits);
        Assert.InRange(new FileInfo(file.Path).Length, (long)Rows * Megabyte, long.MaxValue);
        Assert.Equal(Rows + commits, RowTable.Count(database));
    }

    [Fact]
    public async Task Write_OneAtATimeWhileManyWait_IsABusyTimeToo()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file, static options => options with { GroupWrites = 1 });
        await WriteTogetherAsync(database, first: 1);
        Assert.Equal(1, database.Counters.LargestGroup);
        Assert.InRange(LogBytes(file), (long)Rows * Megabyte, long.MaxValue);
        Assert.InRange(new FileInfo(file.Path).Length, 0, Megabyte);
    }

    [Fact]
    public async Task Write_FewWait_LogBecomesShortAgain()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        for (int id = 1; id <= 2 * Rows; id++)
        {
            await InsertAsync(database, id, Megabyte);
        }

        int commits = await CommitUntilShortAsync(file, database, first: 1_001);
        Assert.Equal((2 * Rows) + commits, RowTable.Count(database));
    }

    [Fact]
    public async Task Write_BusyQuietAndBusyAgain_LosesNothing()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        for (int round = 0; round < 3; round++)
        {
            await WriteTogetherAsync(database, first: 1 + round * 1_000);
            await InsertAsync(database, 500 + round * 1_000, 1);
        }

        await RowTable.AssertWholeAsync(file, database, 3 * (Rows + 1));
    }

    [Fact]
    public async Task AfterCommit_BusyLogIsLong_IsCopiedBesideCommitsAndBeginsAnew()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase reader = await RowTable.OpenAsync(file);
        using var writer = new Writer(file, file.Path);
        writer.Commit(id: 1, Megabyte);
        Assert.NotNull(writer.Log.Copying);
        // Beside the copy, which may be over before or after it.
        writer.Commit(id: 2, 10);
        if (writer.Log.Copying is { } copying) await copying;
        writer.Commit(id: 3, 10);
        Assert.Null(writer.Log.Copying);
        Assert.InRange(new FileInfo(file.Path).Length, Megabyte, long.MaxValue);

        writer.Commit(id: 4, 10);
        Assert.InRange(writer.PagesOfLog(), 1, 10);
        Assert.Empty(writer.Failures);
        Assert.Equal(4, RowTable.Count(reader));
        Assert.Equal("ok", reader.Read(static read => read.QueryString("PRAGMA integrity_check")));
    }

    [Fact]
    public async Task AfterCommit_FewCallersForAMoment_BusyTimeGoesOn()
    {
        await using var file = new TemporaryFile();
        await RowTable.OpenAsync(file);
        using var writer = new Writer(file, file.Path, busyPages: LogLength.BusyPages);
        writer.Commit(id: 1, LogLength.QuietPages * 4096);
        for (int id = 2; id < 2 + LogLength.CalmCommits - 1; id++)
        {
            writer.Commit(id, 10, callers: LogLength.BusyCallers - 1);
            Assert.Null(writer.Log.Copying);
        }

        writer.Commit(id: 1_000, 10);
        writer.Commit(id: 1_001, 10, callers: 1);
        Assert.Null(writer.Log.Copying);
        for (int id = 1_002; id < 1_001 + LogLength.CalmCommits; id++)
        {
            Assert.Null(writer.Log.Copying);
            writer.Commit(id, 10, callers: 1);
        }

        Assert.NotNull(writer.Log.Copying);
    }

    [Fact]
    public async Task AfterCommit_ReaderHoldsTheLogUp_IsNotTriedWithEveryCommit()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase reader = await RowTable.OpenAsync(file);
        using var writer = new Writer(file, file.Path);
        reader.Read(old =>
        {
            Assert.Equal(0, old.QueryInt64("SELECT count(*) FROM rows"));
            writer.Commit(id: 1, Megabyte);
            writer.Log.Copying!.Wait();
            for (int id = 2; id < 50; id++)
            {
                writer.Commit(id, 10);
                Assert.Null(writer.Log.Copying);
            }

            return 0;
        });
        // A quiet time's log more, and the reader is gone.
        writer.Commit(id: 50, LogLength.QuietPages * 4096);
        Assert.NotNull(writer.Log.Copying);
        await writer.Log.Copying;
        writer.Commit(id: 51, 10);
        writer.Commit(id: 52, 10);
        Assert.InRange(writer.PagesOfLog(), 1, 10);
        Assert.Empty(writer.Failures);
        Assert.Equal(52, RowTable.Count(reader));
    }

    [Fact]
    public async Task AfterCommit_CopyFails_IsToldAndTriedAgain()
    {
        await using var file = new TemporaryFile();
        await RowTable.OpenAsync(file);
        using var writer = new Writer(file, Path.Combine(file.Path, "cannot be"));
        for (int id = 1; id <= 3; id++)
        {
            writer.Commit(id * 2, Megabyte);
            Assert.NotNull(writer.Log.Copying);
            await writer.Log.Copying;
            Assert.Equal(id, writer.Failures.Count);
            writer.Commit(id * 2 + 1, 10);
            Assert.Null(writer.Log.Copying);
        }
    }

    /// <summary>All in one commit: the first holds the writer up until the others wait.</summary>
    private static async Task WriteTogetherAsync(SqliteDatabase database, int first)
    {
        using var othersWait = new ManualResetEventSlim();
        var writes = new List<Task>
        {
            database.WriteAsync(session =>
            {
                othersWait.Wait();
                RowTable.Insert(session, first, Megabyte);
            }),
        };
        for (int id = first + 1; id < first + Rows; id++)
        {
            writes.Add(InsertAsync(database, id, Megabyte));
        }

        othersWait.Set();
        await Task.WhenAll(writes);
    }

    private static Task InsertAsync(SqliteDatabase database, int id, int bytes) => database.WriteAsync(session => RowTable.Insert(session, id, bytes));

    /// <summary>Single commits until the log's file is as short as quiet times keep it; answers how many.</summary>
    private static async Task<int> CommitUntilShortAsync(TemporaryFile file, SqliteDatabase database, int first)
    {
        int commits = 0;
        for (; LogBytes(file) > QuietBytes; commits++)
        {
            Assert.True(commits < MostCommits, $"The log has {LogBytes(file)} bytes after {commits} commits.");
            await InsertAsync(database, first + commits, 1);
        }

        return commits;
    }

    private static long LogBytes(TemporaryFile file) => new FileInfo(file.Path + "-wal").Length;

    /// <summary>A writer whose log is long for busy times with 200 pages.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly SqliteSession _session;

        public Writer(TemporaryFile file, string copiedTo, int busyPages = 200)
        {
            _session = ConnectionFactory.OpenWriter(new SqliteDatabaseOptions(file.Path));
            Log = new LogLength(_session, new SqliteDatabaseOptions(copiedTo), Failures.Add, busyPages);
        }

        public LogLength Log { get; }

        public List<Exception> Failures { get; } = [];

        public void Commit(int id, int bytes, int callers = LogLength.BusyCallers)
        {
            _session.Prepare("BEGIN IMMEDIATE").Execute();
            RowTable.Insert(_session, id, bytes);
            _session.Prepare("COMMIT").Execute();
            Log.AfterCommit(callers);
        }

        public long PagesOfLog()
        {
            using SqliteStatement checkPoint = _session.Prepare("PRAGMA wal_checkpoint(PASSIVE)");
            Assert.True(checkPoint.Step());
            return checkPoint.GetInt64(1);
        }

        public void Dispose()
        {
            Log.Dispose();
            _session.Dispose();
        }
    }
}
