using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// Which goals of a customer can still come. Each entry has a window of its own, however often the customer has entered since, so that those who get
/// something and those who are held out are counted alike.
/// </summary>
public static class GoalJournal
{
    /// <summary>Whether the goal of one more entry can be counted.</summary>
    public static bool HasRoom(CustomerState customer, Instant at)
    {
        var open = 0;
        foreach (var entry in customer.Entries)
        {
            if (entry.Goal?.IsOpen(at) == true) open++;
        }

        foreach (var run in customer.Followed ?? [])
        {
            if (run.Goal.IsOpen(at)) open++;
        }

        return open < CustomerLimits.OpenGoals;
    }

    /// <summary>Notes what has become of a run's goal: reached, or open for another time than when the run began. The same object where nothing changed.</summary>
    public static CustomerState Note(CustomerState customer, RunState run, JourneyDefinition definition, DateTimeZone zone)
    {
        if (GoalWindow.Of(definition, run, zone) is not { } goal) return customer;
        for (var i = 0; i < customer.Entries.Length; i++)
        {
            if (customer.Entries[i] is var entry && entry.RunId == run.RunId)
                return entry.Goal == goal ? customer : customer with { Entries = customer.Entries.SetItem(i, entry with { Goal = goal }) };
        }

        var followed = customer.Followed ?? [];
        for (var i = 0; i < followed.Length; i++)
        {
            if (followed[i].RunId != run.RunId) continue;
            if (followed[i].Goal == goal) return customer;
            return customer with { Followed = OrNull(goal.Until is null ? followed.RemoveAt(i) : followed.SetItem(i, followed[i] with { Goal = goal })) };
        }

        return customer;
    }

    /// <summary>The runs that are followed, with those whose entries leave.</summary>
    /// <param name="followed">Those so far.</param>
    /// <param name="leaving">Entries that leave the record.</param>
    /// <param name="at">The present: what can be told no more is dropped. Of too many those whose window is over first are.</param>
    internal static ImmutableArray<FollowedRun>? With(ImmutableArray<FollowedRun>? followed, IEnumerable<PreviousEntry> leaving, Instant at)
    {
        var all = (followed ?? []).Where(one => one.Goal.MayBeTold(at))
            .Concat(leaving.Where(entry => entry.Goal?.MayBeTold(at) == true).Select(static entry => new FollowedRun(entry.RunId, entry.Journey, entry.Goal!)))
            .ToImmutableArray();
        if (all.Length > CustomerLimits.OpenGoals)
        {
            var dropped = all.OrderBy(static one => one.Goal.Until).Take(all.Length - CustomerLimits.OpenGoals).ToHashSet();
            all = all.RemoveAll(dropped.Contains);
        }

        return OrNull(all);
    }

    private static ImmutableArray<FollowedRun>? OrNull(ImmutableArray<FollowedRun> followed) => followed.IsEmpty ? null : followed;
}
