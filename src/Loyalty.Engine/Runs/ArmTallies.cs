using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>
/// What adaptive splits have learned, by version of a journey: in a partition of its own, in shards, because everybody in the journey writes it.
/// A turn may read what was true up to a minute ago: a draw is never wrong by that, only a little less informed.
/// </summary>
public sealed class ArmTallies(IDocumentStore store, IClock clock) : IArmTallies
{
    private const int Shards = 8;
    private static readonly Duration Fresh = Duration.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Journey, int Version), Known> _known = new();

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> ReadAsync(string journey, int version, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        if (_known.TryGetValue((journey, version), out var known) && known.At <= now && now - known.At < Fresh) return known.Splits;
        var counts = new Dictionary<(string Split, string Arm), ArmTally>();
        for (var shard = 0; shard < Shards; shard++)
        {
            var session = new PartitionSession(store, Keys.TallyPartition(journey, version));
            var document = await session.ReadAsync<TallyShard>(ShardId(shard), cancellation);
            foreach (var arm in document?.Arms ?? [])
            {
                var before = counts.GetValueOrDefault((arm.Split, arm.Arm)) ?? new ArmTally(arm.Arm, 0, 0);
                counts[(arm.Split, arm.Arm)] = before with { Given = before.Given + arm.Given, Goals = before.Goals + arm.Goals };
            }
        }

        var splits = counts.GroupBy(static c => c.Key.Split).ToImmutableDictionary(
            static split => split.Key, static split => split.Select(static c => c.Value).OrderBy(static t => t.Arm, StringComparer.Ordinal).ToImmutableArray());
        _known[(journey, version)] = new Known(now, splits);
        return splits;
    }

    /// <inheritdoc/>
    public Task AddAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation = default) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.TallyPartition(run.Journey, run.Version));
        var noteId = "note-" + Hashing.Id(32, run.RunId, tally.Key);
        if (await session.ReadAsync<TallyNote>(noteId, cancellation) is not null) return new object();
        var now = clock.GetCurrentInstant();
        var shardId = ShardId((int)(Hashing.Draw("shard", run.CustomerId) * Shards));
        var shard = await session.ReadAsync<TallyShard>(shardId, cancellation) ?? new TallyShard();
        var arm = shard.Arms.FirstOrDefault(a => a.Split == tally.Step && a.Arm == tally.Arm);
        var next = (arm ?? new ShardArm(tally.Step, tally.Arm, 0, 0)) is var known && tally.IsGoal
            ? known with { Goals = known.Goals + 1 }
            : known with { Given = known.Given + 1 };
        session.Put(shardId, Kinds.Tally, new TallyShard { Arms = (arm is null ? shard.Arms : shard.Arms.Remove(arm)).Add(next) });
        session.Put(noteId, Kinds.Tally, new TallyNote(tally.Arm), expiresAt: Retention.Until(now, Retention.Tallies));
        return await session.CommitAsync(cancellation) ? new object() : null;
    });

    private static string ShardId(int shard) => "shard-" + shard.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Known(Instant At, ImmutableDictionary<string, ImmutableArray<ArmTally>> Splits);

    private sealed record TallyShard
    {
        public ImmutableArray<ShardArm> Arms { get; init; } = [];
    }

    private sealed record ShardArm(string Split, string Arm, long Given, long Goals);

    private sealed record TallyNote(string Arm);
}
