using System.Collections.Concurrent;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Tests.Time;
using NodaTime;
using static Loyalty.LocalHost.Tests.Queue.QueueHarness;

namespace Loyalty.LocalHost.Tests.Queue;

/// <summary>A file that takes no writes for a while: no message is to blame, and none is given up.</summary>
public sealed class QueuePausesTests
{
    [Fact]
    public async Task Handler_FileTakesNoWritesForLong_GoesOnByItselfAndCountsNoDelivery()
    {
        var wall = new ManualWallClock();
        await using QueueHarness harness = await OpenAsync(wall: wall, busyTimeout: FileTrouble.Patience);
        await harness.Queue.SendAsync(Message("paid", "id"));
        await using FileTrouble trouble = await FileTrouble.BeginAsync(harness.Database.Path);
        var counts = new ConcurrentQueue<int>();
        harness.Queue.Start(async (delivery, stopping) =>
        {
            counts.Enqueue(delivery.DeliveryCount);
            await delivery.CompleteAsync(stopping);
        });
        await harness.Clock.WaitForIdleAsync();
        for (int attempt = 0; attempt < 12; attempt++)
        {
            wall.Advance(FileTrouble.LongEnough);
            await harness.Clock.WaitForIdleAsync();
        }

        await trouble.EndAsync();
        wall.Advance(FileTrouble.LongEnough);
        await harness.Clock.WaitForIdleAsync();

        Assert.Equal(Enumerable.Repeat(1, 14), counts);
        Assert.Equal(0, DeadLetters.Count(harness.Database, "orders"));
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Handler_FileTakesNoWrites_NothingElseIsTriedMeanwhileAndThePauseIsTold()
    {
        var wall = new ManualWallClock();
        await using QueueHarness harness = await OpenAsync(set: settings => settings with { MaxConcurrentCalls = 1 }, wall: wall, busyTimeout: FileTrouble.Patience);
        await harness.Queue.SendAsync([Message("a"), Message("b"), Message("c")]);
        await using FileTrouble trouble = await FileTrouble.BeginAsync(harness.Database.Path);
        var tried = new ConcurrentQueue<string>();
        var pauses = new ConcurrentQueue<Duration?>();
        harness.Queue.Failed += (_, failure) => pauses.Enqueue(failure.PausesFor);
        harness.Queue.Start((delivery, stopping) =>
        {
            tried.Enqueue(Text(delivery));
            return delivery.CompleteAsync(stopping);
        });
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(["a"], tried);
        wall.Advance(TimeSpan.FromSeconds(1));
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(["a", "a"], tried);
        Assert.Equal([Duration.FromSeconds(1), Duration.FromSeconds(2)], pauses);
    }

    [Fact]
    public async Task Exhausted_FileTakesNoDeadLetter_ItIsBuriedWhenTheFileTakesWrites()
    {
        var wall = new ManualWallClock();
        await using QueueHarness harness = await OpenAsync(definition => definition with { MaxDeliveryCount = 1 }, wall: wall, busyTimeout: FileTrouble.Patience);
        await harness.Queue.SendAsync(Message("poison", "id"));
        FileTrouble? trouble = null;
        harness.Queue.Start(async (_, _) =>
        {
            trouble = await FileTrouble.BeginAsync(harness.Database.Path);
            throw new InvalidOperationException("cannot");
        });
        await harness.Clock.WaitForIdleAsync();
        Assert.Equal(0, DeadLetters.Count(harness.Database, "orders"));

        await trouble!.EndAsync();
        wall.Advance(FileTrouble.LongEnough);
        await harness.Clock.WaitForIdleAsync();
        await trouble.DisposeAsync();
        Assert.Equal("MaxDeliveryCountExceeded", Assert.Single(DeadLetters.List(harness.Database, "orders")).Reason);
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }

    [Fact]
    public async Task Handler_WhatIsStoredIsDamaged_IsDeadLetteredAndKeepsNobodyElseWaiting()
    {
        await using QueueHarness harness = await OpenAsync();
        await harness.Queue.SendAsync([Message("damaged", "id"), Message("sound")]);
        await harness.RunAsync(delivery => Text(delivery) == "damaged"
            ? throw new StoreUnavailableException("The data file is damaged.") { IsDamage = true }
            : delivery.CompleteAsync());
        Assert.Equal("id", Assert.Single(DeadLetters.List(harness.Database, "orders")).MessageId);
        Assert.Equal(new QueueCounts(0, 0, 0), harness.Queue.Counts);
    }
}
