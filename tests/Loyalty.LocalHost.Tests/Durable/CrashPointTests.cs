using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>The engine is stopped dead before and after each of its persistence points and goes on from the file as if
/// nothing had been.</summary>
public sealed class CrashPointTests
{
    private sealed class CrashAt(int number, PersistenceVerdict verdict) : IPersistenceObserver
    {
        public int Points { get; private set; }

        public bool HasCrashed { get; set; }

        public PersistenceVerdict OnPersisting(PersistencePoint point)
        {
            Points = point.Number;
            return point.Number == number ? verdict : PersistenceVerdict.Continue;
        }
    }

    [Theory]
    [InlineData(PersistenceVerdict.CrashBefore)]
    [InlineData(PersistenceVerdict.CrashAfter)]
    public async Task Crash_AtEveryPersistencePoint_EndsAsIfItHadNotHappened(PersistenceVerdict verdict)
    {
        var counting = new CrashAt(0, PersistenceVerdict.Continue);
        var (expected, effects) = await RunAsync(counting, crashAgain: null);
        Assert.InRange(counting.Points, 25, 200);
        Assert.All(
            effects.Where(effect => !effect.Key.StartsWith("flaky", StringComparison.Ordinal)),
            effect => Assert.Equal(1, effect.Value));

        var crashes = 0;
        for (var point = 1; point <= counting.Points; point++)
        {
            var crash = new CrashAt(point, verdict);
            var (actual, after) = await RunAsync(crash, crashAgain: null);
            crashes += crash.HasCrashed ? 1 : 0;
            Assert.True(expected == actual, $"{verdict} at point {point}: {expected} became {actual}");
            Assert.Equal(effects.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));

            // At least once: at most the one that was under way is done again.
            Assert.InRange(after.Values.Sum() - effects.Values.Sum(), 0, 3);
        }

        // Two answers may share a turn or not, so a run may have a few points less than the one that was counted.
        Assert.InRange(crashes, counting.Points - 8, counting.Points);
    }

    [Fact]
    public async Task Crash_AgainAndAgain_EveryStartGetsOnlyThreePointsFurther_StillEndsTheSame()
    {
        var (expected, effects) = await RunAsync(new CrashAt(0, PersistenceVerdict.Continue), crashAgain: null);

        var lives = 1;
        var (actual, after) = await RunAsync(new CrashAt(3, PersistenceVerdict.CrashAfter), () =>
        {
            lives++;
            return new CrashAt(3, PersistenceVerdict.CrashAfter);
        });

        Assert.InRange(lives, 8, 100);
        Assert.Equal(expected, actual);
        Assert.Equal(effects.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Runs the sample to its end, opening the file again after every crash; a client whose request was not
    /// answered asks again.</summary>
    private static async Task<(string Result, IReadOnlyDictionary<string, int> Effects)> RunAsync(
        CrashAt first, Func<CrashAt>? crashAgain)
    {
        var effects = new EffectLog();
        var options = new DurableEngineOptions
        {
            PersistenceObserver = first,
            MaxConcurrentActivities = 2,
            MaxConcurrentTurns = 1,
        };
        await using var host = await DurableHarness.StartAsync(
            functions => SampleOrchestrators.Register(functions, effects), options);
        var order = new StartOrchestrationOptions("o").WithDedupeStatuses(
            [.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        var three = new SampleOrchestrators.Order("o", 3);
        await AskAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Order", three, order));
        await RunOnAsync(VirtualClock.Start.AddDays(3));
        await AskAsync(() => RaiseOnceAsync("o", "paid", "cash"));
        var tally = new StartOrchestrationOptions("t").WithDedupeStatuses(
            [.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        await AskAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Tally", new List<string>(), tally));
        foreach (var item in new[] { "a", "b", "c", "d" })
        {
            await AskAsync(() => RaiseOnceAsync("t", "item", item));
        }

        await RunOnAsync(VirtualClock.Start.AddDays(30));
        var results = new List<string>();
        foreach (var id in new[] { "o", "ship-o", "t" })
        {
            var ended = await host.GetAsync(id);
            results.Add($"{id}: {ended.RuntimeStatus} {ended.SerializedOutput} {ended.FailureDetails?.ErrorMessage}");
        }

        return (string.Join('\n', results), effects.All());

        async Task RunOnAsync(DateTime until)
        {
            do
            {
                await ReopenIfDeadAsync();
                await host.RunAsync(until);
            }
            while (host.Engine.Ended.IsCompleted);
        }

        async Task ReopenIfDeadAsync()
        {
            while (host.Engine.Ended.IsCompleted)
            {
                first.HasCrashed = true;
                await host.ReopenAsync(options with { PersistenceObserver = crashAgain?.Invoke() });
            }
        }

        // A client that got no answer looks whether its request has come through before it asks again.
        async Task RaiseOnceAsync(string id, string name, string payload)
        {
            var rows = host.Database.Read(session =>
            {
                using var statement = session.Prepare(
                    "SELECT count(*) FROM durable_history WHERE name = ?1 AND payload = ?2")
                    .Bind(1, name).Bind(2, $"\"{payload}\"");
                statement.Step();
                return statement.GetInt64(0);
            });
            var read = (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!.SerializedInput
                ?? string.Empty;
            if (rows == 0 && !read.Contains($"\"{payload}\"", StringComparison.Ordinal))
                await host.Client.RaiseEventAsync(id, name, payload);
        }

        async Task AskAsync(Func<Task> ask)
        {
            while (true)
            {
                await ReopenIfDeadAsync();
                var failure = await Record.ExceptionAsync(ask);
                if (failure is null or global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException) return;
                Assert.True(host.Engine.Ended.IsCompleted, failure.ToString());
            }
        }
    }
}
