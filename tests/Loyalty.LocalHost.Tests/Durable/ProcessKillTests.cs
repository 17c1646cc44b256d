using System.Diagnostics;
using System.Globalization;
using Loyalty.LocalHost.Durable;
using Loyalty.Storage.Sqlite;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>Kills a process that runs orchestrations (tests/Loyalty.LocalHost.Crash), again and again, until one gets
/// to the end.</summary>
public sealed class ProcessKillTests
{
    private const int Instances = 12;
    private const int Steps = 30;
    private const int MostLines = 40;
    private const int Overrun = 40;

    [Theory]
    [InlineData(17)]
    [InlineData(41)]
    public async Task Kill_ManyLives_EveryChainEndsWithItsSumAndEveryStepWasDone(int seed)
    {
        var folder = Directory.CreateTempSubdirectory("kill-");
        var file = Path.Combine(folder.FullName, "kill.db");
        try
        {
            var random = new Random(seed);
            var lives = 0;
            while (!await RunAsync(file, killAfterLines: random.Next(1, MostLines)))
                Assert.InRange(++lives, 1, Instances * Steps);

            // No life gets further than it was permitted, so there were several.
            Assert.InRange(lives, 3, Instances * Steps);
            await using (var database = SqliteDatabase.Open(file))
            {
                var client = new LocalDurableTaskClient(
                    new DurableEngine(database, new DurableFunctions(), new VirtualClock()));
                for (var number = 0; number < Instances; number++)
                {
                    var ended = await client.GetInstanceAsync($"chain{number}", getInputsAndOutputs: true);
                    Assert.Equal(OrchestrationRuntimeStatus.Completed, ended!.RuntimeStatus);
                    Assert.Equal(Steps * (Steps + 1) / 2, ended.ReadOutputAs<long>());
                }
            }

            var done = (await File.ReadAllLinesAsync(file + ".effects")).ToHashSet(StringComparer.Ordinal);
            for (var number = 0; number < Instances; number++)
            {
                for (var step = 1; step <= Steps; step++) Assert.Contains($"chain{number}/{step}", done);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>One life of the child; true if it got to the end.</summary>
    private static async Task<bool> RunAsync(string file, int killAfterLines)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Loyalty.LocalHost.Crash.dll"));
        start.ArgumentList.Add(file);
        start.ArgumentList.Add(Instances.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(Steps.ToString(CultureInfo.InvariantCulture));
        using var child = Process.Start(start)!;
        for (var permit = 0; permit < killAfterLines + Overrun; permit++) await child.StandardInput.WriteLineAsync();
        await child.StandardInput.FlushAsync();
        var lines = 0;
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "all done")
            {
                await child.WaitForExitAsync();
                Assert.Equal(0, child.ExitCode);
                return true;
            }

            if (++lines < killAfterLines) continue;
            child.Kill();
            break;
        }

        await child.WaitForExitAsync();
        return false;
    }
}
