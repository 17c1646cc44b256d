using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Engine.Tests.Intake;

/// <summary>A store that is over its throughput says for how long it wants to be left alone.</summary>
public sealed class BusyStoreTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    [Theory]
    [InlineData(null, 5)]
    [InlineData(2, 5)]
    [InlineData(45, 45)]
    [InlineData(100_000, 3600)]
    public async Task ConsumeAsync_StoreAsksForTime_TheCopyComesNoSooner(int? askedSeconds, int expectedSeconds)
    {
        await using var world = await EngineWorld.StartAsync(Start, around: store => new BusyStore(store) { RetryAfter = askedSeconds is { } told ? TimeSpan.FromSeconds(told) : null });
        var queue = new Schedule();
        var consumer = new EventConsumer(world.Apply, queue, new IntakeCounters(), world.Clock);
        Assert.IsType<ConsumeOutcome.Complete>(await consumer.ConsumeAsync(new EventReference("m-1", "s-1")));
        Assert.Equal(("m-1~1", Start + Duration.FromSeconds(expectedSeconds)), Assert.Single(queue.Scheduled));
    }

    /// <summary>Refuses every read of an accepted event.</summary>
    private sealed class BusyStore(IDocumentStore store) : PassingStore(store)
    {
        public TimeSpan? RetryAfter { get; init; }

        public override ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) =>
            partition.StartsWith("intake:", StringComparison.Ordinal)
                ? throw new StoreUnavailableException("Over its throughput.") { RetryAfter = RetryAfter }
                : Inner.ReadAsync(partition, id, cancellation);
    }

    private sealed class Schedule : IEventQueue
    {
        public List<(string MessageId, Instant At)> Scheduled { get; } = [];

        public Task SendAsync(EventReference reference, CancellationToken cancellation = default) => ScheduleAsync(reference, Start, cancellation);

        public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default)
        {
            Scheduled.Add((reference.MessageId, at));
            return Task.CompletedTask;
        }
    }
}
