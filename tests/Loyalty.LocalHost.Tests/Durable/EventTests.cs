using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class EventTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task RaiseEvent_BeforeBetweenAndAfterWaits_EachIsReadOnceInOrder(int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            Reader, new DurableEngineOptions { MaxHotInstances = hot });
        var id = await host.StartAsync("Reader", 4);
        await host.Client.RaiseEventAsync(id, "item", 1);
        await host.RunAsync();
        await host.Client.RaiseEventAsync(id, "item", 2);
        await host.RunAsync();
        await host.Client.RaiseEventAsync(id, "item", 3);
        await host.Client.RaiseEventAsync(id, "item", 4);
        await host.RunAsync();

        Assert.Equal([1, 2, 3, 4], (await host.GetAsync(id)).ReadOutputAs<List<int>>());
    }

    [Fact]
    public async Task RaiseEvent_BeforeTheFirstTurn_IsNotLost()
    {
        await using var host = await DurableHarness.StartAsync(Reader);
        var id = await host.StartAsync("Reader", 2, at: VirtualClock.Start.AddDays(1));
        await host.Client.RaiseEventAsync(id, "item", 1);
        await host.ReopenAsync();
        await host.Client.RaiseEventAsync(id, "item", 2);
        await host.RunAsync();

        Assert.Equal([1, 2], (await host.GetAsync(id)).ReadOutputAs<List<int>>());
    }

    [Fact]
    public async Task RaiseEvent_SamePayloadTwice_BothAreRead()
    {
        await using var host = await DurableHarness.StartAsync(Reader);
        var id = await host.StartAsync("Reader", 3, at: VirtualClock.Start.AddDays(1));
        foreach (var number in new[] { 7, 7, 7 }) await host.Client.RaiseEventAsync(id, "item", number);
        await host.RunAsync();

        Assert.Equal([7, 7, 7], (await host.GetAsync(id)).ReadOutputAs<List<int>>());
    }

    [Fact]
    public async Task RaiseEvent_NameInAnotherCase_IsTheSameEvent()
    {
        await using var host = await DurableHarness.StartAsync(Reader);
        var id = await host.StartAsync("Reader", 1);
        await host.RunAsync();
        await host.Client.RaiseEventAsync(id, "ITEM", 5);
        await host.RunAsync();

        Assert.Equal([5], (await host.GetAsync(id)).ReadOutputAs<List<int>>());
    }

    [Fact]
    public async Task WaitForExternalEvent_TimeoutPasses_ThrowsTaskCanceled()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Wait", async (context, _) =>
            {
                try
                {
                    return await context.WaitForExternalEvent<string>("never", TimeSpan.FromDays(2));
                }
                catch (TaskCanceledException)
                {
                    return $"gave up after {(context.CurrentUtcDateTime - VirtualClock.Start).TotalDays} days";
                }
            }));

        Assert.Equal("gave up after 2 days", (await host.RunToEndAsync("Wait")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_TimeoutButEventFirst_TimerIsCancelled()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>(
                "Wait", (context, _) => context.WaitForExternalEvent<string>("soon", TimeSpan.FromDays(2))));
        var id = await host.StartAsync("Wait");
        await host.RunAsync(VirtualClock.Start.AddHours(1));
        await host.Client.RaiseEventAsync(id, "soon", "here");
        await host.RunAsync();

        Assert.Equal("here", (await host.GetAsync(id)).ReadOutputAs<string>());
        Assert.Equal(VirtualClock.Start.AddHours(1), host.Clock.Now);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task WaitForExternalEvent_CancelledWaiter_YoungerWaiterIsServedFirstAndTheCancelledOneTakesTheNext(
        int hot)
    {
        await using var host = await DurableHarness.StartAsync(
            functions => functions.AddOrchestrator<string, List<string>>("Cancels", async (context, _) =>
            {
                using var stop = new CancellationTokenSource();
                var cancelled = context.WaitForExternalEvent<string>("item", stop.Token);
                stop.Cancel();
                var first = await context.WaitForExternalEvent<string>("item");

                // As on Azure the cancelled wait still stands in line and takes the second event.
                await context.WaitForExternalEvent<string>("go");
                var third = await context.WaitForExternalEvent<string>("item");
                return [first, third, cancelled.IsCanceled.ToString()];
            }),
            new DurableEngineOptions { MaxHotInstances = hot });
        var id = await host.StartAsync("Cancels");
        foreach (var item in new[] { "1", "2", "3" }) await host.Client.RaiseEventAsync(id, "item", item);
        await host.Client.RaiseEventAsync(id, "go");
        await host.RunAsync();

        Assert.Equal(["1", "3", "True"], (await host.GetAsync(id)).ReadOutputAs<List<string>>());
    }

    [Fact]
    public async Task WaitForExternalEvent_SameNameWithTwoTypes_Fails()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Mixed", async (context, input) =>
            {
                _ = context.WaitForExternalEvent<int>("item");
                return await context.WaitForExternalEvent<string>("item");
            }));

        var ended = await host.RunToEndAsync("Mixed");

        Assert.Equal(typeof(ArgumentException).FullName, ended.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task SendEvent_ToAnotherInstance_ArrivesThere()
    {
        await using var host = await DurableHarness.StartAsync(functions =>
        {
            Reader(functions);
            functions.AddOrchestrator<string, string>("Sender", (context, target) =>
            {
                context.SendEvent(target!, "item", 1);
                context.SendEvent(target!, "item", 2);
                context.SendEvent("nobody", "item", 3);
                return Task.FromResult("sent");
            });
        });
        var reader = await host.StartAsync("Reader", 2);
        await host.RunToEndAsync("Sender", reader);

        Assert.Equal([1, 2], (await host.GetAsync(reader)).ReadOutputAs<List<int>>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RaiseEvent_InstanceMissingOrEnded_DropsOrThrowsAsConfigured(bool throws)
    {
        var mode = throws ? MissingInstanceEvents.Throw : MissingInstanceEvents.Drop;
        await using var host = await DurableHarness.StartAsync(
            Reader, new DurableEngineOptions { MissingInstanceEvents = mode });
        var ended = (await host.RunToEndAsync("Reader", 0)).InstanceId;

        foreach (var id in new[] { "missing", ended })
        {
            var failure = await Record.ExceptionAsync(() => host.Client.RaiseEventAsync(id, "item", 1));
            if (throws)
                Assert.Contains(
                    $"'{id}'", Assert.IsType<InvalidOperationException>(failure).Message, StringComparison.Ordinal);
            else Assert.Null(failure);
        }
    }

    private static void Reader(DurableFunctions functions) =>
        functions.AddOrchestrator<int, List<int>>("Reader", async (context, count) =>
    {
        var read = new List<int>();
        while (read.Count < count) read.Add(await context.WaitForExternalEvent<int>("item"));
        return read;
    });
}
