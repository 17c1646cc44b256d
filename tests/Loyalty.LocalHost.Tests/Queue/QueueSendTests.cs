using System.Collections.Concurrent;
using Loyalty.LocalHost.Queue;
using Loyalty.Storage.Sqlite;
using NodaTime;
using static Loyalty.LocalHost.Tests.Queue.QueueHarness;

namespace Loyalty.LocalHost.Tests.Queue;

public sealed class QueueSendTests
{
    [Fact]
    public async Task Send_AllFields_ArriveWithTheDelivery()
    {
        await using QueueHarness harness = await OpenAsync();
        var fields = new QueueMessageFields
        {
            ContentType = "application/json",
            CorrelationId = "c",
            Subject = "s",
            To = "t",
            ReplyTo = "r",
            ReplyToSessionId = "rs",
            PartitionKey = "p",
            TransactionPartitionKey = "tp",
            ApplicationProperties = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["text"] = "ü",
                ["flag"] = true,
                ["int"] = 7,
                ["long"] = 8L,
                ["double"] = 0.1,
                ["decimal"] = 1.50m,
                ["guid"] = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                ["moment"] = Start.ToDateTimeOffset(),
                ["time"] = TimeSpan.FromMilliseconds(1_234),
            },
        };
        long sequence = await harness.Queue.SendAsync(
            Message("body", "id-1", "session-1") with { Fields = fields, TimeToLive = Duration.FromDays(1) });
        await harness.RestartAsync();

        QueueDelivery? got = null;
        await harness.RunAsync(delivery =>
        {
            got = delivery;
            return Task.CompletedTask;
        });

        Assert.NotNull(got);
        Assert.Equal(("body", "id-1", "session-1", sequence, 1), (Text(got), got.MessageId, got.SessionId, got.SequenceNumber, got.DeliveryCount));
        Assert.Equal((Start, Start + Duration.FromDays(1), null), (got.EnqueuedTime, got.ExpiresAt, got.ScheduledEnqueueTime));
        Assert.Equal(Start + Duration.FromMinutes(1), got.LockedUntil);
        Assert.Equal(
            fields with { ApplicationProperties = QueueMessageFields.None.ApplicationProperties },
            got.Fields with { ApplicationProperties = QueueMessageFields.None.ApplicationProperties });
        Assert.Equal(
            fields.ApplicationProperties.OrderBy(pair => pair.Key, StringComparer.Ordinal),
            got.Fields.ApplicationProperties.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Send_OneAtATime_ArriveInOrderAndOnce()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { MaxConcurrentCalls = 1 });
        await harness.Queue.SendAsync([.. Enumerable.Range(0, 50).Select(number => Message($"{number}"))]);
        await harness.Queue.SendAsync(Message("50"));
        var got = new List<string>();
        await harness.RunAsync(delivery =>
        {
            got.Add(Text(delivery));
            return Task.CompletedTask;
        });
        Assert.Equal(Enumerable.Range(0, 51).Select(number => $"{number}"), got);
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Send_WhileReceiving_IsDeliveredToo()
    {
        await using QueueHarness harness = await OpenAsync();
        var got = new ConcurrentBag<string>();
        harness.Queue.Start(async (delivery, stopping) =>
        {
            got.Add(Text(delivery));
            if (Text(delivery).Length < 5)
            {
                await harness.Queue.SendAsync(Message(Text(delivery) + "x"), stopping);
            }
        });
        await harness.Queue.SendAsync(Message("x"));
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(["x", "xx", "xxx", "xxxx", "xxxxx"], got.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Send_WithoutId_GetsOneOfItsOwn()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync([Message("a"), Message("b")]);
        var ids = new ConcurrentBag<string>();
        await harness.RunAsync(delivery =>
        {
            ids.Add(delivery.MessageId);
            return Task.CompletedTask;
        });
        Assert.Equal(2, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(string.Empty, ids);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Send_AtTheSizeLimit_LargerIsRefused(int above, bool accepted)
    {
        await using QueueHarness harness = await OpenAsync();
        var message = new QueueMessage(new byte[QueueMessage.MaxBytes + above - 2]) { MessageId = "id" };
        if (accepted)
        {
            Assert.NotEqual(0, await harness.Queue.SendAsync(message));
            return;
        }

        QueueMessageTooLargeException refused =
            await Assert.ThrowsAsync<QueueMessageTooLargeException>(() => harness.Queue.SendAsync([Message("small"), message]));
        Assert.Contains("at most 262144 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, harness.Queue.Counts.Ready);
    }

    [Fact]
    public async Task Send_BadMessages_AreRefused()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { RequiresSession = true });
        string longest = new('x', QueueMessage.MaxIdCharacters);
        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Queue.SendAsync(Message("a")));
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Queue.SendAsync(Message("a", longest + "x", "s")));
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Queue.SendAsync(Message("a", "i", string.Empty)));
        await Assert.ThrowsAsync<ArgumentException>(
            () => harness.Queue.SendAsync(Message("a", "i", "s") with { TimeToLive = Duration.Zero }));
        var odd = new Dictionary<string, object>(StringComparer.Ordinal) { ["uri"] = new Uri("http://localhost") };
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Queue.SendAsync(
            Message("a", "i", "s") with { Fields = new QueueMessageFields { ApplicationProperties = odd } }));
        Assert.NotEqual(0, await harness.Queue.SendAsync(Message("a", longest, longest)));
    }

    [Fact]
    public async Task Send_NotTheOwner_IsRefused()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Database.WriteAsync(session => session.ExecuteScript("UPDATE owner SET token = token + 1"));
        await Assert.ThrowsAsync<OwnershipLostException>(() => harness.Queue.SendAsync(Message("a")));
        Assert.Equal(0, harness.Queue.Counts.Ready);
    }

    [Fact]
    public async Task Enqueue_InAnotherWrite_IsSentExactlyIfThatWriteCommits()
    {
        await using QueueHarness harness = await OpenAsync();
        var got = new ConcurrentBag<string>();
        harness.Queue.Start((delivery, _) =>
        {
            got.Add(Text(delivery));
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Database.WriteAsync(
            session =>
            {
                harness.Queue.Enqueue(session, Message("undone"));
                throw new InvalidOperationException("no");
            },
            WriteFence.Owner));
        await harness.Database.WriteAsync(session => harness.Queue.Enqueue(session, Message("done")), WriteFence.Owner);
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(["done"], got);
    }

    [Fact]
    public async Task Duplicate_WithinTheWindow_IsDroppedSilently()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { DuplicateDetectionWindow = Duration.FromMinutes(10) });
        Assert.NotEqual(0, await harness.Queue.SendAsync(Message("first", "id")));
        Assert.Equal(0, await harness.Queue.SendAsync(Message("second", "id")));
        IReadOnlyList<long> batch = await harness.Queue.SendAsync([Message("a", "same"), Message("b", "same"), Message("c"), Message("d")]);
        Assert.Equal([true, false, true, true], batch.Select(sequence => sequence != 0));
        var got = new ConcurrentBag<string>();
        await harness.RunAsync(delivery =>
        {
            got.Add(Text(delivery));
            return Task.CompletedTask;
        });
        Assert.Equal(["a", "c", "d", "first"], got.Order(StringComparer.Ordinal));

        // Completed messages are remembered, over a restart too.
        await harness.RestartAsync();
        Assert.Equal(0, await harness.Queue.SendAsync(Message("third", "id")));
    }

    [Theory]
    [InlineData(599.9, false)]
    [InlineData(600, true)]
    public async Task Duplicate_WindowInVirtualTime_EndsWhenItEnds(double seconds, bool accepted)
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { DuplicateDetectionWindow = Duration.FromMinutes(10) });
        await harness.Queue.SendAsync(Message("first", "id"));
        await harness.Clock.RunUntilAsync(At(seconds));
        Assert.Equal(accepted, await harness.Queue.SendAsync(Message("second", "id")) != 0);
    }

    [Fact]
    public async Task Duplicate_NoWindow_BothAreDelivered()
    {
        await using QueueHarness harness = await OpenAsync();
        Assert.NotEqual(0, await harness.Queue.SendAsync(Message("first", "id")));
        Assert.NotEqual(0, await harness.Queue.SendAsync(Message("second", "id")));
    }

    [Fact]
    public async Task Duplicate_OldIds_AreForgotten()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with { DuplicateDetectionWindow = Duration.FromMinutes(10) });
        await harness.Queue.SendAsync([.. Enumerable.Range(0, 999).Select(number => Message("x", $"old-{number}"))]);
        await harness.Clock.RunUntilAsync(At(3_600));
        await harness.Queue.SendAsync([Message("x", "new-1"), Message("x", "new-2")]);
        Assert.Equal(2, harness.Database.Read(session => session.QueryInt64("SELECT count(*) FROM queue_ids")));
    }

    [Fact]
    public async Task Scheduled_BecomesVisibleAtItsMomentAndNotBefore()
    {
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { MaxConcurrentCalls = 1 });
        var got = new List<(string, Instant)>();
        harness.Queue.Start((delivery, _) =>
        {
            got.Add((Text(delivery), harness.Clock.Now));
            Assert.Equal(harness.Clock.Now, delivery.EnqueuedTime);
            return Task.CompletedTask;
        });
        await harness.Queue.ScheduleAsync(Message("late"), At(30));
        await harness.Queue.ScheduleAsync(Message("early"), At(10));
        await harness.Queue.ScheduleAsync(Message("past"), At(-10));
        await harness.Queue.SendAsync(Message("now"));
        await harness.Clock.RunUntilAsync(At(60));
        Assert.Equal([("past", Start), ("now", Start), ("early", At(10)), ("late", At(30))], got);
        Assert.Empty(harness.Failures);
    }

    [Fact]
    public async Task Scheduled_Restart_KeepsItsMoment()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.ScheduleAsync(Message("later"), At(30));
        await harness.RestartAsync();
        Assert.Equal(new QueueCounts(0, 1, 0), harness.Queue.Counts);
        var got = new List<Instant>();
        await harness.RunAsync(
            delivery =>
            {
                got.Add(delivery.ScheduledEnqueueTime!.Value);
                return Task.CompletedTask;
            },
            At(60));
        Assert.Equal([At(30)], got);
    }

    [Fact]
    public async Task CancelScheduled_BeforeItsMoment_IsNeverDelivered()
    {
        await using QueueHarness harness = await OpenAsync();
        long first = await harness.Queue.ScheduleAsync(Message("cancelled"), At(30));
        long second = await harness.Queue.ScheduleAsync(Message("kept"), At(30));
        Assert.True(await harness.Queue.CancelScheduledAsync(first));
        Assert.False(await harness.Queue.CancelScheduledAsync(first));
        await harness.RestartAsync();
        var got = new List<string>();
        await harness.RunAsync(
            delivery =>
            {
                got.Add(Text(delivery));
                return Task.CompletedTask;
            },
            At(60));
        Assert.Equal(["kept"], got);
        Assert.False(await harness.Queue.CancelScheduledAsync(second));
    }

    [Theory]
    [InlineData(59.9, 1, 0)]
    [InlineData(60, 0, 0)]
    public async Task TimeToLive_NotReceivedInTime_IsDropped(double startAt, int delivered, long dead)
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync(Message("short") with { TimeToLive = Duration.FromMinutes(1) });
        await harness.Clock.RunUntilAsync(At(startAt));
        int got = 0;
        await harness.RunAsync(_ =>
        {
            got++;
            return Task.CompletedTask;
        });
        Assert.Equal((delivered, dead), (got, DeadLetters.Count(harness.Database, "orders")));
        await harness.RestartAsync();
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task TimeToLive_DefaultAndDeadLettering_AreTheQueues()
    {
        await using QueueHarness harness = await OpenAsync(definition => definition with
        {
            DefaultTimeToLive = Duration.FromMinutes(1),
            DeadLetterOnExpiration = true,
        });
        await harness.Queue.SendAsync(Message("expired"));
        await harness.Queue.ScheduleAsync(Message("scheduled"), At(30));
        await harness.Clock.RunUntilAsync(At(60));
        var got = new List<string>();
        await harness.RunAsync(delivery =>
        {
            got.Add(Text(delivery));
            return Task.CompletedTask;
        });
        Assert.Equal(["scheduled"], got);
        Assert.Equal("TTLExpiredException", Assert.Single(DeadLetters.List(harness.Database, "orders")).Reason);
    }

    [Fact]
    public async Task Backlog_LongerThanMemory_IsDeliveredWhole()
    {
        await using QueueHarness harness = await OpenAsync();
        const int Messages = 20_500;
        await harness.Queue.SendAsync([.. Enumerable.Range(0, Messages).Select(number => Message($"{number}"))]);
        var got = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await harness.RunAsync(delivery =>
        {
            got.AddOrUpdate(Text(delivery), 1, (_, times) => times + 1);
            return Task.CompletedTask;
        });
        Assert.Equal(Messages, got.Count);
        Assert.All(got.Values, times => Assert.Equal(1, times));
    }
}
