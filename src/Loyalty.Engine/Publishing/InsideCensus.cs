using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Publishing;

/// <summary>People inside, counted from the runs themselves. A report: it reads every partition.</summary>
internal sealed class InsideCensus(IDocumentStore store)
{
    private const int PageSize = 1000;
    private readonly ConcurrentDictionary<(string Journey, int Version, string Step), (long People, long DueNow)> _counts = new();

    /// <summary>Counts the live runs of these journeys, and those whose moment an edit would put into the past.</summary>
    /// <param name="journeys">By name: whether a run would be due at once; null: not asked.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task CountAsync(IReadOnlyDictionary<string, Func<PartitionSession, RunDocument, Task<bool>>?> journeys, CancellationToken cancellation)
    {
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, Kinds.Run, PageSize, continuation, cancellation);
                await Parallel.ForEachAsync(page.Items, cancellation, async (document, _) => await CountAsync(document, journeys));
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }
    }

    /// <summary>Journeys with people inside.</summary>
    public IEnumerable<string> Journeys => _counts.Keys.Select(static one => one.Journey).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Versions of a journey with people inside.</summary>
    public IEnumerable<int> VersionsOf(string journey) => _counts.Keys.Where(one => one.Journey == journey).Select(static one => one.Version).Distinct().Order();

    public long PeopleIn(string journey) => _counts.Where(one => one.Key.Journey == journey).Sum(static one => one.Value.People);

    /// <param name="journey">The journey.</param>
    /// <param name="goes">What happens to people of a version at a step.</param>
    public ImmutableArray<StepImpact> StepsOf(string journey, Func<int, string, string> goes) =>
    [
        .. _counts.Where(one => one.Key.Journey == journey).OrderBy(static one => one.Key.Version).ThenBy(static one => one.Key.Step, StringComparer.Ordinal)
            .Select(one => new StepImpact(one.Key.Version, one.Key.Step, one.Value.People, goes(one.Key.Version, one.Key.Step), one.Value.DueNow)),
    ];

    private async Task CountAsync(Document document, IReadOnlyDictionary<string, Func<PartitionSession, RunDocument, Task<bool>>?> journeys)
    {
        if (RunBytes.IsOver(document.Body.Span)) return;
        // Counting needs the place alone; a run with all its steps and log costs several times as much to read.
        var run = LoyaltyJson.Read<PlacedRun>(document.Body.Span).Run;
        if (run.Outcome is not null || !journeys.TryGetValue(run.Journey, out var look)) return;
        var isDueNow = look is not null && await LookAsync(document, look);
        _counts.AddOrUpdate(
            (run.Journey, run.Version, run.Position?.Step ?? ""),
            (1, isDueNow ? 1 : 0),
            (_, before) => (before.People + 1, before.DueNow + (isDueNow ? 1 : 0)));
    }

    private Task<bool> LookAsync(Document document, Func<PartitionSession, RunDocument, Task<bool>> look)
    {
        var session = new PartitionSession(store, document.Partition);
        return look(session, session.Adopt<RunDocument>(document));
    }

    /// <summary>Of a <see cref="RunDocument"/> where its run is.</summary>
    private sealed record PlacedRun(Place Run);

    private sealed record Place(string Journey, int Version, string? Outcome, PlaceStep? Position);

    private sealed record PlaceStep(string Step);
}
