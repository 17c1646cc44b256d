using System.Net;
using Azure.Messaging.ServiceBus;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Queue;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Hosting;

public sealed class TriggerTests
{
    [Fact]
    public async Task Queue_SessionMessages_ArriveInOrderOnceAndAreSettledByTheFunction()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(QueueSamples));
        foreach (
            var (id, text) in new[] { ("1", "a"), ("2", "b"), ("2", "b"), ("3", "twice"), ("4", "dead"), ("5", "c") })
        {
            var answer = await fixture.Http.PostAsync($"api/send/ordered/s/{id}", new StringContent(text));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        await fixture.Host.Clock.WaitForIdleAsync();

        Assert.Equal(
            ["s a 1 blue", "s b 1 blue", "fails 3", "s twice 2 blue", "dead 4", "s c 1 blue"],
            fixture.Journal.Lines.Where(line => !line.StartsWith('>')));
        var dead = Assert.Single(DeadLetters.List(fixture.Host.Database, "ordered"));
        Assert.Equal(("4", "no-good", "because"), (dead.MessageId, dead.Reason, dead.Description));
        Assert.All(fixture.Host.Queues, queue => Assert.Equal(new QueueCounts(0, 0, 0), queue.Counts));
    }

    [Fact]
    public async Task Queue_BatchedTrigger_GetsAnArrayAndCompletesByItself()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(QueueSamples));
        await fixture.Http.PostAsync("api/send/plain/-/1", new StringContent("x"));
        await fixture.Host.Clock.WaitForIdleAsync();

        Assert.Contains("batch x", fixture.Journal.Lines);
        Assert.All(fixture.Host.Queues, queue => Assert.Equal(new QueueCounts(0, 0, 0), queue.Counts));
    }

    [Fact]
    public async Task Sender_ScheduledBatchedAndUnknown_BehaveAsServiceBusDoes()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(QueueSamples));
        await using var sender = fixture.Host.Services.GetRequiredService<ServiceBusClient>().CreateSender("plain");
        using var batch = await sender.CreateMessageBatchAsync();
        Assert.True(batch.TryAddMessage(new ServiceBusMessage("in a batch")));
        Assert.False(batch.TryAddMessage(new ServiceBusMessage(new byte[300_000])));
        await sender.SendMessagesAsync(batch);
        var at = (HostFixture.Start + Duration.FromHours(5)).ToDateTimeOffset();
        await sender.ScheduleMessageAsync(new ServiceBusMessage("later"), at);
        await sender.CancelScheduledMessageAsync(await sender.ScheduleMessageAsync(new ServiceBusMessage("never"), at));
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromHours(4));
        Assert.DoesNotContain("batch later", fixture.Journal.Lines);
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromHours(6));

        Assert.Equal(
            ["batch in a batch", "batch later"],
            fixture.Journal.Lines.Where(line => line.StartsWith("batch", StringComparison.Ordinal)));
        await using var unknown = fixture.Host.Services.GetRequiredService<ServiceBusClient>().CreateSender("unknown");
        var failure = await Assert.ThrowsAsync<ServiceBusException>(
            () => unknown.SendMessageAsync(new ServiceBusMessage("x")));
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, failure.Reason);
        failure = await Assert.ThrowsAsync<ServiceBusException>(
            () => sender.SendMessageAsync(new ServiceBusMessage(new byte[300_000])));
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded, failure.Reason);
    }

    [Fact]
    public async Task Durable_StartedOverHttp_RunsWithVirtualTimeAndGoesOnAfterARestart()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(DurableSamples));
        await fixture.Http.PostAsync("api/greet/g1", null);
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromMinutes(30));
        await fixture.CloseAsync();
        await fixture.OpenAsync(null, typeof(DurableSamples));
        Assert.Equal(HostFixture.Start + Duration.FromMinutes(30), fixture.Host.Clock.Now);
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromHours(3));

        var ended = await fixture.Host.Durable.GetInstanceAsync("g1", getInputsAndOutputs: true);
        Assert.Equal("hello g1 hello g1", ended!.ReadOutputAs<string>());
        Assert.Equal(
            ["say g1 0 at 09:00 by local", "say g1 1 at 10:00 by local"],
            fixture.Journal.Lines.Where(line => line.StartsWith("say", StringComparison.Ordinal)));
        Assert.Contains("> Greet GreetAsync", fixture.Journal.Lines);
    }

    [Fact]
    public async Task Timer_ScheduleFromASetting_RunsAtItsTicks()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(TimerSamples));
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromHours(3));

        Assert.Equal(
            ["start False", "hour 09:30 next 10:30", "hour 10:30 next 11:30", "hour 11:30 next 12:30"],
            fixture.Journal.Lines.Where(line => !line.StartsWith('>')));
    }

    [Fact]
    public async Task Timer_WithMonitor_KnowsWhatItMissed()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(TimerSamples));
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromHours(1));
        await fixture.Host.Database.WriteAsync(
            session => session.Prepare("UPDATE timer_status SET next = 0").Execute());
        await fixture.CloseAsync();
        await fixture.OpenAsync(null, typeof(TimerSamples));
        await fixture.Host.Clock.WaitForIdleAsync();

        Assert.Equal(
            ["start False", "start True"],
            fixture.Journal.Lines.Where(line => line.StartsWith("start", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Timer_HintSaysNothingToDo_VirtualTimeSkipsItsTicks()
    {
        var hint = new Hint { Use = HostFixture.Start + Duration.FromDays(40) };
        await using var fixture = await HostFixture.StartAsync(
            options => options with
            {
                Compose = (builder, parts) =>
                {
                    options.Compose!(builder, parts);
                    builder.Services.AddSingleton<IIdleHint>(hint);
                },
            },
            typeof(TimerSamples));
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromDays(39));
        Assert.DoesNotContain(fixture.Journal.Lines, line => line.StartsWith("hour", StringComparison.Ordinal));

        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromDays(40) + Duration.FromMinutes(31));
        Assert.Single(fixture.Journal.Lines, line => line.StartsWith("hour", StringComparison.Ordinal));
        hint.Use = null;
        await fixture.Host.Clock.RunUntilAsync(HostFixture.Start + Duration.FromDays(80));
        Assert.Single(fixture.Journal.Lines, line => line.StartsWith("hour", StringComparison.Ordinal));
    }

    private sealed class Hint : IIdleHint
    {
        public Instant? Use { get; set; }

        public string Function => "everyHour";

        public Instant? EarliestUse() => Use;
    }
}
