using System.Collections.Concurrent;
using System.Globalization;
using Loyalty.LocalHost.Queue;
using static Loyalty.LocalHost.Tests.Queue.QueueHarness;

namespace Loyalty.LocalHost.Tests.Queue;

/// <summary>What a new owner finds.</summary>
public sealed class QueueRestartTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_DeliveredNotSettled_IsVisibleAtOnceWithAHigherCount(bool crash)
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { AutoCompleteMessages = false });
        await harness.Queue.SendAsync(Message("a"));
        QueueDelivery? old = null;
        await harness.RunAsync(delivery =>
        {
            old = delivery;
            return Task.CompletedTask;
        });
        await (crash ? harness.RestartAfterCrashAsync() : harness.RestartAsync());
        var counts = new List<int>();
        await harness.RunAsync(async delivery =>
        {
            counts.Add(delivery.DeliveryCount);
            Assert.NotEqual(old!.LockToken, delivery.LockToken);
            await delivery.CompleteAsync();
        });
        Assert.Equal([2], counts);
        Assert.Empty(harness.Failures);
    }

    [Fact]
    public async Task AfterCrash_EveryDelivery_IsCountedDurablyBeforeItIsMade()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync([Message("a"), Message("b")]);
        await harness.RestartAfterCrashAsync();
        var stored = new ConcurrentBag<long>();
        await harness.RunAsync(delivery =>
        {
            stored.Add(harness.Database.Read(session => session.QueryInt64(
                $"SELECT deliveries FROM queue_messages WHERE seq = {delivery.SequenceNumber.ToString(CultureInfo.InvariantCulture)}")));
            return Task.CompletedTask;
        });
        Assert.Equal([1L, 1L], stored);
    }

    [Fact]
    public async Task Crash_AtEveryDelivery_IsDeadLetteredAfterMaxDeliveryCount()
    {
        await using QueueHarness harness = await OpenAsync(
            definition => definition with { MaxDeliveryCount = 3 }, settings => settings with { AutoCompleteMessages = false });
        await harness.Queue.SendAsync(Message("poison"));
        var counts = new List<int>();
        for (int life = 0; life < 5; life++)
        {
            await harness.RunAsync(delivery =>
            {
                counts.Add(delivery.DeliveryCount);
                return Task.CompletedTask;
            });
            await harness.RestartAfterCrashAsync();
        }

        Assert.Equal([1, 2, 3], counts);
        Assert.Equal("MaxDeliveryCountExceeded", Assert.Single(DeadLetters.List(harness.Database, "orders")).Reason);
    }

    [Fact]
    public async Task Restart_SessionsAndOrder_AreKept()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { RequiresSession = true });
        for (int number = 0; number < 20; number++)
        {
            await harness.Queue.SendAsync(Message($"{number}", session: $"s{number % 3}"));
        }

        await harness.RestartAsync();
        var got = new ConcurrentDictionary<string, List<int>>(StringComparer.Ordinal);
        await harness.RunAsync(delivery =>
        {
            got.GetOrAdd(delivery.SessionId!, _ => []).Add(int.Parse(Text(delivery)));
            return Task.CompletedTask;
        });
        Assert.Equal(20, got.Values.Sum(numbers => numbers.Count));
        Assert.All(got.Values, numbers => Assert.Equal(numbers.Order(), numbers));
    }

    [Fact]
    public async Task Settle_AfterTheFileWasClosed_FailsAndTheMessageComesAgain()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("a"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LocalQueue first = harness.Queue;
        first.Failed += (_, _) => failed.TrySetResult();
        first.Start(async (_, _) =>
        {
            started.SetResult();
            await end.Task;
        });
        await started.Task;
        await harness.RestartAsync();
        end.SetResult();
        await failed.Task;
        int count = 0;
        await harness.RunAsync(delivery =>
        {
            count = delivery.DeliveryCount;
            return Task.CompletedTask;
        });
        Assert.Equal(2, count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task RandomLives_EveryMessageEndsExactlyOnceAndSessionsStayInOrder(int seed)
    {
        await using QueueHarness harness = await OpenAsync(
            definition => definition with { RequiresSession = true, MaxDeliveryCount = 4 },
            settings => settings with { MaxConcurrentSessions = 3, AutoCompleteMessages = false });
        var random = new Random(seed);
        var completed = new ConcurrentDictionary<string, ConcurrentQueue<int>>(StringComparer.Ordinal);
        int sent = 0;
        for (int life = 0; life < 6; life++)
        {
            int lifeSeed = random.Next();
            harness.Queue.Start((delivery, _) => ActAsync(delivery, lifeSeed, completed));
            for (int turn = 0; turn < 15; turn++)
            {
                await harness.Queue.SendAsync([.. Enumerable.Range(0, random.Next(1, 4)).Select(
                    _ => Message($"{sent++}", session: $"s{random.Next(5)}"))]);
                if (random.Next(3) == 0)
                {
                    await harness.Clock.RunUntilAsync(harness.Clock.Now + NodaTime.Duration.FromSeconds(random.Next(100)));
                }
            }

            await harness.Clock.WaitForIdleAsync();
            await (random.Next(2) == 0 ? harness.RestartAsync() : harness.RestartAfterCrashAsync());
        }

        await harness.RunAsync(delivery => ActAsync(delivery, 0, completed), harness.Clock.Now + NodaTime.Duration.FromDays(1));
        int[] finished = [.. completed.Values.SelectMany(numbers => numbers)];
        int[] dead = [.. DeadLetters.List(harness.Database, "orders", 1_000)
            .Select(letter => int.Parse(System.Text.Encoding.UTF8.GetString(letter.Body.Span)))];
        Assert.Equal(Enumerable.Range(0, sent), finished.Concat(dead).Order());
        Assert.All(completed.Values, numbers => Assert.Equal(numbers.Order(), numbers));
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    /// <summary>By the message and its delivery: completes, dead-letters, throws, abandons, or leaves it to its lock.</summary>
    private static async Task ActAsync(QueueDelivery delivery, int seed, ConcurrentDictionary<string, ConcurrentQueue<int>> completed)
    {
        int number = int.Parse(Text(delivery));
        await Task.Yield();
        switch (new Random(HashCode.Combine(seed, number, delivery.DeliveryCount)).Next(10))
        {
            case 0:
                throw new InvalidOperationException("a handler's fault");
            case 1:
                await delivery.AbandonAsync();
                break;
            case 2:
                await delivery.DeadLetterAsync("random");
                break;
            case 3:
                break;
            default:
                await delivery.CompleteAsync();
                completed.GetOrAdd(delivery.SessionId!, _ => new ConcurrentQueue<int>()).Enqueue(number);
                break;
        }
    }
}
