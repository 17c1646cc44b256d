using System.Diagnostics;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>Kills a process that writes (tests/Loyalty.Storage.Sqlite.Crash) and looks at what it leaves behind.</summary>
public sealed class CrashTests
{
    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [Theory]
    [InlineData(1, 50)]
    [InlineData(64, 500)]
    [InlineData(64, 3_000)]
    public async Task Kill_WhileWriting_EveryAcknowledgedBatchIsThereAndNoneIsHalf(int writers, int killAfter)
    {
        await using var file = new TemporaryFile();
        List<string> acknowledged = await RunAndKillAsync(file.Path, writers, "a", killAfter);
        Assert.True(acknowledged.Count >= killAfter);

        SqliteDocumentStore store = await file.OpenStoreAsync(Clock);
        HashSet<string> present = await PairedDocuments.ReadIdsAsync(store);
        Assert.Superset(acknowledged.ToHashSet(StringComparer.Ordinal), present);
        PairedDocuments.AssertNoneIsHalf(present);
        Assert.Equal("ok", file.Open().Read(session => session.QueryString("PRAGMA integrity_check")));
    }

    [Fact]
    public async Task Kill_Owner_IsReplacedAtOnceAndItsCrashIsKnown()
    {
        await using var file = new TemporaryFile();
        await RunAndKillAsync(file.Path, 4, "killed", 10);
        SqliteDatabase database = file.Open();
        Assert.Equal("killed", database.ReadOwner()!.Name);
        var acquired = Assert.IsType<OwnershipAnswer.Acquired>(await database.TryAcquireOwnershipAsync("next"));
        Assert.True(acquired.Lease.PreviousOwnerCrashed);
        Assert.Equal(2, acquired.Lease.Token);
    }

    [Fact]
    public async Task Kill_ManyTimesOver_EveryAcknowledgedBatchOfAllLivesIsThere()
    {
        await using var file = new TemporaryFile();
        var acknowledged = new List<string>();
        for (int life = 0; life < 5; life++)
        {
            acknowledged.AddRange(await RunAndKillAsync(file.Path, 16, $"life{life}", 40 * (life + 1)));
        }

        HashSet<string> present = await PairedDocuments.ReadIdsAsync(await file.OpenStoreAsync(Clock));
        Assert.Superset(acknowledged.ToHashSet(StringComparer.Ordinal), present);
    }

    [Fact]
    public async Task TwoProcesses_OneFile_OneOwnsAndBothCommit()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        SqliteDocumentStore store = await SqliteDocumentStore.OpenAsync(database, Clock);
        using Process child = Start(file.Path, 8, "child");
        string? first = await child.StandardOutput.ReadLineAsync();
        Assert.StartsWith("child-", first, StringComparison.Ordinal);

        var held = Assert.IsType<OwnershipAnswer.Held>(await database.TryAcquireOwnershipAsync("parent"));
        Assert.Equal(("child", child.Id), (held.By.Name, held.By.ProcessId));
        for (int turn = 0; turn < 20; turn++)
        {
            Assert.True((await store.CommitAsync("parent", [new DocumentWrite.Create($"p{turn}", "crash", "{}"u8.ToArray())])).IsCommitted);
        }

        await Assert.ThrowsAsync<OwnershipLostException>(() => database.WriteAsync(_ => { }, WriteFence.Owner));
        child.Kill();
        await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.Equal(20, (await store.QueryAsync(new DocumentQuery("parent"))).Items.Count);
        Assert.NotNull(await store.ReadAsync("crash", first!));
    }

    [Fact]
    public async Task SecondProcess_WhileTheFileIsHeld_IsToldByWhomAndSinceWhen()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        Assert.IsType<OwnershipAnswer.Acquired>(await database.TryAcquireOwnershipAsync("the first host"));
        using Process child = Start(file.Path, 1, "second");
        string said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.Equal(1, child.ExitCode);
        Assert.StartsWith($"held by the first host (process {Environment.ProcessId} on ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondProcess_ClosesAfterTheFileWasOpenedTwiceHere_LeavesTheLogAlone()
    {
        await using var file = new TemporaryFile();
        SqliteDatabase database = file.Open();
        SqliteDocumentStore store = await SqliteDocumentStore.OpenAsync(database, Clock);
        Assert.IsType<OwnershipAnswer.Acquired>(await database.TryAcquireOwnershipAsync("the first host"));
        await file.Open().DisposeAsync();
        await CloseElsewhereAsync();
        Assert.True(File.Exists(file.Path + "-wal"), "The other process took itself for the last one and deleted the log.");

        // What is committed from now on is in the log that everybody reads.
        Assert.True((await store.CommitAsync("crash", [new DocumentWrite.Create("later", "crash", "{}"u8.ToArray())])).IsCommitted);
        await CloseElsewhereAsync();
        Assert.NotNull(await store.ReadAsync("crash", "later"));

        async Task CloseElsewhereAsync()
        {
            using Process child = Start(file.Path, 1, "second");
            await child.StandardOutput.ReadToEndAsync();
            await child.WaitForExitAsync();
            Assert.Equal(1, child.ExitCode);
        }
    }

    [Fact]
    public async Task Writer_Always_SyncsEveryCommit()
    {
        await using var file = new TemporaryFile();
        (string? mode, long synchronous) = await file.Open().WriteAsync(
            session => (session.QueryString("PRAGMA journal_mode"), session.QueryInt64("PRAGMA synchronous")));
        Assert.Equal(("wal", 2L), (mode, synchronous));
    }

    /// <summary>Lets the child acknowledge some batches, kills it, and returns all it had said.</summary>
    private static async Task<List<string>> RunAndKillAsync(string path, int writers, string name, int killAfter)
    {
        using Process child = Start(path, writers, name);
        var lines = new List<string>();
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (lines.Count == killAfter)
            {
                child.Kill();
            }
        }

        await child.WaitForExitAsync();
        return lines;
    }

    private static Process Start(string path, int writers, string name)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Sqlite.Crash.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", child, path, $"{writers}", name])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
    }
}
