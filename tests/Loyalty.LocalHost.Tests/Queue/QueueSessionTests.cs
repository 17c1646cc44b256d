using System.Collections.Concurrent;
using Loyalty.LocalHost.Queue;
using NodaTime;
using static Loyalty.LocalHost.Tests.Queue.QueueHarness;

namespace Loyalty.LocalHost.Tests.Queue;

public sealed class QueueSessionTests
{
    private static Task<QueueHarness> OpenSessionsAsync(int places, Func<QueueSettings, QueueSettings>? set = null) => OpenAsync(
        definition => definition with { RequiresSession = true },
        settings => (set ?? (same => same))(settings with { MaxConcurrentSessions = places }));

    [Fact]
    public async Task Sessions_ManyAtOnce_EachInOrderAndOneAtATime()
    {
        await using QueueHarness harness = await OpenSessionsAsync(4);
        var random = new Random(5);
        QueueMessage[] messages = [.. Enumerable.Range(0, 400).Select(number => Message($"{number}", session: $"s{random.Next(10)}"))];
        await harness.Queue.SendAsync(messages);
        var got = new ConcurrentDictionary<string, List<int>>(StringComparer.Ordinal);
        var inside = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        int handling = 0;
        int most = 0;
        bool overlap = false;
        await harness.RunAsync(async delivery =>
        {
            overlap |= inside.AddOrUpdate(delivery.SessionId!, 1, (_, present) => present + 1) != 1;
            int now = Interlocked.Increment(ref handling);
            InterlockedMax(ref most, now);
            got.GetOrAdd(delivery.SessionId!, _ => []).Add(int.Parse(Text(delivery)));
            await Task.Yield();
            Interlocked.Decrement(ref handling);
            inside.AddOrUpdate(delivery.SessionId!, 0, (_, present) => present - 1);
        });

        Assert.False(overlap);
        Assert.InRange(most, 1, 4);
        Assert.Equal(400, got.Values.Sum(numbers => numbers.Count));
        Assert.All(got.Values, numbers => Assert.Equal(numbers.Order(), numbers));
    }

    [Fact]
    public async Task Sessions_AsManyAsPlaces_AreHandledAtTheSameTime()
    {
        await using QueueHarness harness = await OpenSessionsAsync(3);
        await harness.Queue.SendAsync([Message("a", session: "1"), Message("b", session: "2"), Message("c", session: "3")]);
        using var together = new CountdownEvent(3);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await harness.RunAsync(async _ =>
        {
            if (together.Signal())
            {
                all.SetResult();
            }

            // Ends only if the other two have come in as well.
            await all.Task;
        });
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Sessions_LongBacklogOfOne_OthersGetTheirTurn()
    {
        await using QueueHarness harness = await OpenSessionsAsync(1);
        await harness.Queue.SendAsync([.. Enumerable.Range(0, 20).Select(number => Message($"long-{number:00}", session: "long"))]);
        await harness.Queue.SendAsync(Message("short", session: "short"));
        var got = new List<string>();
        await harness.RunAsync(delivery =>
        {
            got.Add(Text(delivery));
            return Task.CompletedTask;
        });
        Assert.Equal(1, got.IndexOf("short"));
        Assert.Equal(21, got.Count);
    }

    [Fact]
    public async Task Session_CompletedInTheHandler_NextWaitsForItsEnd()
    {
        await using QueueHarness harness = await OpenSessionsAsync(4);
        await harness.Queue.SendAsync([Message("1", session: "s"), Message("2", session: "s")]);
        var steps = new ConcurrentQueue<string>();
        await harness.RunAsync(async delivery =>
        {
            steps.Enqueue($"begin {Text(delivery)}");
            await delivery.CompleteAsync();
            await Task.Yield();
            steps.Enqueue($"end {Text(delivery)}");
        });
        Assert.Equal(["begin 1", "end 1", "begin 2", "end 2"], steps);
    }

    [Fact]
    public async Task Session_Abandoned_SameMessageComesNext()
    {
        await using QueueHarness harness = await OpenSessionsAsync(4);
        await harness.Queue.SendAsync([Message("1", session: "s"), Message("2", session: "s")]);
        var got = new List<string>();
        await harness.RunAsync(async delivery =>
        {
            got.Add($"{Text(delivery)}/{delivery.DeliveryCount}");
            if (delivery.DeliveryCount < 3 && Text(delivery) == "1")
            {
                await delivery.AbandonAsync();
            }
        });
        Assert.Equal(["1/1", "1/2", "1/3", "2/1"], got);
    }

    [Fact]
    public async Task Session_DeadLettered_GoesOnWithTheNext()
    {
        await using QueueHarness harness = await OpenSessionsAsync(4);
        await harness.Queue.SendAsync([Message("poison", session: "s"), Message("good", session: "s")]);
        var got = new List<string>();
        await harness.RunAsync(delivery =>
        {
            got.Add(Text(delivery));
            return Text(delivery) == "poison" ? throw new InvalidOperationException("poison") : Task.CompletedTask;
        });
        Assert.Equal([.. Enumerable.Repeat("poison", 10), "good"], got);
        Assert.Equal(10, harness.Failures.Count);
        Assert.Equal("s", Assert.Single(DeadLetters.List(harness.Database, "orders")).SessionId);
    }

    [Fact]
    public async Task Session_NotSettled_IsHeldUntilTheLockRunsOut()
    {
        await using QueueHarness harness = await OpenSessionsAsync(4, settings => settings with { AutoCompleteMessages = false });
        await harness.Queue.SendAsync([Message("1", session: "s"), Message("2", session: "s"), Message("other", session: "t")]);
        var got = new ConcurrentQueue<(string, int, Instant)>();
        await harness.RunAsync(
            async delivery =>
            {
                got.Enqueue((Text(delivery), delivery.DeliveryCount, harness.Clock.Now));
                if (Text(delivery) != "1" || delivery.DeliveryCount == 2)
                {
                    await delivery.CompleteAsync();
                }
            },
            At(300));
        Assert.Equal(
            [("1", 1, Start), ("other", 1, Start), ("1", 2, At(60)), ("2", 1, At(60))],
            got.OrderBy(item => item.Item3).ThenBy(item => item.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public async Task HoldIdleSessions_OnePlace_NextSessionWaitsForTheIdleTime()
    {
        await using QueueHarness harness = await OpenSessionsAsync(
            1, settings => settings with { HoldIdleSessions = true, SessionIdleTimeout = Duration.FromSeconds(10) });
        var got = new List<(string, Instant)>();
        harness.Queue.Start((delivery, _) =>
        {
            got.Add((Text(delivery), harness.Clock.Now));
            return Task.CompletedTask;
        });
        await harness.Queue.SendAsync([Message("a1", session: "a"), Message("b1", session: "b"), Message("a2", session: "a")]);
        await harness.Queue.ScheduleAsync(Message("a3", session: "a"), At(5));
        await harness.Clock.RunUntilAsync(At(100));
        Assert.Equal([("a1", Start), ("a2", Start), ("a3", At(5)), ("b1", At(15))], got);
    }

    [Fact]
    public async Task IdleSessions_NotHeld_GiveTheirPlaceAtOnce()
    {
        await using QueueHarness harness = await OpenSessionsAsync(1, settings => settings with { SessionIdleTimeout = Duration.FromSeconds(10) });
        await harness.Queue.SendAsync([.. Enumerable.Range(0, 30).Select(number => Message($"{number}", session: $"{number}"))]);
        int got = 0;
        await harness.RunAsync(_ =>
        {
            got++;
            return Task.CompletedTask;
        });
        Assert.Equal((30, Start), (got, harness.Clock.Now));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
