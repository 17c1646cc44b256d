using System.Diagnostics;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.DurableTask;

namespace Loyalty.Bench;

/// <summary>Durable steps: orchestrations that call one activity after the other; each activity's result is committed (synchronous=FULL) before the next.</summary>
internal static class StepsBench
{
    private const int Instances = 512;
    private const int StepsEach = 20;

    public static async Task RunAsync(BenchOptions options)
    {
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        await using var database = SqliteDatabase.Open(options.Fresh("steps"));
        using var clock = HostClock.Real();
        await using var engine = await BenchEngine.StartAsync(database, clock, Functions());
        var client = new LocalDurableTaskClient(engine);
        await RoundAsync(client, "warm", Instances);
        var watch = Stopwatch.StartNew();
        var rounds = 0;
        while (watch.Elapsed.TotalSeconds < options.Seconds) await RoundAsync(client, $"r{rounds++}", Instances);
        var steps = (double)rounds * Instances * StepsEach;
        Console.WriteLine($"durable steps: {steps / watch.Elapsed.TotalSeconds:N0} steps/s ({Instances} instances at a time, {StepsEach} steps each)");
    }

    private static async Task RoundAsync(LocalDurableTaskClient client, string prefix, int instances)
    {
        await Task.WhenAll(Enumerable.Range(0, instances).Select(number =>
            client.ScheduleNewOrchestrationInstanceAsync("Chain", StepsEach, new StartOrchestrationOptions($"{prefix}-{number}"))));
        await Task.WhenAll(Enumerable.Range(0, instances).Select(number => client.WaitForInstanceCompletionAsync($"{prefix}-{number}")));
    }

    private static DurableFunctions Functions() => new DurableFunctions()
        .AddOrchestrator<int, int>("Chain", static async (context, steps) =>
        {
            var sum = 0;
            for (var step = 0; step < steps; step++) sum += await context.CallActivityAsync<int>("Step", step);
            return sum;
        })
        .AddActivity<int, int>("Step", static (_, step) => Task.FromResult(step + 1));
}
