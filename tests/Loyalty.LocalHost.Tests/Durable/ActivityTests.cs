using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class ActivityTests
{
    [Fact]
    public async Task CallActivity_OneAfterAnother_ResultsArriveInOrder()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, int>("Sum", async (context, count) =>
            {
                var sum = 0;
                for (var number = 1; number <= count; number++) sum += await context.CallActivityAsync<int>(
                    "Square", number);
                return sum;
            })
            .AddActivity<int, int>("Square", (_, number) => Task.FromResult(number * number)));

        var ended = await host.RunToEndAsync("Sum", 5);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(55, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task CallActivity_FanOutFanIn_AllResultsArriveByTheirTask()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<int, int[]>("Fan", async (context, count) =>
                await Task.WhenAll(
                    Enumerable.Range(0, count).Select(number => context.CallActivityAsync<int>("Twice", number))))
            .AddActivity<int, int>("Twice", (_, number) => Task.FromResult(2 * number)));

        var ended = await host.RunToEndAsync("Fan", 200);

        Assert.Equal(Enumerable.Range(0, 200).Select(number => 2 * number), ended.ReadOutputAs<int[]>());
    }

    [Fact]
    public async Task CallActivity_WhenAny_FirstAnswerWinsAndTheOtherIsHarmless()
    {
        var slow = new TaskCompletionSource();
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Race", async (context, _) =>
            {
                var one = context.CallActivityAsync<string>("Slow");
                var other = context.CallActivityAsync<string>("Fast");
                var first = await Task.WhenAny(one, other);
                return await first + await context.CallActivityAsync<string>("Fast");
            })
            .AddActivity<string, string>("Slow", async (_, _) =>
            {
                await slow.Task;
                return "slow";
            })
            .AddActivity<string, string>("Fast", (_, _) => Task.FromResult("fast")));

        var id = await host.StartAsync("Race");
        var ended = await host.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        slow.SetResult();
        await host.RunAsync();

        Assert.Equal("fastfast", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallActivity_Throws_AwaiterGetsTheTypeNameAndTheMessage()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Catch", async (context, _) =>
            {
                try
                {
                    await context.CallActivityAsync("Broken");
                    return "no failure";
                }
                catch (TaskFailedException failed)
                {
                    var details = failed.FailureDetails;
                    return $"{failed.TaskName}|{details.ErrorType}|{details.ErrorMessage}"
                        + $"|{details.IsCausedBy<SystemException>()}"
                        + $"|{details.IsCausedBy<TimeoutException>()}|{details.InnerFailure!.ErrorMessage}";
                }
            })
            .AddActivity<string, string>(
                "Broken",
                (_, _) =>
                    throw new System.Security.Cryptography.CryptographicException(
                        "too big", new InvalidOperationException("because"))));

        var ended = await host.RunToEndAsync("Catch");

        Assert.Equal(
            "Broken|System.Security.Cryptography.CryptographicException|too big|True|False|because",
            ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallActivity_FailureNotCaught_InstanceFailsWithBothCauses()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Fails", (context, _) => context.CallActivityAsync<string>("Broken"))
            .AddActivity<string, string>("Broken", (_, _) => throw new TimeoutException("no answer")));

        var ended = await host.RunToEndAsync("Fails");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal(typeof(TaskFailedException).FullName, ended.FailureDetails!.ErrorType);
        Assert.Equal(typeof(TimeoutException).FullName, ended.FailureDetails.InnerFailure!.ErrorType);
        Assert.Equal("no answer", ended.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task CallActivity_UnknownName_FailsNamingItAndIsNotTriedAgain()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Typo", (context, _) => context.CallActivityAsync<string>(
                "Chrage", options: TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromHours(1))))));

        var ended = await host.RunToEndAsync("Typo");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains(
            "no activity function named 'Chrage'", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(VirtualClock.Start, host.Clock.Now);
    }

    [Fact]
    public async Task CallActivity_NamesDifferInCase_AreTheSame()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Greet", (context, _) => context.CallActivityAsync<string>("HELLO"))
            .AddActivity<string, string>("Hello", (_, _) => Task.FromResult("hello")));

        Assert.Equal("hello", (await host.RunToEndAsync("gREET")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Activities_MoreThanTheBound_NeverRunTogetherBeyondIt()
    {
        int running = 0, most = 0;
        await using var host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<int, int>("Fan", async (context, count) =>
                {
                    await Task.WhenAll(
                        Enumerable.Range(0, count).Select(number => context.CallActivityAsync("Work", number)));
                    return count;
                })
                .AddActivity<int, int>("Work", async (_, number) =>
                {
                    var now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                    return number;
                }),
            new DurableEngineOptions { MaxConcurrentActivities = 3 });

        await host.RunToEndAsync("Fan", 60);

        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Orchestrator_NoSuchFunction_StartIsRefusedNamingIt()
    {
        await using var host = await DurableHarness.StartAsync(_ => { });

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync("Nothing"));

        Assert.Contains("'Nothing'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orchestrator_Throws_InstanceFailsWithItsException()
    {
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Throws", (_, _) => throw new FormatException("bad input")));

        var ended = await host.RunToEndAsync("Throws");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal(typeof(FormatException).FullName, ended.FailureDetails!.ErrorType);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
