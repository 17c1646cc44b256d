using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class ContinueAsNewTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task ContinueAsNew_Repeated_EachGenerationGetsItsInput(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<int, int>("Count", async (context, number) =>
                {
                    if (number == 5) return number;
                    context.ContinueAsNew(await context.CallActivityAsync<int>("Next", number));
                    return -1;
                })
                .AddActivity<int, int>("Next", (_, number) => Task.FromResult(number + 1)),
            new DurableEngineOptions { MaxHotInstances = hot });

        Assert.Equal(5, (await host.RunToEndAsync("Count", 0)).ReadOutputAs<int>());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task ContinueAsNew_EventsNotRead_GoWithItOnlyIfPreserved(bool preserve, bool restart)
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<List<string>, List<string>>("Collect", async (context, read) =>
            {
                read!.Add(await context.WaitForExternalEvent<string>("item"));
                if (read.Count == 3) return read;
                context.ContinueAsNew(read, preserve);
                return [];
            }));
        var id = await host.StartAsync("Collect", new List<string>(), at: VirtualClock.Start.AddHours(1));
        foreach (var item in new[] { "a", "b", "c" }) await host.Client.RaiseEventAsync(id, "item", item);
        if (restart) await host.ReopenAsync();
        await host.RunAsync();

        var now = await host.GetAsync(id);
        if (preserve)
        {
            Assert.Equal(["a", "b", "c"], now.ReadOutputAs<List<string>>());
            return;
        }

        Assert.Equal(OrchestrationRuntimeStatus.Running, now.RuntimeStatus);
        Assert.Equal(["a"], now.ReadInputAs<List<string>>());
    }

    [Fact]
    public async Task ContinueAsNew_EventsOfSeveralNamesNotRead_KeepTheirOrderByName()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, List<string>>("Names", async (context, generation) =>
            {
                await context.WaitForExternalEvent<string>("go");
                if (generation < 2)
                {
                    context.ContinueAsNew(generation + 1);
                    return [];
                }

                var read = new List<string>();
                for (var count = 0; count < 2; count++)
                {
                    read.Add(await context.WaitForExternalEvent<string>("x"));
                    read.Add(await context.WaitForExternalEvent<string>("y"));
                }

                return read;
            }));
        var id = await host.StartAsync("Names", 0);
        await host.Client.RaiseEventAsync(id, "x", "x1");
        await host.Client.RaiseEventAsync(id, "y", "y1");
        await host.Client.RaiseEventAsync(id, "x", "x2");
        for (var count = 0; count < 3; count++)
        {
            await host.Client.RaiseEventAsync(id, "go");
            await host.RunAsync();
        }

        await host.Client.RaiseEventAsync(id, "y", "y2");
        await host.RunAsync();

        Assert.Equal(["x1", "y1", "x2", "y2"], (await host.GetAsync(id)).ReadOutputAs<List<string>>());
    }

    [Fact]
    public async Task ContinueAsNew_WorkOfTheLastGenerationUnderWay_ItsAnswersDisturbNobody()
    {
        var slow = new TaskCompletionSource();
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, string>("Leaves", async (context, generation) =>
            {
                if (generation == 0)
                {
                    _ = context.CallActivityAsync<string>("Slow");
                    _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                    await context.WaitForExternalEvent<string>("go");
                    context.ContinueAsNew(1);
                    return "left";
                }

                var quick = await context.CallActivityAsync<string>("Quick");
                await context.WaitForExternalEvent<string>("end");
                return quick;
            })
            .AddActivity<string, string>("Slow", async (_, _) =>
            {
                await slow.Task;
                return "slow";
            })
            .AddActivity<string, string>("Quick", (_, _) => Task.FromResult("quick")));
        var id = await host.StartAsync("Leaves", 0);
        await host.Client.RaiseEventAsync(id, "go");
        await host.Client.RaiseEventAsync(id, "end");
        var ended = await host.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        slow.SetResult();
        await host.RunAsync();

        Assert.Equal("quick", ended.ReadOutputAs<string>());
        Assert.Null(host.Engine.NextTimer);
    }

    [Fact]
    public async Task ContinueAsNew_ManyGenerations_HistoryDoesNotGrow()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, int>("Eternal", async (context, number) =>
            {
                await context.WaitForExternalEvent<int>("tick");
                context.ContinueAsNew(number + 1);
                return 0;
            }));
        var id = await host.StartAsync("Eternal", 0);
        for (var tick = 0; tick < 30; tick++)
        {
            await host.Client.RaiseEventAsync(id, "tick", tick);
            await host.RunAsync();
        }

        Assert.Equal(30, (await host.GetAsync(id)).ReadInputAs<int>());
        Assert.InRange(host.Database.Read(session => session.QueryInt64("SELECT count(*) FROM durable_history")), 0, 2);
    }

    [Fact]
    public async Task ContinueAsNew_SubOrchestration_ParentWaitsForTheLastGeneration()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, int>("Parent", (context, _) => context.CallSubOrchestratorAsync<int>("Child", 0))
            .AddOrchestrator<int, int>("Child", async (context, number) =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                if (number == 3) return number;
                context.ContinueAsNew(number + 1);
                return -1;
            }));

        Assert.Equal(3, (await host.RunToEndAsync("Parent")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task NewGuid_OverCallsReplaysAndGenerations_IsAlwaysNewAndAlwaysTheSame()
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<List<Guid>, List<Guid>>("Ids", async (context, ids) =>
                {
                    ids!.Add(context.NewGuid());
                    ids.Add(context.NewGuid());
                    ids.Add(await context.CallActivityAsync<Guid>("Echo", context.NewGuid()));
                    if (ids.Count == 9) return ids;
                    context.ContinueAsNew(ids);
                    return ids;
                })
                .AddActivity<Guid, Guid>("Echo", (_, id) => Task.FromResult(id)),
            new DurableEngineOptions { MaxHotInstances = 0 });

        var ids = (await host.RunToEndAsync("Ids", new List<Guid>())).ReadOutputAs<List<Guid>>()!;

        Assert.Equal(9, ids.Distinct().Count());
    }
}
