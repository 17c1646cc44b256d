namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>What was deleted is in neither the file nor its log, whoever else asks for the same, writes or reads at that moment.</summary>
public sealed class ScrubTests
{
    private const int Askers = 16;
    private static readonly SchemaModule Notes = new("notes", ["CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL)"]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Scrub_ManyAtOnceWhileOthersWriteAndRead_IsDoneForEachOfThem(int processes)
    {
        await using var file = new TemporaryFile();
        var databases = Enumerable.Range(0, processes).Select(_ => SqliteDatabase.Open(file.Path)).ToList();
        try
        {
            await databases[0].EnsureSchemaAsync(Notes);
            using var stop = new CancellationTokenSource();
            var others = databases.SelectMany(database => new[] { WriteAsync(database, databases.IndexOf(database), stop.Token), ReadAsync(database, stop.Token) }).ToList();
            for (var round = 0; round < 3; round++)
            {
                var word = $"canary{round}-{new string('x', 40)}";
                var erased = Enumerable.Range(0, Askers).Select(async asker =>
                {
                    var (database, id) = (databases[asker % processes], (round * Askers) + asker + 1);
                    await database.WriteAsync(session => Insert(session, id, word));
                    await database.WriteAsync(session => session.ExecuteScript($"DELETE FROM notes WHERE id = {id}"));
                    return await database.ScrubAsync();
                });
                Assert.All(await Task.WhenAll(erased), Assert.True);
                Assert.Equal((0, 0), (Count(file.Path, word), Count(file.Path + "-wal", word)));
            }

            await stop.CancelAsync();
            await Task.WhenAll(others);
        }
        finally
        {
            foreach (var database in databases) await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Scrub_WhileAnotherReadsAnOlderState_SaysNoAndIsDoneAfterwards()
    {
        await using var file = new TemporaryFile();
        await using var database = SqliteDatabase.Open(new SqliteDatabaseOptions(file.Path) { BusyTimeout = TimeSpan.FromMilliseconds(50) });
        await using var other = SqliteDatabase.Open(file.Path);
        await database.EnsureSchemaAsync(Notes);
        await database.WriteAsync(static session => Insert(session, 1, "one"));
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var reading = Task.Factory.StartNew(
            () => other.Read(session =>
            {
                var seen = session.QueryInt64("SELECT count(*) FROM notes");
                entered.Set();
                leave.Wait();
                return seen;
            }),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        entered.Wait();
        await database.WriteAsync(static session => Insert(session, 2, "two"));

        Assert.False(await database.ScrubAsync());
        leave.Set();
        Assert.Equal(1, await reading);
        Assert.True(await database.ScrubAsync());
        Assert.Equal(0, new FileInfo(file.Path + "-wal").Length);
    }

    private static async Task WriteAsync(SqliteDatabase database, int process, CancellationToken stop)
    {
        for (var id = 1_000_000 * (process + 1); !stop.IsCancellationRequested; id++) await database.WriteAsync(session => Insert(session, id, "somebody else's"), WriteFence.None, CancellationToken.None);
    }

    private static Task ReadAsync(SqliteDatabase database, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            while (!stop.IsCancellationRequested) database.Read(static session => session.QueryInt64("SELECT max(id) FROM notes"));
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static void Insert(SqliteSession session, long id, string text) =>
        session.Prepare("INSERT INTO notes(id, text) VALUES(?1, ?2)").Bind(1, id).Bind(2, text).Execute();

    private static int Count(string path, string word)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(word)) >= 0 ? 1 : 0;
    }
}
