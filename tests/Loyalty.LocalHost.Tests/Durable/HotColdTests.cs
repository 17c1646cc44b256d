using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class HotColdTests
{
    [Fact]
    public async Task Run_KeptHotOrReplayedAtEveryTurn_SameHistoriesByteForByte()
    {
        var hot = await RecordAsync(10_000);
        var cold = await RecordAsync(0);
        var few = await RecordAsync(2);

        Assert.Equal(hot, cold);
        Assert.Equal(hot, few);
    }

    [Fact]
    public async Task Run_ManyInstancesFewHot_EachGetsItsOwnResults()
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<int, int>("Sum", async (context, number) =>
                {
                    var sum = 0;
                    for (var step = 0; step < 5; step++)
                    {
                        await context.CreateTimer(TimeSpan.FromMinutes(number + 1), CancellationToken.None);
                        sum += await context.CallActivityAsync<int>("Add", number);
                    }

                    return sum;
                })
                .AddActivity<int, int>("Add", (_, number) => Task.FromResult(number)),
            new DurableEngineOptions { MaxHotInstances = 10 });
        for (var number = 0; number < 200; number++) await host.StartAsync("Sum", number, $"s{number}");
        await host.RunAsync();

        for (var number = 0; number < 200; number++) Assert.Equal(
            5 * number, (await host.GetAsync($"s{number}")).ReadOutputAs<int>());
    }

    private static async Task<string> RecordAsync(int hot)
    {
        var recorder = new HistoryRecorder();

        // One activity and one turn at a time, so that arrival has one order.
        var options = new DurableEngineOptions
        {
            MaxHotInstances = hot,
            HistoryObserver = recorder,
            MaxConcurrentActivities = 1,
            MaxConcurrentTurns = 1,
        };
        await using var host = await DurableHarness.StartAsync(
            functions => SampleOrchestrators.Register(functions, new EffectLog()), options);
        await host.StartAsync("Tally", new List<string>(), "t");
        await host.RunAsync();
        foreach (var item in new[] { "a", "b", "c", "d" })
        {
            await host.Client.RaiseEventAsync("t", "item", item);
            await host.RunAsync();
        }

        await host.StartAsync("Order", new SampleOrchestrators.Order("o", 1), "o");
        await host.RunAsync();
        return string.Concat(recorder.Histories.Select(history => history.ToJson()));
    }
}
