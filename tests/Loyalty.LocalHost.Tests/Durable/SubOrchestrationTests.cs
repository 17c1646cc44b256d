using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class SubOrchestrationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task CallSubOrchestrator_Returns_ParentGetsTheResultAndChildKnowsItsParent(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<string, string>("Parent", async (context, _) =>
                    await context.CallSubOrchestratorAsync<string>("Child", "a")
                        + await context.CallSubOrchestratorAsync<string>("Child", "b"))
                .AddOrchestrator<string, string>("Child", async (context, input) =>
                {
                    await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                    return $"[{input} for {context.Parent!.Name}/{context.Parent.InstanceId}]";
                }),
            new DurableEngineOptions { MaxHotInstances = hot });

        var ended = await host.RunToEndAsync("Parent", id: "p");

        Assert.Equal("[a for Parent/p][b for Parent/p]", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallSubOrchestrator_ChildFails_ParentGetsItsDetails()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Parent", async (context, _) =>
            {
                try
                {
                    return await context.CallSubOrchestratorAsync<string>("Child");
                }
                catch (TaskFailedException failed)
                {
                    return $"{failed.TaskName}: {failed.FailureDetails}";
                }
            })
            .AddOrchestrator<string, string>("Child", (_, _) => throw new TimeoutException("too late")));

        Assert.Equal(
            "Child: System.TimeoutException: too late", (await host.RunToEndAsync("Parent")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallSubOrchestrator_WithInstanceId_ChildHasThatId()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Parent", (context, _) => context.CallSubOrchestratorAsync<string>(
                "Child", options: new SubOrchestrationOptions(instanceId: "the-child")))
            .AddOrchestrator<string, string>("Child", (context, _) => Task.FromResult(context.InstanceId)));

        Assert.Equal("the-child", (await host.RunToEndAsync("Parent")).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.GetAsync("the-child")).RuntimeStatus);
    }

    [Fact]
    public async Task CallSubOrchestrator_IdOfALiveInstance_CallFailsAndTheOtherGoesOn()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Parent", (context, _) => context.CallSubOrchestratorAsync<string>(
                "Child", options: new SubOrchestrationOptions(instanceId: "taken")))
            .AddOrchestrator<string, string>("Child", (context, _) => context.WaitForExternalEvent<string>("end")));
        await host.StartAsync("Child", id: "taken");

        var ended = await host.RunToEndAsync("Parent");
        await host.Client.RaiseEventAsync("taken", "end", "well");
        await host.RunAsync();

        Assert.Contains("'taken'", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("well", (await host.GetAsync("taken")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallSubOrchestrator_UnknownName_CallFailsNamingIt()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>(
                "Parent", (context, _) => context.CallSubOrchestratorAsync<string>("Chidl")));

        Assert.Contains(
            "'Chidl'", (await host.RunToEndAsync("Parent")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallSubOrchestrator_ManyAtOnce_AllComeBack()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, int>("Parent", async (context, count) =>
                (await Task.WhenAll(Enumerable.Range(0, count).Select(number =>
                    context.CallSubOrchestratorAsync<int>("Child", number)))).Sum())
            .AddOrchestrator<int, int>("Child", (context, number) => context.CallActivityAsync<int>("Same", number))
            .AddActivity<int, int>("Same", (_, number) => Task.FromResult(number)));

        Assert.Equal(4950, (await host.RunToEndAsync("Parent", 100)).ReadOutputAs<int>());
    }
}
