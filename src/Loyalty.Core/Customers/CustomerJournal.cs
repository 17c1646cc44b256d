using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>The record's lists of live runs and of journey entries.</summary>
public static class CustomerJournal
{
    /// <summary>The last entry into a journey with this key, or null.</summary>
    public static PreviousEntry? EntryOf(CustomerState customer, string journey, string key)
    {
        var known = IndexOf(customer.Entries, journey, key);
        return known < 0 ? null : customer.Entries[known];
    }

    /// <summary>The live run of a journey with this key, or null.</summary>
    public static LiveRun? RunOf(CustomerState customer, string journey, string key)
    {
        foreach (var run in customer.Runs)
        {
            if (run.Journey == journey && run.Key == key) return run;
        }

        return null;
    }

    /// <summary>Notes that a run began. Null: the customer has <see cref="CustomerLimits.LiveRuns"/> live runs already.</summary>
    /// <param name="customer">The record.</param>
    /// <param name="run">The run.</param>
    /// <param name="entryId">What started it.</param>
    /// <param name="at">When.</param>
    /// <param name="draws">The record's draws, with what was drawn for the run; null: as they are.</param>
    /// <param name="goal">Until when its goal can occur; null: the journey has none.</param>
    public static CustomerState? Begin(
        CustomerState customer, LiveRun run, string entryId, Instant at, ImmutableArray<KeptDraw>? draws = null, GoalWindow? goal = null)
    {
        if (customer.Runs.Length >= CustomerLimits.LiveRuns) return null;
        var known = IndexOf(customer.Entries, run.Journey, run.Key);
        var before = known < 0 ? null : customer.Entries[known];
        var entry = new PreviousEntry(run.RunId, run.Journey, run.Key, entryId, at, (before?.Count ?? 0) + 1) { Goal = goal };
        var entries = (known < 0 ? customer.Entries : customer.Entries.RemoveAt(known)).Add(entry);
        var surplus = Surplus(entries, customer.Runs);
        if (surplus is not null) entries = entries.Remove(surplus);
        var next = customer with { Runs = customer.Runs.Add(run), Entries = entries, Draws = draws ?? customer.Draws };
        PreviousEntry?[] leaving = [before is null ? null : Windowed(before, entry), surplus];
        if (leaving.All(static one => one?.Goal?.Until is null)) return next;
        return next with { Followed = GoalJournal.With(customer.Followed, leaving.OfType<PreviousEntry>(), at) };
    }

    /// <summary>An entry from before windows were kept has one as long as that of the entry that follows it.</summary>
    private static PreviousEntry Windowed(PreviousEntry entry, PreviousEntry next) =>
        entry.Goal is not null || next.Goal is not { Until: { } until } goal ? entry : entry with { Goal = goal with { Until = entry.At + (until - next.At) } };

    /// <summary>Notes that a run ended.</summary>
    public static CustomerState End(CustomerState customer, string runId, Instant at)
    {
        var place = 0;
        while (place < customer.Runs.Length && customer.Runs[place].RunId != runId) place++;
        if (place == customer.Runs.Length) return customer;
        var run = customer.Runs[place];
        var known = IndexOf(customer.Entries, run.Journey, run.Key);
        return customer with
        {
            Runs = customer.Runs.RemoveAt(place),
            Entries = known < 0 ? customer.Entries : customer.Entries.SetItem(known, customer.Entries[known] with { EndedAt = at }),
        };
    }

    private static int IndexOf(ImmutableArray<PreviousEntry> entries, string journey, string key)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Journey == journey && entries[i].Key == key) return i;
        }

        return -1;
    }

    /// <summary>
    /// The entry that has to leave; null: none. The oldest by something that passes (a cart, an order) leaves first: what decides <c>again: never</c> of a
    /// customer stays longest.
    /// </summary>
    private static PreviousEntry? Surplus(ImmutableArray<PreviousEntry> entries, ImmutableArray<LiveRun> live)
    {
        if (entries.Length <= CustomerLimits.JourneyEntries) return null;
        var latest = entries[^1];
        var idle = entries.Where(entry => entry != latest && !live.Any(run => run.Journey == entry.Journey && run.Key == entry.Key)).ToList();
        return idle.FirstOrDefault(entry => entries.Count(other => other.Journey == entry.Journey) > 1) ?? idle[0];
    }
}
