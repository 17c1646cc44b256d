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
        var failures = new List<Exception>();
        using SqliteSession session = ConnectionFactory.OpenWriter(new SqliteDatabaseOptions(file.Path));
        using var log = new LogLength(session, new SqliteDatabaseOptions(file.Path), failures.Add, busyPages: 200);
        Commit(session, log, id: 1, Megabyte);
        Assert.NotNull(log.Copying);
        // Beside the copy, which may be over before or after it.
        Commit(session, log, id: 2, 10);
        if (log.Copying is { } copying) await copying;
        Commit(session, log, id: 3, 10);
        Assert.Null(log.Copying);
        Assert.InRange(new FileInfo(file.Path).Length, Megabyte, long.MaxValue);

        Commit(session, log, id: 4, 10);
        Assert.InRange(PagesOfLog(session), 1, 10);
        Assert.Empty(failures);
        Assert.Equal(4, RowTable.Count(reader));
        Assert.Equal("ok", reader.Read(static read => read.QueryString("PRAGMA integrity_check")));
    }

    [Fact]
    public async Task AfterCommit_ReaderHoldsTheLogUp_IsNotTriedWithEveryCommit()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase reader = await RowTable.OpenAsync(file);
        var failures = new List<Exception>();
        using SqliteSession session = ConnectionFactory.OpenWriter(new SqliteDatabaseOptions(file.Path));
        using var log = new LogLength(session, new SqliteDatabaseOptions(file.Path), failures.Add, busyPages: 200);
        reader.Read(old =>
        {
            Assert.Equal(0, old.QueryInt64("SELECT count(*) FROM rows"));
            Commit(session, log, id: 1, Megabyte);
            log.Copying!.Wait();
            for (int id = 2; id < 50; id++)
            {
                Commit(session, log, id, 10);
                Assert.Null(log.Copying);
            }

            return 0;
        });
        // A quiet time's log more, and the reader is gone.
        Commit(session, log, id: 50, LogLength.QuietPages * 4096);
        Assert.NotNull(log.Copying);
        await log.Copying;
        Commit(session, log, id: 51, 10);
        Commit(session, log, id: 52, 10);
        Assert.InRange(PagesOfLog(session), 1, 10);
        Assert.Empty(failures);
        Assert.Equal(52, RowTable.Count(reader));
    }

    [Fact]
    public async Task AfterCommit_CopyFails_IsToldAndTriedAgain()
    {
        await using var file = new TemporaryFile();
        await RowTable.OpenAsync(file);
        var failures = new List<Exception>();
        using SqliteSession session = ConnectionFactory.OpenWriter(new SqliteDatabaseOptions(file.Path));
        using var log = new LogLength(session, new SqliteDatabaseOptions(Path.Combine(file.Path, "cannot be")), failures.Add, busyPages: 200);
        for (int id = 1; id <= 3; id++)
        {
            Commit(session, log, id * 2, Megabyte);
            Assert.NotNull(log.Copying);
            await log.Copying;
            Assert.Equal(id, failures.Count);
            Commit(session, log, id * 2 + 1, 10);
            Assert.Null(log.Copying);
        }
    }

    private static void Commit(SqliteSession session, LogLength log, int id, int bytes)
    {
        session.Prepare("BEGIN IMMEDIATE").Execute();
        RowTable.Insert(session, id, bytes);
        log.BeforeCommit(LogLength.BusyCallers);
        session.Prepare("COMMIT").Execute();
        log.AfterCommit();
    }

    private static long PagesOfLog(SqliteSession session)
    {
        using SqliteStatement checkPoint = session.Prepare("PRAGMA wal_checkpoint(PASSIVE)");
        Assert.True(checkPoint.Step());
        return checkPoint.GetInt64(1);
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
}
