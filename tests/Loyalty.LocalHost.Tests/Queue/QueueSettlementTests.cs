using System.Collections.Concurrent;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Tests.Time;
using NodaTime;
using static Loyalty.LocalHost.Tests.Queue.QueueHarness;

namespace Loyalty.LocalHost.Tests.Queue;

public sealed class QueueSettlementTests
{
    [Fact]
    public async Task Complete_Restart_IsNotDeliveredAgain()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("a"));
        await harness.RunAsync(delivery => delivery.CompleteAsync());
        await harness.RestartAsync();
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Handler_Throws_IsDeliveredTenTimesThenDeadLettered()
    {
        await using QueueHarness harness = await OpenAsync();
        long sequence = await harness.Queue.SendAsync(Message("poison", "id"));
        var counts = new ConcurrentQueue<int>();
        await harness.RunAsync(delivery =>
        {
            counts.Enqueue(delivery.DeliveryCount);
            throw new InvalidOperationException("cannot");
        });
        Assert.Equal(Enumerable.Range(1, 10), counts);
        Assert.Equal(10, harness.Failures.Count);
        DeadLetter dead = Assert.Single(DeadLetters.List(harness.Database, "orders"));
        Assert.Equal((sequence, "id", 10, "MaxDeliveryCountExceeded"), (dead.SequenceNumber, dead.MessageId, dead.DeliveryCount, dead.Reason));
        Assert.Equal("Message could not be consumed after 10 delivery attempts.", dead.Description);
        Assert.Equal(Start, dead.DeadAt);
        Assert.Equal("poison"u8, dead.Body.Span);
    }

    [Fact]
    public async Task DeadLetter_Explicit_IsListedFoundAndResent()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { DuplicateDetectionWindow = Duration.FromMinutes(10) });
        long sequence = await harness.Queue.SendAsync(Message("bad", "id", "s"));
        var got = new ConcurrentQueue<string>();
        var extra = new Dictionary<string, object>(StringComparer.Ordinal) { ["why"] = "schema" };
        harness.Queue.Start(async (delivery, stopping) =>
        {
            got.Enqueue($"{delivery.MessageId} {delivery.SessionId} {Text(delivery)} {delivery.DeliveryCount}");
            if (delivery.MessageId == "id")
            {
                await delivery.DeadLetterAsync("invalid", "The body is not an order.", extra, stopping);
            }
        });
        await harness.Clock.WaitForIdleAsync();

        DeadLetter dead = Assert.IsType<DeadLetter>(DeadLetters.Find(harness.Database, "orders", sequence));
        Assert.Equal(("invalid", "The body is not an order.", 1), (dead.Reason, dead.Description, dead.DeliveryCount));
        Assert.Equal("schema", dead.Fields.ApplicationProperties["why"]);
        Assert.Null(DeadLetters.Find(harness.Database, "other", sequence));
        Assert.Empty(DeadLetters.List(harness.Database, "orders", after: sequence));

        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Queue.ResendDeadLetterAsync(sequence, "id"));
        Assert.Equal(1, DeadLetters.Count(harness.Database, "orders"));
        Assert.True(await harness.Queue.ResendDeadLetterAsync(sequence, "id~1"));
        Assert.False(await harness.Queue.ResendDeadLetterAsync(sequence, "id~2"));
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(["id s bad 1", "id~1 s bad 1"], got);
        Assert.Equal(0, DeadLetters.Count(harness.Database, "orders"));
    }

    [Fact]
    public async Task Abandon_WithProperties_TheyComeWithTheNextDelivery()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("a"));
        object? seen = null;
        await harness.RunAsync(async delivery =>
        {
            if (delivery.DeliveryCount == 1)
            {
                await delivery.AbandonAsync(new Dictionary<string, object>(StringComparer.Ordinal) { ["tried"] = 1 });
            }
            else
            {
                seen = delivery.Fields.ApplicationProperties["tried"];
            }
        });
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Settle_Twice_SecondIsRefused()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("a"));
        var refused = new List<Exception>();
        await harness.RunAsync(async delivery =>
        {
            await delivery.CompleteAsync();
            Assert.True(delivery.IsSettled);
            refused.Add(await Assert.ThrowsAsync<QueueLockLostException>(() => delivery.CompleteAsync()));
            refused.Add(await Assert.ThrowsAsync<QueueLockLostException>(() => delivery.AbandonAsync()));
            refused.Add(await Assert.ThrowsAsync<QueueLockLostException>(() => delivery.DeadLetterAsync("late")));
            refused.Add(Assert.Throws<QueueLockLostException>(delivery.RenewLock));
        });
        Assert.Equal(4, refused.Count);
        Assert.Empty(harness.Failures);
    }

    [Fact]
    public async Task NoAutoComplete_NotSettled_ComesAgainWhenTheLockRunsOut()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { AutoCompleteMessages = false });
        await harness.Queue.SendAsync(Message("a"));
        var got = new List<(int, Instant)>();
        QueueDelivery? first = null;
        await harness.RunAsync(
            async delivery =>
            {
                got.Add((delivery.DeliveryCount, harness.Clock.Now));
                first ??= delivery;
                if (delivery.DeliveryCount == 3)
                {
                    await delivery.CompleteAsync();
                }
            },
            At(600));
        Assert.Equal([(1, Start), (2, At(60)), (3, At(120))], got);
        await Assert.ThrowsAsync<QueueLockLostException>(() => first!.CompleteAsync());
    }

    [Fact]
    public async Task NoAutoComplete_RenewedByHand_LockLastsLonger()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { AutoCompleteMessages = false });
        await harness.Queue.SendAsync(Message("a"));
        QueueDelivery? first = null;
        await harness.RunAsync(
            delivery =>
            {
                first ??= delivery;
                return Task.CompletedTask;
            },
            At(50));
        first!.RenewLock();
        Assert.Equal(At(110), first.LockedUntil);
        await harness.Clock.RunUntilAsync(At(100));
        await first.CompleteAsync();
        await harness.Clock.RunUntilAsync(At(500));
        Assert.Equal(1, first.DeliveryCount);
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(150, 180)]
    [InlineData(300, 300)]
    public async Task LongHandler_LockIsRenewedForTheSetTimeAndThenLost(int renewalSeconds, int lostAfter)
    {
        var wall = new ManualWallClock();
        await using QueueHarness harness = await OpenAsync(
            set: settings => settings with { MaxAutoLockRenewalDuration = Duration.FromSeconds(renewalSeconds) }, wall: wall);
        var deliveries = new ConcurrentQueue<QueueDelivery>();
        var started = new SemaphoreSlim(0);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Queue.Start(async (delivery, stopping) =>
        {
            deliveries.Enqueue(delivery);
            started.Release();
            await end.Task;
            if (delivery.DeliveryCount == 1)
            {
                await delivery.CompleteAsync(stopping);
            }
        });
        await harness.Queue.SendAsync(Message("a"));
        await started.WaitAsync();
        Instant sent = harness.Clock.Now;
        Assert.True(deliveries.TryPeek(out QueueDelivery? first));
        while (harness.Clock.Now < sent + Duration.FromSeconds(lostAfter - 1))
        {
            wall.Advance(TimeSpan.FromSeconds(1));
            harness.Queue.Fire(harness.Clock.Now);
            Assert.True(first.LockedUntil > harness.Clock.Now, "the lock is lost too early");
        }

        Assert.Single(deliveries);
        wall.Advance(TimeSpan.FromSeconds(1));
        await started.WaitAsync();
        Assert.Equal(2, deliveries.Count);
        Assert.Equal([1, 2], deliveries.Select(delivery => delivery.DeliveryCount));
        end.SetResult();
        await harness.Clock.WaitForIdleAsync();

        // The first handler's settlement came too late; the second delivery was completed by the queue.
        Assert.IsType<QueueLockLostException>(Assert.Single(harness.Failures));
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Calls_AsManyAsPlaces_AreHandledAtTheSameTimeAndNoMore()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { MaxConcurrentCalls = 3 });
        await harness.Queue.SendAsync([.. Enumerable.Range(0, 30).Select(number => Message($"{number}"))]);
        int handling = 0;
        int most = 0;
        using var together = new CountdownEvent(3);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await harness.RunAsync(async _ =>
        {
            int now = Interlocked.Increment(ref handling);
            lock (harness)
            {
                most = Math.Max(most, now);
            }

            if (!all.Task.IsCompleted && together.CurrentCount > 0 && together.Signal())
            {
                all.TrySetResult();
            }

            await all.Task;
            Interlocked.Decrement(ref handling);
        });
        Assert.Equal(3, most);
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task OpenHandler_KeepsVirtualTimeWhereItIs()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("a"));
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Queue.Start(async (_, _) =>
        {
            started.SetResult();
            await end.Task;
        });
        await started.Task;
        Task running = harness.Clock.RunUntilAsync(At(3_600));
        Assert.Equal(["orders"], harness.Clock.BusyWith());
        Assert.Equal(Start, harness.Clock.Now);
        end.SetResult();
        await running;
        Assert.Equal(At(3_600), harness.Clock.Now);
    }

    [Fact]
    public async Task Stop_WaitsForHandlersAndDeliversNothingMore()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { MaxConcurrentCalls = 1 });
        await harness.Queue.SendAsync([Message("a"), Message("b")]);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool ended = false;
        harness.Queue.Start(async (_, stopping) =>
        {
            started.TrySetResult();
            var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = stopping.Register(asked.SetResult);
            await asked.Task;
            ended = true;
        });
        await started.Task;
        await harness.Queue.StopAsync();
        Assert.True(ended);
        Assert.Equal(new QueueCounts(1, 0, 0), harness.Queue.Counts);
    }
}
