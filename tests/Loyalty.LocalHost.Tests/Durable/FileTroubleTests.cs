using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Tests.Time;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>A file that takes no writes for a while stops nothing for good, and what is stored afterwards is stored in order.</summary>
public sealed class FileTroubleTests
{
    [Fact]
    public async Task Start_FileTakesNoWritesForLong_GoesOnByItselfWhenItDoes()
    {
        var wall = new ManualWallClock();
        await using var host = await OpenAsync(wall);
        await using var trouble = await FileTrouble.BeginAsync(host.Database.Path);
        var started = host.StartAsync("Sum", 5, "one");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await ItWaitsAsync(host, wall);
            wall.Advance(FileTrouble.LongEnough);
        }

        await ItWaitsAsync(host, wall);
        Assert.False(started.IsCompleted);
        Assert.False(host.Engine.Ended.IsCompleted);
        await trouble.EndAsync();
        wall.Advance(FileTrouble.LongEnough);
        await started;
        await host.RunAsync();

        Assert.Equal(55, (await host.GetAsync("one")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Starts_ManyWhileTheFileTakesNoWrites_AllAreStoredInOrderAndRunOnce()
    {
        var wall = new ManualWallClock();
        await using var host = await OpenAsync(wall);
        await using var trouble = await FileTrouble.BeginAsync(host.Database.Path);
        var started = new List<Task<string>>();
        for (var number = 0; number < 20; number++)
        {
            started.Add(host.StartAsync("Sum", number, $"run-{number}"));
            await ItWaitsAsync(host, wall);
        }

        await trouble.EndAsync();
        wall.Advance(FileTrouble.LongEnough);
        await Task.WhenAll(started);
        await host.RunAsync();
        await host.ReopenAsync();

        for (var number = 0; number < 20; number++)
        {
            var ended = await host.GetAsync($"run-{number}");
            Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
            Assert.Equal(Enumerable.Range(1, number).Sum(each => each * each), ended.ReadOutputAs<int>());
        }
    }

    [Fact]
    public async Task Stop_WhileTheFileTakesNoWrites_EndsAndTheCallerIsTold()
    {
        var wall = new ManualWallClock();
        await using var host = await OpenAsync(wall);
        await using var trouble = await FileTrouble.BeginAsync(host.Database.Path);
        var started = host.StartAsync("Sum", 5, "one");
        await ItWaitsAsync(host, wall);
        await host.Engine.StopAsync(FileTrouble.LongEnough);
        await Assert.ThrowsAsync<Engine.Storage.StoreUnavailableException>(() => started);
    }

    /// <summary>An engine that has given up throws its reason here.</summary>
    private static async Task ItWaitsAsync(DurableHarness host, ManualWallClock wall) =>
        await await Task.WhenAny(wall.WhenArmedAsync(), host.Engine.Ended);

    private static async Task<DurableHarness> OpenAsync(TimeProvider wall)
    {
        var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<int, int>("Sum", async (context, count) =>
                {
                    var sum = 0;
                    for (var number = 1; number <= count; number++)
                        sum += await context.CallActivityAsync<int>("Square", number);
                    return sum;
                })
                .AddActivity<int, int>("Square", (_, number) => Task.FromResult(number * number)),
            new DurableEngineOptions { WallClock = wall });
        host.BusyTimeout = FileTrouble.Patience;
        await host.ReopenAsync();
        return host;
    }
}
