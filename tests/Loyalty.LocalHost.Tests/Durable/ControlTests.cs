using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class ControlTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Suspend_WhileEventsArrive_NothingRunsUntilResume(bool restart)
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        var id = await host.StartAsync("Waiter");
        await host.RunAsync();
        await host.Client.SuspendInstanceAsync(id, "stop");
        await host.Client.RaiseEventAsync(id, "go", "now");
        if (restart) await host.ReopenAsync();
        await host.RunAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.GetAsync(id)).RuntimeStatus);

        await host.Client.ResumeInstanceAsync(id, "go on");
        await host.RunAsync();

        Assert.Equal("now", (await host.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Suspend_TimerComesDue_IsHandledAfterResume()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, DateTime>("Timer", async (context, _) =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return context.CurrentUtcDateTime;
            }));
        var id = await host.StartAsync("Timer");
        await host.RunAsync(VirtualClock.Start.AddMinutes(1));
        await host.Client.SuspendInstanceAsync(id);
        await host.RunAsync(VirtualClock.Start.AddHours(5));
        await host.ReopenAsync();
        await host.RunAsync(VirtualClock.Start.AddHours(6));
        await host.Client.ResumeInstanceAsync(id);
        await host.RunAsync();

        Assert.Equal(VirtualClock.Start.AddHours(6), (await host.GetAsync(id)).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task Suspend_MissingOrEndedInstance_DoesNothing()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Quick", (_, _) => Task.FromResult("done")));
        var id = (await host.RunToEndAsync("Quick")).InstanceId;

        await host.Client.SuspendInstanceAsync(id);
        await host.Client.ResumeInstanceAsync("missing");
        await host.Client.TerminateInstanceAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Terminate_Waiting_EndsWithTheOutputGivenAndStaysEnded()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        var id = await host.StartAsync("Waiter");
        await host.RunAsync();

        await host.Client.TerminateInstanceAsync(id, (object)"enough");
        await host.Client.RaiseEventAsync(id, "go", "late");
        await host.ReopenAsync();
        await host.RunAsync();

        var ended = await host.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, ended.RuntimeStatus);
        Assert.Equal("enough", ended.ReadOutputAs<string>());
        Assert.Equal(0, host.Engine.LiveInstances);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Terminate_WithChildren_TakesThemAlongOnlyIfRecursive(bool recursive)
    {
        await using var host = await DurableHarness.StartAsync(functions =>
        {
            Waiter(functions);
            functions.AddOrchestrator<int, string>("Nest", (context, depth) => depth == 0
                ? context.CallSubOrchestratorAsync<string>(
                    "Waiter", options: new SubOrchestrationOptions(instanceId: "leaf"))
                : context.CallSubOrchestratorAsync<string>(
                    "Nest", depth - 1, new SubOrchestrationOptions(instanceId: $"nest-{depth - 1}")));
        });
        await host.StartAsync("Nest", 2, "nest-2");
        await host.RunAsync();

        await host.Client.TerminateInstanceAsync("nest-2", new TerminateInstanceOptions(Recursive: recursive));
        await host.RunAsync();

        var below = recursive ? OrchestrationRuntimeStatus.Terminated : OrchestrationRuntimeStatus.Running;
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.GetAsync("nest-2")).RuntimeStatus);
        foreach (var id in new[] { "nest-1", "nest-0", "leaf" })
            Assert.Equal(below, (await host.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Terminate_Child_ParentSeesAFailure()
    {
        await using var host = await DurableHarness.StartAsync(functions =>
        {
            Waiter(functions);
            functions.AddOrchestrator<string, string>("Parent", (context, _) =>
                context.CallSubOrchestratorAsync<string>(
                    "Waiter", options: new SubOrchestrationOptions(instanceId: "leaf")));
        });
        var id = await host.StartAsync("Parent");
        await host.RunAsync();
        await host.Client.TerminateInstanceAsync("leaf");
        await host.RunAsync();

        Assert.Contains(
            "was terminated", (await host.GetAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_ActivityUnderWay_ItsResultIsDiscarded()
    {
        var slow = new TaskCompletionSource();
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Slow", (context, _) => context.CallActivityAsync<string>("Slow"))
            .AddActivity<string, string>("Slow", async (_, _) =>
            {
                await slow.Task;
                return "late";
            }));
        var id = await host.StartAsync("Slow");
        await host.Client.WaitForInstanceStartAsync(id);
        await host.Client.TerminateInstanceAsync(id);
        slow.SetResult();
        await host.RunAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Purge_EndedAndLive_OnlyEndedOnesGo()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        await host.StartAsync("Waiter", id: "live");
        await host.StartAsync("Waiter", id: "ended");
        await host.Client.RaiseEventAsync("ended", "go", "x");
        await host.RunAsync();

        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("live")).PurgedInstanceCount);
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("missing")).PurgedInstanceCount);
        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("ended")).PurgedInstanceCount);

        Assert.Null(await host.Client.GetInstanceAsync("ended"));
        Assert.NotNull(await host.Client.GetInstanceAsync("live"));
    }

    [Fact]
    public async Task Purge_Recursive_TakesChildrenAlong()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, int>("Nest", async (context, depth) =>
                depth == 0
                    ? 0
                    : await context.CallSubOrchestratorAsync<int>(
                        "Nest", depth - 1, new SubOrchestrationOptions(instanceId: $"nest-{depth - 1}"))));
        await host.RunToEndAsync("Nest", 3, "nest-3");

        Assert.Equal(
            4,
            (await host.Client.PurgeInstanceAsync("nest-3", new PurgeInstanceOptions(Recursive: true)))
                .PurgedInstanceCount);
        Assert.Equal(0, host.Database.Read(session => session.QueryInt64("SELECT count(*) FROM durable_history")));
    }

    [Fact]
    public async Task PurgeAll_ByStatusAndTime_PurgesThose()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        for (var number = 0; number < 250; number++) await host.StartAsync("Waiter", id: $"w{number:000}");
        for (var number = 0; number < 230; number++) await host.Client.TerminateInstanceAsync($"w{number:000}");
        await host.RunAsync();

        var none = await host.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(CreatedFrom: new DateTimeOffset(VirtualClock.Start.AddDays(1))));
        var failed = await host.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Failed]));
        var all = await host.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Terminated]));

        Assert.Equal((0, 0, 230), (none.PurgedInstanceCount, failed.PurgedInstanceCount, all.PurgedInstanceCount));
        Assert.Equal(20, await host.Client.GetAllInstancesAsync().CountAsync());
    }

    [Fact]
    public async Task Query_ByPrefixStatusAndPage_AnswersEachOnce()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        foreach (var id in new[] { "a1", "a2", "a3", "a_", "b1" }) await host.StartAsync("Waiter", id: id);
        await host.Client.TerminateInstanceAsync("a2");
        await host.RunAsync();

        var pages = new List<string>();
        var query = new OrchestrationQuery(InstanceIdPrefix: "a", PageSize: 2);
        await foreach (var page in host.Client.GetAllInstancesAsync(query).AsPages())
            pages.Add(string.Join(',', page.Values.Select(value => value.InstanceId)));
        var running = await host.Client.GetAllInstancesAsync(
            new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running]))
            .Select(value => value.InstanceId).ToListAsync();

        Assert.Equal(["a1,a2", "a3,a_", ""], pages);
        Assert.Equal(["a1", "a3", "a_", "b1"], running);
    }

    [Fact]
    public async Task GetInstance_Running_TellsTimesStatusAndPayloads()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Status", async (context, _) =>
            {
                context.SetCustomStatus(new { step = "waiting", until = "tomorrow" });
                await context.CreateTimer(TimeSpan.FromHours(2), CancellationToken.None);
                await context.WaitForExternalEvent<string>("go");
                return "done";
            }));
        var id = await host.StartAsync("Status", "the input");
        await host.RunAsync();

        var now = await host.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Running, now.RuntimeStatus);
        Assert.Equal("the input", now.ReadInputAs<string>());
        Assert.Equal("""{"step":"waiting","until":"tomorrow"}""", now.SerializedCustomStatus);
        Assert.Equal(VirtualClock.Start, now.CreatedAt.UtcDateTime);
        Assert.Equal(VirtualClock.Start.AddHours(2), now.LastUpdatedAt.UtcDateTime);
        Assert.Throws<InvalidOperationException>(() => host.Client.GetInstanceAsync(id).Result!.ReadInputAs<string>());
        Assert.Null(await host.Client.GetInstanceAsync("missing"));
    }

    [Fact]
    public async Task WaitForInstance_Missing_SaysSo()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => host.Client.WaitForInstanceCompletionAsync("missing"));

        Assert.Contains("'missing'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitForInstanceCompletion_Cancelled_GivesUp()
    {
        await using var host = await DurableHarness.StartAsync(Waiter);
        var id = await host.StartAsync("Waiter");
        using var stop = new CancellationTokenSource();
        var waiting = host.Client.WaitForInstanceCompletionAsync(id, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Restart_Ended_RunsAgainWithTheSameInput()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Echo", (_, input) => Task.FromResult(input!)));
        var id = (await host.RunToEndAsync("Echo", "again")).InstanceId;

        var other = await host.Client.RestartAsync(id, restartWithNewInstanceId: true);
        Assert.Equal(id, await host.Client.RestartAsync(id));
        await host.RunAsync();

        Assert.NotEqual(id, other);
        Assert.Equal("again", (await host.GetAsync(other)).ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.RestartAsync("missing"));
    }

    private static void Waiter(DurableFunctions functions) =>
        functions.AddOrchestrator<string, string>("Waiter", (context, _) => context.WaitForExternalEvent<string>("go"));
}
