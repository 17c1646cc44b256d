using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class DeterminismTests
{
    public static TheoryData<string, string, string> Changes => new()
    {
        // what the code does after the restart, what the history has, what the code asks for now
        { "other-name", "activity 'First' (#1)", "activity 'Renamed' (#1)" },
        { "timer-instead", "activity 'First' (#1)", "timer (#1)" },
        { "event-sent", "activity 'First' (#1)", "event 'x' to 'y'" },
        { "sub-instead", "activity 'First' (#1)", "sub-orchestration 'Changing' (#1)" },
        { "nothing", "activity 'First' (#1)", "nothing more" },
        { "one-more", "nothing more", "activity 'First' (#2)" },
        { "ends", "a wait", "its end" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Replay_CodeChanged_InstanceFailsNamingBothAndTheEvent(
        string change, string expected, string found)
    {
        var now = "original";
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Changing", async (context, _) =>
            {
                if (change != "ends" || now == "original")
                {
                    switch (now)
                    {
                        case "other-name": await context.CallActivityAsync("Renamed"); break;
                        case "timer-instead":
                            await context.CreateTimer(
                            TimeSpan.FromHours(1), CancellationToken.None); break;
                        case "event-sent":
                            context.SendEvent("y", "x", 1);
                            await context.CallActivityAsync("First");
                            break;
                        case "sub-instead": await context.CallSubOrchestratorAsync("Changing"); break;
                        case "nothing": break;
                        case "one-more":
                            await Task.WhenAll(
                            context.CallActivityAsync("First"), context.CallActivityAsync("First")); break;
                        default: await context.CallActivityAsync("First"); break;
                    }

                    return await context.WaitForExternalEvent<string>("go");
                }

                await context.CallActivityAsync("First");
                return "ended early";
            })
            .AddActivity<string, string>("First", (_, _) => Task.FromResult("first"))
            .AddActivity<string, string>("Renamed", (_, _) => Task.FromResult("renamed")));
        var id = await host.StartAsync("Changing");
        await host.RunAsync();

        now = change;
        await host.ReopenAsync();
        await host.Client.RaiseEventAsync(id, "go", "on");
        await host.RunAsync();

        var ended = await host.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, ended.FailureDetails!.ErrorType);
        var message = ended.FailureDetails.ErrorMessage;
        Assert.Contains($"'{id}'", message, StringComparison.Ordinal);
        Assert.Contains("history event ", message, StringComparison.Ordinal);
        Assert.Contains($"the history has {expected}", message, StringComparison.Ordinal);
        Assert.Contains(found, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OrchestratorReadsTheWallClock_IsFoundOut()
    {
        var wall = 0;
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<string, string>("Cheats", async (context, _) =>
                {
                    await context.CallActivityAsync(wall++ == 0 ? "Morning" : "Evening");
                    return await context.WaitForExternalEvent<string>("go");
                })
                .AddActivity<string, string>("Morning", (_, _) => Task.FromResult("m"))
                .AddActivity<string, string>("Evening", (_, _) => Task.FromResult("e")),
            new DurableEngineOptions { MaxHotInstances = 0 });

        var ended = await host.RunToEndAsync("Cheats");

        Assert.Contains("activity 'Morning'", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("activity 'Evening'", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orchestrator_AwaitsSomethingNotDurable_FailsSayingSo()
    {
        var never = new TaskCompletionSource();
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Stuck", async (_, _) =>
            {
                await never.Task;
                return "never";
            }));

        Assert.Contains(
            "not durable", (await host.RunToEndAsync("Stuck")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orchestrator_LeavesItsThread_ContextRefuses()
    {
        TaskCompletionSource<Exception?> seen = new();
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Leaves", async (context, input) =>
            {
                var waiting = context.WaitForExternalEvent<string>("go");
                _ = Task.Run(() => seen.SetResult(Record.Exception(() => { _ = context.CallActivityAsync("Any"); })));
                return await waiting;
            }));
        var id = await host.StartAsync("Leaves");
        var failure = await seen.Task;
        await host.Client.RaiseEventAsync(id, "go", "x");
        await host.RunAsync();

        Assert.Contains(
            "ConfigureAwait(false)",
            Assert.IsType<InvalidOperationException>(failure).Message,
            StringComparison.Ordinal);
        Assert.Equal("x", (await host.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Orchestrator_ContinueWithAndYield_StayOnItsThread()
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<string, List<string>>("Chains", async (context, _) =>
                {
                    var log = new List<string>();
                    await Task.Yield();
                    log.Add(await context.CallActivityAsync<string>("Name", "a"));
                    await context.CallActivityAsync<string>("Name", "b")
                        .ContinueWith(
                            done =>
                            {
                                log.Add(done.Result);
                                return context.CallActivityAsync<string>("Name", "c");
                            },
                            TaskScheduler.FromCurrentSynchronizationContext())
                        .Unwrap();
                    await Task.Factory.StartNew(
                        () => log.Add("d"),
                        CancellationToken.None,
                        TaskCreationOptions.None,
                        TaskScheduler.FromCurrentSynchronizationContext());
                    return log;
                })
                .AddActivity<string, string>("Name", (_, name) => Task.FromResult(name!)),
            new DurableEngineOptions { MaxHotInstances = 0 });

        var ended = await host.RunToEndAsync("Chains");

        Assert.Null(ended.FailureDetails);
        Assert.Equal(["a", "b", "d"], ended.ReadOutputAs<List<string>>());
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1000, 4)]
    public async Task IsReplaying_HotOrCold_LogsOnceOnly(int hot, int expected)
    {
        var logged = 0;
        var ran = 0;
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<string, string>("Logs", async (context, _) =>
                {
                    for (var step = 0; step < 4; step++)
                    {
                        await context.CallActivityAsync("Step");
                        ran++;
                        if (!context.IsReplaying) logged++;
                    }

                    return "done";
                })
                .AddActivity<string, string>("Step", (_, _) => Task.FromResult("s")),
            new DurableEngineOptions { MaxHotInstances = hot });

        await host.RunToEndAsync("Logs");

        Assert.Equal(expected, logged);
        if (hot > 0) Assert.Equal(expected, ran);
    }
}
