using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// The journeys of two people who are one. A run keeps its id, so what it queued is handed over under the same operation and at most once. Where both
/// are inside one journey by one key, or would have more runs than one may have, the younger's run ends as <c>merged</c>.
/// </summary>
public static class RunMerge
{
    /// <summary>Live runs, entries and documents after the merge.</summary>
    internal static MovedRuns Join(
        CustomerState stays, CustomerState goes, ImmutableArray<RunDocument> documents, Instant now, RunProtocolSettings settings)
    {
        var live = stays.Runs;
        var moved = ImmutableArray.CreateBuilder<RunDocument>();
        var announced = ImmutableArray.CreateBuilder<RunDocument>();
        foreach (var document in documents.OrderBy(static one => one.Run.RunId, StringComparer.Ordinal))
        {
            var run = Moved(document.Run, stays.CustomerId, goes.CustomerId);
            var next = document with { Run = run };
            var isDouble = live.Any(own => own.Journey == run.Journey && own.Key == run.KeyValue);
            if (isDouble || live.Length >= CustomerLimits.LiveRuns) next = Ended(next, now, settings);
            else live = live.Add(new LiveRun(run.RunId, run.Journey, run.KeyValue));
            // The hand that had it looks for it where it was; the new generation is another one's.
            if (next.Status == RunStatus.Active)
            {
                next = next with { Gen = document.Gen + 1, WakeAt = now + settings.WakeSlack };
                announced.Add(next);
            }

            moved.Add(next);
        }

        var (entries, followed) = Entries(stays, goes, live, now);
        return new MovedRuns(live, entries, followed, moved.ToImmutable(), announced.ToImmutable());
    }

    /// <summary>The run in its new place; a run keyed by its customer is keyed by the one who stays.</summary>
    /// <param name="run">The run.</param>
    /// <param name="to">The one who stays.</param>
    /// <param name="from">The one who goes.</param>
    public static RunState Moved(RunState run, string to, string from) => run with { CustomerId = to, KeyValue = Key(run.KeyValue, to, from) };

    /// <summary>A paused run is ended at once as well: it would wait for a journey it has no place in.</summary>
    private static RunDocument Ended(RunDocument document, Instant now, RunProtocolSettings settings)
    {
        var open = document.Status == RunStatus.Held ? document with { Status = RunStatus.Active } : document;
        return RunProtocol.Append(open, new RunSignal.Ended(RunOutcomes.Merged, now), now, settings).Document;
    }

    private static (ImmutableArray<PreviousEntry> Entries, ImmutableArray<FollowedRun>? Followed) Entries(
        CustomerState stays, CustomerState goes, ImmutableArray<LiveRun> live, Instant now)
    {
        ImmutableArray<PreviousEntry> all =
            [.. stays.Entries, .. goes.Entries.Select(entry => entry with { Key = Key(entry.Key, stays.CustomerId, goes.CustomerId) })];
        var joined = all
            .GroupBy(static entry => (entry.Journey, entry.Key))
            .Select(group => group.OrderByDescending(entry => live.Any(run => run.RunId == entry.RunId)).ThenByDescending(static entry => entry.At).First() with
            {
                Count = group.Sum(static entry => entry.Count),
            })
            .OrderBy(static entry => entry.At)
            .ToList();
        var surplus = joined.Count - CustomerLimits.JourneyEntries;
        if (surplus > 0)
        {
            // As in the journal: of what is over, the oldest leaves first.
            var leaving = joined.Where(entry => !live.Any(run => run.RunId == entry.RunId)).Take(surplus).ToHashSet();
            joined.RemoveAll(leaving.Contains);
        }

        var kept = joined.Select(static entry => entry.RunId).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<FollowedRun> followed = [.. stays.Followed ?? [], .. goes.Followed ?? []];
        return ([.. joined], GoalJournal.With(followed, all.Where(entry => !kept.Contains(entry.RunId)), now));
    }

    private static string Key(string key, string to, string from) => key == from ? to : key;
}

/// <summary>What <see cref="RunMerge"/> made.</summary>
/// <param name="Live">Of the survivor.</param>
/// <param name="Entries">Of the survivor.</param>
/// <param name="Followed">Of the survivor; null: none.</param>
/// <param name="Documents">The younger's runs, moved.</param>
/// <param name="Announced">Those to be started in their new generation.</param>
internal sealed record MovedRuns(
    ImmutableArray<LiveRun> Live,
    ImmutableArray<PreviousEntry> Entries,
    ImmutableArray<FollowedRun>? Followed,
    ImmutableArray<RunDocument> Documents,
    ImmutableArray<RunDocument> Announced);
