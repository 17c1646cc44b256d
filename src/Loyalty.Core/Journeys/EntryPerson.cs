using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>Whose entry is decided: the journeys the customer is in and has been in.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Previous">All entries, into whatever journey.</param>
/// <param name="Live">All live runs.</param>
/// <param name="IsHeldOut">The customer gets nothing of the journey in question and is measured.</param>
internal readonly record struct EntryPerson(
    string CustomerId, ImmutableArray<PreviousEntry> Previous, ImmutableArray<LiveRun> Live, bool IsHeldOut)
{
    /// <summary>Whether a run of this id lives or has lived.</summary>
    public bool HasEntered(string runId)
    {
        foreach (var entry in Previous)
        {
            if (entry.RunId == runId) return true;
        }

        foreach (var run in Live)
        {
            if (run.RunId == runId) return true;
        }

        return false;
    }

    /// <summary>The live run of a journey with a key; null: there is none.</summary>
    public string? Inside(string journey, string key)
    {
        foreach (var run in Live)
        {
            if (run.Journey == journey && run.Key == key) return run.RunId;
        }

        return null;
    }

    /// <summary>Whether a run began with something that occurred after this moment: a trigger that comes late does not take the place of a later one.</summary>
    public bool BeganAfter(string runId, Instant at)
    {
        foreach (var entry in Previous)
        {
            if (entry.RunId == runId) return entry.At > at;
        }

        return false;
    }

    /// <summary>Whether <c>again</c> lets the customer in.</summary>
    public bool MayEnter(JourneyDefinition definition, string key, Instant at, DateTimeZone zone)
    {
        var again = definition.Enter.Again;
        if (again is not (AgainRule.Never or AgainRule.AfterEntry)) return true;
        foreach (var entry in Previous)
        {
            if (entry.Journey != definition.Name || entry.Key != key) continue;
            if (again is not AgainRule.AfterEntry after || after.Span.After(entry.At, zone) > at) return false;
        }

        return true;
    }
}
