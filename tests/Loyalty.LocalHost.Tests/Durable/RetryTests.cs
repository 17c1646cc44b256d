using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

public sealed class RetryTests
{
    public static TheoryData<int, int, double, int?, int?, int[]> Policies => new()
    {
        // attempts, first interval (s), backoff, longest interval (s), timeout (s) → seconds at which the attempts
        // happen
        { 1, 10, 1, null, null, [0] },
        { 4, 10, 1, null, null, [0, 10, 20, 30] },
        { 4, 10, 2, null, null, [0, 10, 30, 70] },
        { 5, 10, 2, 25, null, [0, 10, 30, 55, 80] },
        { 9, 10, 1, null, 35, [0, 10, 20, 30, 40] },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task RetryPolicy_AlwaysFailing_AttemptsHappenWhenThePolicySays(
        int attempts, int first, double backoff, int? longest, int? timeout, int[] expected)
    {
        var policy = new RetryPolicy(attempts, Seconds(first)!.Value, backoff, Seconds(longest), Seconds(timeout));
        var (at, ended) = await RunAsync(TaskOptions.FromRetryPolicy(policy), failures: int.MaxValue);

        Assert.Equal(expected, at);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
    }

    [Fact]
    public async Task RetryPolicy_ThirdAttemptWorks_ResultIsItsResult()
    {
        var (at, ended) = await RunAsync(
            TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(10))), failures: 2);

        Assert.Equal([0, 10, 20], at);
        Assert.Equal("done", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task RetryPolicy_PredicateSaysNo_IsNotTriedAgain()
    {
        var policy = new RetryPolicy(
            5, TimeSpan.FromSeconds(10))
        { HandleFailure = details => !details.IsCausedBy<TimeoutException>() };

        var (at, _) = await RunAsync(TaskOptions.FromRetryPolicy(policy), failures: int.MaxValue);

        Assert.Equal([0], at);
    }

    [Fact]
    public async Task RetryPolicy_PredicateSaysYes_IsTriedAgain()
    {
        var policy = new RetryPolicy(
            3, TimeSpan.FromSeconds(10))
        { HandleFailure = details => details.IsCausedBy<TimeoutException>() };

        var (at, _) = await RunAsync(TaskOptions.FromRetryPolicy(policy), failures: int.MaxValue);

        Assert.Equal([0, 10, 20], at);
    }

    [Fact]
    public async Task RetryHandler_CountsAttempts_SeesEachFailureAndDecides()
    {
        var seen = new List<string>();
        var options = TaskOptions.FromRetryHandler((RetryContext retry) =>
        {
            if (!retry.OrchestrationContext.IsReplaying)
                seen.Add(
                    $"{retry.LastAttemptNumber} {retry.LastFailure.ErrorMessage} {retry.TotalRetryTime.TotalSeconds}");
            return retry.LastAttemptNumber < 3;
        });

        var (at, ended) = await RunAsync(options, failures: int.MaxValue);

        Assert.Equal([0, 0, 0], at);
        Assert.Equal(["1 failure 1 0", "2 failure 2 0", "3 failure 3 0"], seen);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
    }

    [Fact]
    public async Task RetryHandler_AwaitsATimer_AttemptsAreThatFarApart()
    {
        var options = TaskOptions.FromRetryHandler(async retry =>
        {
            await retry.OrchestrationContext.CreateTimer(
                TimeSpan.FromMinutes(retry.LastAttemptNumber), CancellationToken.None);
            return true;
        });

        var (at, ended) = await RunAsync(options, failures: 3);

        Assert.Equal([0, 60, 180, 360], at);
        Assert.Equal("done", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task RetryPolicy_SubOrchestrationFails_IsStartedAgainUnderItsId()
    {
        var runs = 0;
        await using var host = await DurableHarness.StartAsync(functions => functions
            .AddOrchestrator<string, string>("Parent", (context, _) => context.CallSubOrchestratorAsync<string>(
                "Child",
                options: TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromSeconds(5))).WithInstanceId(
                    "child")))
            .AddOrchestrator<string, string>("Child", async (context, _) =>
            {
                var run = await context.CallActivityAsync<int>("Count");
                return run < 3
                    ? throw new InvalidOperationException($"run {run}")
                    : $"run {run} of {context.InstanceId}";
            })
            .AddActivity<string, int>("Count", (_, _) => Task.FromResult(Interlocked.Increment(ref runs))));

        var ended = await host.RunToEndAsync("Parent");

        Assert.Equal("run 3 of child", ended.ReadOutputAs<string>());
        Assert.Equal(VirtualClock.Start.AddSeconds(10), host.Clock.Now);
    }

    private static TimeSpan? Seconds(int? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;

    private static async Task<(List<int> At, OrchestrationMetadata Ended)> RunAsync(TaskOptions options, int failures)
    {
        var at = new List<int>();
        DurableHarness? host = null;
        await using var harness = host = await DurableHarness.StartAsync(
            functions => functions
                .AddOrchestrator<string, string>(
                    "Tries", (context, _) => context.CallActivityAsync<string>("Flaky", options: options))
                .AddActivity<string, string>("Flaky", (_, _) =>
                {
                    at.Add((int)(host!.Clock.Now - VirtualClock.Start).TotalSeconds);
                    return at.Count <= failures
                        ? throw new TimeoutException($"failure {at.Count}")
                        : Task.FromResult("done");
                }),
            new DurableEngineOptions { MaxHotInstances = 0 });
        return (at, await harness.RunToEndAsync("Tries"));
    }
}
