using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class DedupeTests
{
    private static readonly OrchestrationRuntimeStatus[] Existing =
    [
        OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended,
        OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated,
    ];

    public static TheoryData<OrchestrationRuntimeStatus, string, bool> Cells()
    {
        var cells = new TheoryData<OrchestrationRuntimeStatus, string, bool>();
        foreach (var existing in Existing)
        {
            // The default refuses live instances and replaces ended ones.
            cells.Add(existing, "default", Array.IndexOf(Existing, existing) < 3);
            cells.Add(existing, "none", false);
            cells.Add(existing, "all", true);
            foreach (var listed in Existing) cells.Add(existing, listed.ToString(), listed == existing);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Start_IdTaken_IsRefusedOrReplacedAsTheStatusesSay(
        OrchestrationRuntimeStatus existing, string listed, bool refused)
    {
        foreach (var reopened in new[] { false, true })
        {
            await using var host = await DurableHarness.StartAsync(functions => functions
                .AddOrchestrator<string, string>("Old", (context, _) => context.WaitForExternalEvent<string>("end"))
                .AddOrchestrator<string, string>("New", (_, _) => Task.FromResult("new")));
            await BringToAsync(host, existing);
            if (reopened) await host.ReopenAsync();

            var options = new StartOrchestrationOptions("taken");
            if (listed == "all")
                options = options.WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
            else if (listed == "none") options = options.WithDedupeStatuses();
            else if (listed != "default")
                options = options.WithDedupeStatuses(Enum.Parse<OrchestrationRuntimeStatus>(listed));
            var failure = await Record.ExceptionAsync(
                () => host.Client.ScheduleNewOrchestrationInstanceAsync("New", null, options));
            await host.RunAsync();

            var now = await host.GetAsync("taken");
            if (refused)
            {
                Assert.Contains(
                    "'taken'",
                    Assert.IsType<OrchestrationAlreadyExistsException>(failure).Message,
                    StringComparison.Ordinal);
                Assert.Equal("Old", now.Name);
            }
            else
            {
                Assert.Null(failure);
                Assert.Equal(("New", "new"), (now.Name, now.ReadOutputAs<string>()));
                Assert.Equal(0, host.Engine.LiveInstances);
            }
        }
    }

    [Fact]
    public async Task Start_UnknownStatusName_IsRefused()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("New", (_, _) => Task.FromResult("new")));

        var options = new StartOrchestrationOptions("x") { DedupeStatuses = ["Sleeping"] };

        await Assert.ThrowsAsync<ArgumentException>(
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("New", null, options));
    }

    [Fact]
    public async Task Start_ManyAtOnceUnderOneId_ExactlyOneIsStarted()
    {
        var runs = 0;
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, int>("Once", (context, _) => context.CallActivityAsync<int>("Count"))
            .AddActivity<string, int>("Count", (_, _) => Task.FromResult(Interlocked.Increment(ref runs))));
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(
            [.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);

        var starts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() =>
            Record.ExceptionAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Once", null, options)))));
        await host.RunAsync();

        Assert.Single(starts, failure => failure is null);
        Assert.All(starts.OfType<Exception>(), failure => Assert.IsType<OrchestrationAlreadyExistsException>(failure));
        Assert.Equal(1, runs);
    }

    private static async Task BringToAsync(DurableHarness host, OrchestrationRuntimeStatus status)
    {
        await host.StartAsync(
            "Old",
            id: "taken",
            at: status == OrchestrationRuntimeStatus.Pending ? VirtualClock.Start.AddDays(9) : null);
        if (status == OrchestrationRuntimeStatus.Pending) return;
        await host.RunAsync();
        switch (status)
        {
            case OrchestrationRuntimeStatus.Suspended: await host.Client.SuspendInstanceAsync("taken"); break;
            case OrchestrationRuntimeStatus.Terminated: await host.Client.TerminateInstanceAsync("taken"); break;
            case OrchestrationRuntimeStatus.Completed: await host.Client.RaiseEventAsync("taken", "end", "x"); break;
            case OrchestrationRuntimeStatus.Failed: await host.Client.RaiseEventAsync("taken", "end", 5); break;
        }

        await host.RunAsync();
        Assert.Equal(status, (await host.GetAsync("taken")).RuntimeStatus);
    }
}
