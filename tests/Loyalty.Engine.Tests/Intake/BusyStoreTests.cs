using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
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
    private sealed class BusyStore(IDocumentStore store) : IDocumentStore
    {
        public TimeSpan? RetryAfter { get; init; }

        public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) =>
            partition.StartsWith("intake:", StringComparison.Ordinal)
                ? throw new StoreUnavailableException("Over its throughput.") { RetryAfter = RetryAfter }
                : store.ReadAsync(partition, id, cancellation);

        public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) => store.QueryAsync(query, cancellation);

        public ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
            store.CommitAsync(partition, writes, cancellation);

        public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => store.GetFeedRangesAsync(cancellation);

        public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
            store.ScanDueAsync(range, until, limit, cancellation);

        public ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
            store.ReadChangesAsync(range, continuation, limit, cancellation);

        public ValueTask<DocumentPage> ScanKindAsync(FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
            store.ScanKindAsync(range, kind, limit, continuation, cancellation);
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
