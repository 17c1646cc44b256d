using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>Events that arrive while runs park, on the real store: of 10,000 races none is lost and none is counted twice.</summary>
public sealed class ParkAppendRaceTests
{
    private const int Runs = 100;
    private const int EventsEach = 100;
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 5, 9, 0);
    private static readonly RunProtocolSettings Settings = RunProtocolSettings.Default;

    [Fact]
    public async Task Append_WhileTheRunParks_EveryEventIsTakenOnce()
    {
        await using var world = await EngineWorld.StartAsync(Now);
        var parked = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, Runs), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            var id = $"r{number}";
            var begun = RunProtocol.Begin(Run(id), Now, Settings);
            var session = new PartitionSession(world.Store, Keys.CustomerPartition(id));
            session.Put(Keys.Run(id), Kinds.Run, begun, begun.WakeAt);
            Assert.True(await session.CommitAsync());
            var hands = new ConcurrentQueue<int>([1]);
            var appending = Task.Run(async () =>
            {
                for (var e = 0; e < EventsEach; e++) await AppendAsync(world, id, $"e{e}", hands);
            });
            // The hands race with the appends; what a start or poke announces is worked off, as the orchestrations do.
            while (!appending.IsCompleted || !hands.IsEmpty)
            {
                if (hands.TryDequeue(out var gen)) Interlocked.Add(ref parked, await AdvanceAsync(world, id, gen));
                else await Task.Yield();
            }

            await appending;
            var end = (await new PartitionSession(world.Store, Keys.CustomerPartition(id)).ReadAsync<RunDocument>(Keys.Run(id)))!;
            Assert.Empty(end.Inbox);
            Assert.Equal(RunStatus.Parked, end.Status);
            Assert.Equal(EventsEach, end.Run.Steps["count"].Visits);
            Assert.Equal(EventsEach, end.Run.Consumed.Distinct().Count());
        });
        Assert.True(parked > Runs, $"the runs parked only {parked} times: nothing raced");
    }

    private static async Task AppendAsync(EngineWorld world, string id, string e, ConcurrentQueue<int> hands)
    {
        var signal = new RunSignal.Occurred(new Occurrence(e, "e", Now, ImmutableDictionary<string, AttributeValue>.Empty));
        var gen = await Attempts.UntilCommittedAsync<object>(async () =>
        {
            var session = new PartitionSession(world.Store, Keys.CustomerPartition(id));
            var document = (await session.ReadAsync<RunDocument>(Keys.Run(id)))!;
            var (next, _) = RunProtocol.Append(document, signal, Now, Settings);
            session.Put(Keys.Run(id), Kinds.Run, next, next.WakeAt);
            return await session.CommitAsync() ? next.Gen : null;
        });
        hands.Enqueue((int)gen);
    }

    /// <returns>1 if the run parked in this turn.</returns>
    private static async Task<long> AdvanceAsync(EngineWorld world, string id, int gen) => (long)await Attempts.UntilCommittedAsync<object>(async () =>
    {
        var session = new PartitionSession(world.Store, Keys.CustomerPartition(id));
        var document = (await session.ReadAsync<RunDocument>(Keys.Run(id)))!;
        if (RunProtocol.Advance(document, gen, Now, Count, Settings) is not TurnOutcome.Turned turned) return 0L;
        session.Put(Keys.Run(id), Kinds.Run, turned.Document, turned.Document.WakeAt);
        if (!await session.CommitAsync()) return null;
        return turned.Document.Status == RunStatus.Parked ? 1L : 0L;
    });

    private static TurnDecision Count(RunState run, ImmutableArray<RunSignal> inbox)
    {
        var taken = inbox.OfType<RunSignal.Occurred>().Select(static signal => signal.Event.Id).ToList();
        var record = run.Steps.GetValueOrDefault("count") ?? new StepRecord { StartedAt = Now };
        var next = run with
        {
            Steps = run.Steps.SetItem("count", record with { Visits = record.Visits + taken.Count }),
            Consumed = run.Consumed.AddRange(taken),
            Position = new RunPosition("count", 1, Now, Now + Duration.FromDays(30)),
        };
        return new TurnDecision(next, [], false, []);
    }

    private static RunState Run(string id) => new()
    {
        RunId = id,
        CustomerId = id,
        Journey = "j",
        Version = 1,
        KeyValue = id,
        Entry = new Occurrence("entry", "e", Now, ImmutableDictionary<string, AttributeValue>.Empty),
        EnteredAt = Now,
    };
}
