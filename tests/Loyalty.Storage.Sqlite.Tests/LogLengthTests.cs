namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>The write-ahead log is copied into the file early in quiet times and late in busy ones.</summary>
public sealed class LogLengthTests
{
    private const int Megabyte = 1_000_000;

    /// <summary>Longer than a log of quiet times, shorter than one of busy times.</summary>
    private const int Rows = 80;

    [Fact]
    public async Task Write_ManyWait_CheckPointIsPutOffUntilFewDo()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        await WriteTogetherAsync(database, first: 1);
        Assert.InRange(LogBytes(file), (long)Rows * Megabyte, long.MaxValue);
        Assert.InRange(new FileInfo(file.Path).Length, 0, Megabyte);

        await InsertAsync(database, 1_001, 1);
        Assert.InRange(new FileInfo(file.Path).Length, (long)Rows * Megabyte, long.MaxValue);
        await InsertAsync(database, 1_002, 1);
        Assert.InRange(LogBytes(file), 0, 67_108_864);
        Assert.Equal(Rows + 2, RowTable.Count(database));
    }

    [Fact]
    public async Task Write_FewWait_LogStaysShort()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = await RowTable.OpenAsync(file);
        for (int id = 1; id <= 2 * Rows; id++)
        {
            await InsertAsync(database, id, Megabyte);
        }

        // A commit more than the length at which a check point is due.
        Assert.InRange(LogBytes(file), 0, 67_108_864 + 2 * Megabyte);
        Assert.Equal(2 * Rows, RowTable.Count(database));
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

    private static long LogBytes(TemporaryFile file) => new FileInfo(file.Path + "-wal").Length;

    /// <summary>A writer whose log is long for busy times with 200 pages.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly SqliteSession _session;

        public Writer(TemporaryFile file, string copiedTo)
        {
            _session = ConnectionFactory.OpenWriter(new SqliteDatabaseOptions(file.Path));
            Log = new LogLength(_session, new SqliteDatabaseOptions(copiedTo), Failures.Add, busyPages: 200);
        }

        public LogLength Log { get; }

        public List<Exception> Failures { get; } = [];

        public void Commit(int id, int bytes)
        {
            _session.Prepare("BEGIN IMMEDIATE").Execute();
            RowTable.Insert(_session, id, bytes);
            Log.BeforeCommit(LogLength.BusyCallers);
            _session.Prepare("COMMIT").Execute();
            Log.AfterCommit();
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
