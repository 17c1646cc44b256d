using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class TimerTests
{
    [Fact]
    public async Task CreateTimer_NinetyDays_FiresAtItsMomentAndTimeJumps()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, DateTime>("Sleep", async (context, _) =>
            {
                await context.CreateTimer(TimeSpan.FromDays(90), CancellationToken.None);
                return context.CurrentUtcDateTime;
            }));

        var ended = await host.RunToEndAsync("Sleep");

        Assert.Equal(VirtualClock.Start.AddDays(90), ended.ReadOutputAs<DateTime>());
        Assert.Equal(VirtualClock.Start.AddDays(90), host.Clock.Now);
    }

    [Fact]
    public async Task CreateTimer_InThePast_FiresAtOnce()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Late", async (context, _) =>
            {
                await context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1), CancellationToken.None);
                return "fired";
            }));

        Assert.Equal("fired", (await host.RunToEndAsync("Late")).ReadOutputAs<string>());
        Assert.Equal(VirtualClock.Start, host.Clock.Now);
    }

    [Fact]
    public async Task CreateTimer_Several_FireInTheOrderOfTheirMoments()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int[], List<int>>("Several", async (context, hours) =>
            {
                var fired = new List<int>();
                await Task.WhenAll(hours!.Select(async hour =>
                {
                    await context.CreateTimer(TimeSpan.FromHours(hour), CancellationToken.None);
                    fired.Add(hour);
                }));
                return fired;
            }));

        Assert.Equal(
            [1, 2, 3, 5, 8], (await host.RunToEndAsync("Several", new[] { 5, 1, 8, 3, 2 })).ReadOutputAs<List<int>>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task CreateTimer_EventFirst_LosingTimerIsCancelledAndHoldsNothing(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            Race, new DurableEngineOptions { MaxHotInstances = hot });
        var id = await host.StartAsync("Race");
        await host.RunAsync(VirtualClock.Start.AddHours(1));

        await host.Client.RaiseEventAsync(id, "poke", "hello");
        await host.RunAsync();

        Assert.Equal("event hello", (await host.GetAsync(id)).ReadOutputAs<string>());
        Assert.Equal(VirtualClock.Start.AddHours(1), host.Clock.Now);
        Assert.Null(host.Engine.NextTimer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task CreateTimer_TimerFirst_EventIsNotWaitedForAnyMore(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            Race, new DurableEngineOptions { MaxHotInstances = hot });

        var ended = await host.RunToEndAsync("Race");

        Assert.Equal("timer", ended.ReadOutputAs<string>());
        Assert.Equal(VirtualClock.Start.AddHours(2), host.Clock.Now);
    }

    [Fact]
    public async Task CreateTimer_OneWaiterKeptOverManyTurns_EveryPokeArrivesOnce()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, List<string>>("Loop", async (context, turns) =>
            {
                var log = new List<string>();
                var poke = context.WaitForExternalEvent<string>("poke");
                for (var turn = 0; turn < turns; turn++)
                {
                    using var stop = new CancellationTokenSource();
                    var timer = context.CreateTimer(TimeSpan.FromHours(1), stop.Token);
                    if (await Task.WhenAny(timer, poke) == timer)
                    {
                        log.Add("timer");
                        continue;
                    }

                    stop.Cancel();
                    log.Add(await poke);
                    poke = context.WaitForExternalEvent<string>("poke");
                }

                return log;
            }));
        var id = await host.StartAsync("Loop", 5);
        await host.RunAsync(VirtualClock.Start.AddMinutes(150));
        await host.Client.RaiseEventAsync(id, "poke", "a");
        await host.Client.RaiseEventAsync(id, "poke", "b");
        await host.RunAsync();

        Assert.Equal(["timer", "timer", "a", "b", "timer"], (await host.GetAsync(id)).ReadOutputAs<List<string>>());
    }

    [Fact]
    public async Task CreateTimer_AcrossARestart_FiresAtItsMoment()
    {
        await using var host = await DurableHarness.StartAsync(Race);
        var id = await host.StartAsync("Race");
        await host.RunAsync(VirtualClock.Start.AddHours(1));

        await host.ReopenAsync();
        Assert.Equal(VirtualClock.Start.AddHours(2).Ticks, host.Engine.NextTimer);
        await host.RunAsync();

        Assert.Equal("timer", (await host.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CreateTimer_CancelledBeforeARestart_StaysCancelled()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Stops", async (context, _) =>
            {
                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromDays(2), stop.Token);
                await context.WaitForExternalEvent<string>("stop");
                stop.Cancel();
                await context.WaitForExternalEvent<string>("end");
                return timer.IsCanceled.ToString();
            }));
        var id = await host.StartAsync("Stops");
        await host.RunAsync(VirtualClock.Start.AddHours(1));
        await host.Client.RaiseEventAsync(id, "stop");
        await host.RunAsync();

        await host.ReopenAsync();

        Assert.Null(host.Engine.NextTimer);
        await host.Client.RaiseEventAsync(id, "end");
        await host.RunAsync();
        Assert.Equal("True", (await host.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task StartAt_InTheFuture_IsPendingUntilThen()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, DateTime>("When", (context, _) => Task.FromResult(context.CurrentUtcDateTime)));
        var at = VirtualClock.Start.AddDays(3);
        var id = await host.StartAsync("When", at: at);
        await host.RunAsync(VirtualClock.Start.AddDays(1));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.GetAsync(id)).RuntimeStatus);

        await host.ReopenAsync();
        await host.RunAsync();

        Assert.Equal(at, (await host.GetAsync(id)).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task CurrentUtcDateTime_ReplayedLater_IsWhatItWas()
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions.AddOrchestrator<string, List<DateTime>>("Times", async (context, _) =>
            {
                var times = new List<DateTime> { context.CurrentUtcDateTime };
                for (var day = 0; day < 3; day++)
                {
                    await context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
                    times.Add(context.CurrentUtcDateTime);
                }

                return times;
            }),
            new DurableEngineOptions { MaxHotInstances = 0 });

        var times = (await host.RunToEndAsync("Times")).ReadOutputAs<List<DateTime>>();

        Assert.Equal(Enumerable.Range(0, 4).Select(day => VirtualClock.Start.AddDays(day)), times);
    }

    private static void Race(DurableFunctions functions) =>
        functions.AddOrchestrator<string, string>("Race", async (context, _) =>
    {
        using var stop = new CancellationTokenSource();
        var timer = context.CreateTimer(TimeSpan.FromHours(2), stop.Token);
        var poke = context.WaitForExternalEvent<string>("poke");
        if (await Task.WhenAny(timer, poke) == timer) return "timer";
        stop.Cancel();
        return "event " + await poke;
    });
}
