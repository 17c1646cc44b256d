using System.Collections.Immutable;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>
/// Brings the people inside to a new version, or arms held runs again: page by page over all runs, each run under its own ETag, progress kept in
/// the journey's <see cref="EditsDocument"/>. Cut off anywhere it goes on; done twice it changes nothing.
/// </summary>
public sealed class RunEditsUseCase(IDocumentStore store, IProgramSource programs, AdvanceRunUseCase turns, RunProtocolSettings settings, IClock clock)
{
    /// <summary>
    /// So long after a publish another process may still start runs on the version before, or hold a run that was resumed; a last pass begins later.
    /// </summary>
    public static readonly Duration Straggling = Duration.FromMinutes(1);

    private const int PageSize = 1000;
    private const int PagesPerSlice = 10;
    private const int Parallel = 64;
    private readonly RunEditing _editing = new(store, programs, turns, settings, clock);

    /// <summary>Takes what is due, each in a new generation, so that whoever had it is fenced off.</summary>
    public async Task<IReadOnlyList<EditsReference>> ClaimDueAsync(CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var claimed = new List<EditsReference>();
        var page = await store.QueryAsync(new DocumentQuery(Definitions.Partition, Definitions.EditsPrefix, StoreLimits.PageSize), cancellation);
        foreach (var document in page.Items.Where(one => one.WakeAt <= now))
        {
            if (await ClaimAsync(document.Id[Definitions.EditsPrefix.Length..], cancellation) is { } reference) claimed.Add(reference);
        }

        return claimed;
    }

    /// <summary>Takes a journey's edits, whoever has them; null: nothing is to be done, or somebody was faster.</summary>
    public async Task<EditsReference?> ClaimAsync(string journey, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        if (await session.ReadAsync<EditsDocument>(Definitions.EditsId(journey), cancellation) is not { IsRunning: true } edits) return null;
        // The last pass has its time.
        if (edits.PassStartedAt > clock.GetCurrentInstant()) return null;
        var next = edits with { Gen = edits.Gen + 1 };
        Put(session, next, clock.GetCurrentInstant() + settings.WakeSlack);
        return await session.CommitAsync(cancellation) ? new EditsReference(journey, next.Gen) : null;
    }

    /// <summary>How far a journey's edits are; null: nothing was ever asked.</summary>
    public async Task<EditsDocument?> ProgressAsync(string journey, CancellationToken cancellation = default) =>
        await new PartitionSession(store, Definitions.Partition).ReadAsync<EditsDocument>(Definitions.EditsId(journey), cancellation);

    /// <summary>Some pages of the pass under way.</summary>
    /// <returns>True: the hand goes on with the next slice; false: done, or left to the due scan for the last pass.</returns>
    public async Task<bool> SliceAsync(EditsReference reference, CancellationToken cancellation = default)
    {
        await RefreshAsync(cancellation);
        var ranges = await store.GetFeedRangesAsync(cancellation);
        for (var page = 0; page < PagesPerSlice; page++)
        {
            var edits = await ProgressAsync(reference.Journey, cancellation);
            if (edits is not { IsRunning: true } || edits.Gen != reference.Gen) return false;
            edits = InRanges(edits, ranges);
            if (edits.IsPassOver)
            {
                if (await ClosePassAsync(reference, cancellation) is { } goes) return goes;
                continue;
            }

            var (range, cursor) = edits.Cursors.First(static one => one.Value != EditsDocument.Done);
            var scanned = await store.ScanKindAsync(
                ranges.First(one => one.Value == range), Kinds.Run, PageSize, cursor.Length == 0 ? null : cursor, cancellation);
            var (counts, changed, failed) = await EditPageAsync(scanned.Items, edits, cancellation);
            if (!await NoteAsync(reference, edits, range, scanned.Continuation ?? EditsDocument.Done, counts, changed, failed, cancellation)) return false;
        }

        return true;
    }

    /// <summary>Works until everybody who is inside now has been gone through; for whoever has no durable engine.</summary>
    /// <param name="journey">The journey.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="cancellation">Gives up between two pages; a host, or the next call, goes on.</param>
    public async Task<EditsDocument?> RunAsync(string journey, Func<EditsDocument, Task>? progress = null, CancellationToken cancellation = default)
    {
        if (await ClaimAsync(journey, cancellation) is not { } reference) return await ProgressAsync(journey, cancellation);
        while (await SliceAsync(reference, cancellation))
        {
            if (progress is not null && await ProgressAsync(journey, cancellation) is { } soFar) await progress(soFar);
        }

        return await ProgressAsync(journey, cancellation);
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        if (programs is Programs.PublishedPrograms published) await published.RefreshAsync(cancellation);
    }

    private async Task<(EditCounts Counts, long Changed, long Failed)> EditPageAsync(IReadOnlyList<Document> runs, EditsDocument edits, CancellationToken cancellation)
    {
        var total = new EditCounts();
        long changed = 0, failed = 0;
        var gate = new Lock();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation };
        await System.Threading.Tasks.Parallel.ForEachAsync(runs.Where(run => Concerns(run, edits.Journey)), options, async (run, token) =>
        {
            try
            {
                var counts = await _editing.EditAsync(run, edits, token);
                lock (gate)
                {
                    total = total.Plus(counts);
                    if (counts.Moved + counts.Ended + counts.Rearmed > 0) changed++;
                }
            }
            catch (ContentionException)
            {
                lock (gate) failed++;
            }
        });
        return (total, changed, failed);
    }

    /// <summary>Most documents of a page are of other journeys or over: told from the bytes, without reading them. What cannot be told is read.</summary>
    internal static bool Concerns(Document run, string journey)
    {
        var body = run.Body.Span;
        var isNamed = body.IndexOf("\"journey\":\""u8) < 0 || body.IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"journey\":\"{journey}\"")) >= 0;
        return isNamed && !RunBytes.IsOver(body);
    }

    private async Task<bool> NoteAsync(
        EditsReference reference, EditsDocument edits, string range, string cursor, EditCounts counts, long changed, long failed, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        var now = await session.ReadAsync<EditsDocument>(Definitions.EditsId(reference.Journey), cancellation);
        if (now is null || now.Gen != reference.Gen) return false;
        var next = edits with
        {
            Cursors = edits.Cursors.SetItem(range, cursor),
            PassChanged = edits.PassChanged + changed,
            PassFailed = edits.PassFailed + failed,
            Counts = edits.Counts.Plus(counts),
        };
        Put(session, next, clock.GetCurrentInstant() + settings.WakeSlack);
        return await session.CommitAsync(cancellation);
    }

    /// <returns>true: a new pass goes on at once; false: done, or later; null: somebody changed the document, look again.</returns>
    private async Task<bool?> ClosePassAsync(EditsReference reference, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        if (await session.ReadAsync<EditsDocument>(Definitions.EditsId(reference.Journey), cancellation) is not { } edits || edits.Gen != reference.Gen) return false;
        var now = clock.GetCurrentInstant();
        var settledAt = edits.ChangedAt + Straggling;
        var moved = edits.PassFailed == 0 ? edits.MovedAt ?? now : edits.MovedAt;
        if (edits.PassStartedAt >= settledAt && edits is { PassChanged: 0, PassFailed: 0 })
        {
            Put(session, edits with { IsRunning = false, Edits = [], Rearms = false, MovedAt = moved, Cursors = Definitions.NoHashes }, wakeAt: null);
            return await session.CommitAsync(cancellation) ? false : null;
        }

        var startsAt = edits.PassFailed > 0 ? now + Duration.FromSeconds(10) : settledAt;
        var next = edits with
        {
            MovedAt = moved,
            Pass = edits.Pass + 1,
            PassStartedAt = Instant.Max(startsAt, now),
            PassChanged = 0,
            PassFailed = 0,
            Cursors = Definitions.NoHashes,
        };
        Put(session, next, next.PassStartedAt > now ? next.PassStartedAt : now + settings.WakeSlack);
        if (!await session.CommitAsync(cancellation)) return null;
        return next.PassStartedAt <= now;
    }

    /// <summary>Feed ranges may have changed since the pass began (another process, a split): then it begins anew; what is done is passed over.</summary>
    private static EditsDocument InRanges(EditsDocument edits, IReadOnlyList<FeedRange> ranges) =>
        edits.Cursors.Count == ranges.Count && ranges.All(range => edits.Cursors.ContainsKey(range.Value))
            ? edits
            : edits with { Cursors = ranges.ToImmutableSortedDictionary(static range => range.Value, static _ => "", StringComparer.Ordinal) };

    private static void Put(PartitionSession session, EditsDocument edits, Instant? wakeAt) =>
        session.Put(Definitions.EditsId(edits.Journey), Kinds.Edits, edits, wakeAt);
}

/// <summary>A journey's edits in the hands of one generation.</summary>
public sealed record EditsReference(string Journey, int Gen);
