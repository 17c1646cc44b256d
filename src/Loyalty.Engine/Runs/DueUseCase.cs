using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>The due scan: finds what has a moment that passed and nobody at work on it, and takes it.</summary>
public sealed class DueUseCase(
    IDocumentStore store,
    TickCustomerUseCase ticks,
    PersonMerger merger,
    Announcer announcer,
    IRunHands hands,
    RunProtocolSettings settings,
    IClock clock,
    AudienceUseCase? audiences = null,
    AudienceSchedule? schedule = null,
    OwnDue? others = null)
{
    /// <summary>Documents in one batch.</summary>
    public const int BatchSize = 50;

    /// <summary>Documents that one scan of a range takes at most; the next tick goes on.</summary>
    public const int ScanLimit = 1000;

    /// <summary>What is due now, earliest first, in batches for one orchestration each.</summary>
    public async Task<IReadOnlyList<DueBatch>> FindAsync(CancellationToken cancellation = default)
    {
        if (schedule is not null) await schedule.ArmAsync(cancellation);
        var now = clock.GetCurrentInstant();
        var batches = new List<DueBatch>();
        var found = 0;
        var oldest = now;
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            var due = await store.ScanDueAsync(range, now, ScanLimit, cancellation);
            found += due.Count;
            if (due.Count > 0) oldest = Instant.Min(oldest, due[0].WakeAt);
            foreach (var chunk in due.Chunk(BatchSize))
            {
                batches.Add(new DueBatch([.. chunk.Select(static one => new DueItem(Customer(one.Partition), one.Id, one.Kind))]));
            }
        }

        Measures.Scanned(found, now - oldest);
        return batches;
    }

    /// <summary>Takes a batch: runs get a new generation, customers' moments and open markers are worked off at once.</summary>
    /// <returns>The runs that this sweep now moves.</returns>
    public async Task<IReadOnlyList<RunReference>> TakeAsync(DueBatch batch, CancellationToken cancellation = default)
    {
        var taken = new List<RunReference>();
        await Parallel.ForEachAsync(batch.Items, cancellation, async (item, token) =>
        {
            if (await TakeOneAsync(item, token) is not { } run) return;
            lock (taken) taken.Add(run);
        });
        taken.Sort(static (one, other) => string.CompareOrdinal(one.RunId, other.RunId));
        return taken;
    }

    /// <summary>Takes one document.</summary>
    /// <returns>The run that the sweep now moves; null: it was no run, or is not due any more.</returns>
    public ValueTask<RunReference?> TakeOneAsync(DueItem item, CancellationToken cancellation = default) =>
        item.Kind == Kinds.Run ? ClaimAsync(item, cancellation) : WorkOffAsync(item, cancellation);

    private ValueTask<RunReference?> WorkOffAsync(DueItem item, CancellationToken cancellation)
    {
        var ticking = item.Kind == Kinds.Customer ? ticks.TickAsync(item.CustomerId, cancellation) : WorkOffOtherAsync(item, cancellation);
        return ticking.IsCompletedSuccessfully ? default : NothingAfterAsync(ticking);
    }

    private static async ValueTask<RunReference?> NothingAfterAsync(Task work)
    {
        await work;
        return null;
    }

    private async Task WorkOffOtherAsync(DueItem item, CancellationToken cancellation)
    {
        switch (item.Kind)
        {
            case Kinds.Merge: await merger.FinishAsync(item.CustomerId, cancellation); break;
            case Kinds.Marker: await announcer.FinishMarkerAsync(item.CustomerId, item.Id, cancellation); break;
            case Kinds.Audience when audiences is not null: await audiences.AdvanceAsync(item.CustomerId, item.Id, cancellation); break;
            default:
                if (others is not null) await others.TakeAsync(item, cancellation);
                break;
        }
    }

    /// <summary>Gives a run that waits nearby an orchestration of its own.</summary>
    public Task HandOnAsync(RunReference run, CancellationToken cancellation = default) => hands.StartAsync(run, cancellation);

    private ValueTask<RunReference?> ClaimAsync(DueItem item, CancellationToken cancellation) =>
        store is IObjectStore ? new ValueTask<RunReference?>(ClaimAtOnce(item)) : ClaimAgainAsync(item, cancellation);

    private async ValueTask<RunReference?> ClaimAgainAsync(DueItem item, CancellationToken cancellation) =>
        (await Attempts.UntilCommittedAsync(() => TryClaimAsync(item, cancellation).AsTask())).Run;

    /// <summary>Documents in memory: there is no race to lose.</summary>
    private RunReference? ClaimAtOnce(DueItem item)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(item.CustomerId));
        if (session.Read<RunDocument>(item.Id) is not { } document || session.Read<CustomerState>(Keys.CustomerId)?.MergedInto is not null) return null;
        if (RunProtocol.ClaimDue(document, clock.GetCurrentInstant(), settings) is not { } claimed) return null;
        session.Put(item.Id, Kinds.Run, claimed, claimed.WakeAt);
        session.CommitAsync(CancellationToken.None).Answer();
        return new RunReference(item.CustomerId, claimed.Run.RunId, claimed.Gen);
    }

    /// <returns>null: a race was lost. The customer's own moments are worked off beside the claim and change what guards it: a run that is still due is claimed anew.</returns>
    private async ValueTask<Claimed?> TryClaimAsync(DueItem item, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(item.CustomerId));
        if (await session.ReadAsync<RunDocument>(item.Id, cancellation) is not { } document) return Claimed.Nothing;
        if (await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return Claimed.Nothing;
        // Not due any more: whoever was faster is at work on it.
        if (RunProtocol.ClaimDue(document, clock.GetCurrentInstant(), settings) is not { } claimed) return Claimed.Nothing;
        session.Put(item.Id, Kinds.Run, claimed, claimed.WakeAt);
        return await session.CommitAsync(cancellation) ? new Claimed(new RunReference(item.CustomerId, claimed.Run.RunId, claimed.Gen)) : null;
    }

    private sealed record Claimed(RunReference? Run)
    {
        public static Claimed Nothing { get; } = new((RunReference?)null);
    }

    private static string Customer(string partition) => partition[(partition.IndexOf(':', StringComparison.Ordinal) + 1)..];
}

/// <summary>A document whose moment has passed.</summary>
public sealed record DueItem(string CustomerId, string Id, string Kind);

/// <summary>At most <see cref="DueUseCase.BatchSize"/> of them.</summary>
public sealed record DueBatch(IReadOnlyList<DueItem> Items);
