using System.Diagnostics;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary>Kills a process that writes through the adapter (tests/Loyalty.Storage.Cosmos.Crash) and looks at what it leaves behind.</summary>
public sealed class CrashTests
{
    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [Theory]
    [InlineData(1, 30)]
    [InlineData(16, 300)]
    public async Task Kill_WhileWriting_EveryAcknowledgedBatchIsThereAndNoneIsHalf(int writers, int killAfter)
    {
        string folder = Directory.CreateTempSubdirectory("loyalty-cosmos-").FullName;
        string path = Path.Combine(folder, "account.db");
        var acknowledged = new List<string>();
        for (int life = 0; life < 2; life++) acknowledged.AddRange(await RunAndKillAsync(path, writers, $"life{life}", killAfter));
        Assert.True(acknowledged.Count >= 2 * killAfter);
        using (var gateway = await GatewayAccount.OpenAsync(path, () => Clock.Now))
        {
            var present = await AllIdsAsync(new CosmosDocumentStore(gateway.CreateClient(), Clock));
            Assert.Superset(acknowledged.ToHashSet(StringComparer.Ordinal), present);
            Assert.All(present, id => Assert.Contains(id.EndsWith("-twin", StringComparison.Ordinal) ? id[..^5] : id + "-twin", present));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<HashSet<string>> AllIdsAsync(CosmosDocumentStore store)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        DocumentQuery query = new("crash", Limit: StoreLimits.PageSize);
        DocumentPage page;
        do
        {
            page = await store.QueryAsync(query);
            ids.UnionWith(page.Items.Select(item => item.Id));
            query = query with { Continuation = page.Continuation };
        }
        while (page.Continuation is not null);

        return ids;
    }

    /// <summary>Lets the child acknowledge some batches, kills it, and returns all it had said.</summary>
    private static async Task<List<string>> RunAndKillAsync(string path, int writers, string name, int killAfter)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Storage.Cosmos.Crash.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", child, path, $"{writers}", name]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (lines.Count == killAfter) process.Kill();
        }

        await process.WaitForExitAsync();
        return lines;
    }
}
