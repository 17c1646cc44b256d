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
        foreach (var entry in customer.Entries)
        {
            if (entry.Journey == journey && entry.Key == key) return entry;
        }

        return null;
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
    public static CustomerState? Begin(CustomerState customer, LiveRun run, string entryId, Instant at)
    {
        if (customer.Runs.Length >= CustomerLimits.LiveRuns) return null;
        var known = EntryOf(customer, run.Journey, run.Key);
        var entry = new PreviousEntry(run.RunId, run.Journey, run.Key, entryId, at, (known?.Count ?? 0) + 1);
        var entries = known is null ? customer.Entries.Add(entry) : customer.Entries.Remove(known).Add(entry);
        return customer with { Runs = customer.Runs.Add(run), Entries = Trimmed(entries, customer.Runs) };
    }

    /// <summary>Notes that a run ended.</summary>
    public static CustomerState End(CustomerState customer, string runId, Instant at)
    {
        var run = customer.Runs.FirstOrDefault(live => live.RunId == runId);
        if (run is null) return customer;
        var entry = EntryOf(customer, run.Journey, run.Key);
        return customer with
        {
            Runs = customer.Runs.Remove(run),
            Entries = entry is null ? customer.Entries : customer.Entries.Replace(entry, entry with { EndedAt = at }),
        };
    }

    /// <summary>
    /// The oldest entry by something that passes (a cart, an order) leaves first: what decides <c>again: never</c> of a customer stays longest.
    /// </summary>
    private static ImmutableArray<PreviousEntry> Trimmed(ImmutableArray<PreviousEntry> entries, ImmutableArray<LiveRun> live)
    {
        if (entries.Length <= CustomerLimits.JourneyEntries) return entries;
        var latest = entries[^1];
        var idle = entries.Where(entry => entry != latest && !live.Any(run => run.Journey == entry.Journey && run.Key == entry.Key)).ToList();
        var passing = idle.FirstOrDefault(entry => entries.Count(other => other.Journey == entry.Journey) > 1);
        return entries.Remove(passing ?? idle[0]);
    }
}
