using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>
/// What is still to be done to the people inside a journey: the edits that publishing asked for, and how far they are. One document per journey,
/// carried by its <c>wakeAt</c> like a run: whoever works on it can be lost at any moment.
/// </summary>
public sealed record EditsDocument
{
    public required string Journey { get; init; }

    /// <summary>The fence: a hand of an older generation changes nothing.</summary>
    public int Gen { get; init; }

    /// <summary>False: everything is done, and nobody can come late any more.</summary>
    public bool IsRunning { get; init; }

    /// <summary>When the last publish or resume asked for something.</summary>
    public Instant ChangedAt { get; init; }

    /// <summary>In the order of publishing; a run goes through those that lead to a newer version than its own.</summary>
    public ImmutableList<PublishedEdit> Edits { get; init; } = [];

    /// <summary>Held runs are to be armed again.</summary>
    public bool Rearms { get; init; }

    /// <summary>How often all runs were gone through since <see cref="ChangedAt"/>, the pass under way included.</summary>
    public int Pass { get; init; }
    public Instant PassStartedAt { get; init; }

    /// <summary>The pass under way: feed range → where to go on; <see cref="Done"/> where it is through.</summary>
    public ImmutableSortedDictionary<string, string> Cursors { get; init; } = Definitions.NoHashes;

    /// <summary>Of the pass under way.</summary>
    public long PassChanged { get; init; }

    /// <summary>Of the pass under way: runs that could not be changed now; the next pass tries again.</summary>
    public long PassFailed { get; init; }

    /// <summary>Since <see cref="ChangedAt"/>.</summary>
    public EditCounts Counts { get; init; } = new();

    /// <summary>When everybody who was inside had been gone through; null: not yet.</summary>
    public Instant? MovedAt { get; init; }

    /// <summary>In <see cref="Cursors"/>: this range is through.</summary>
    public const string Done = "(done)";

    [JsonIgnore]
    public bool IsPassOver => Cursors.Count > 0 && Cursors.Values.All(static cursor => cursor == Done);
}

/// <summary>What one publish does to people inside.</summary>
/// <param name="To">The version it published; it concerns runs on older ones.</param>
/// <param name="At">When.</param>
public sealed record PublishedEdit(int To, Instant At)
{
    /// <summary>Set: people leave with this outcome. null: they follow.</summary>
    public string? Outcome { get; init; }

    /// <summary>Old step name → new step name.</summary>
    public ImmutableSortedDictionary<string, string> Moves { get; init; } = Definitions.NoHashes;

    /// <summary>Those whose moment it put into the past go on spread over so many seconds; null: at once.</summary>
    public long? SpreadOverSeconds { get; init; }
}

/// <summary>What was done to runs.</summary>
/// <param name="Moved">Brought to a newer version.</param>
/// <param name="Ended">Left with the outcome.</param>
/// <param name="DueNow">Of those moved: their moment came to lie in the past.</param>
/// <param name="Rearmed">Held before.</param>
/// <param name="Stranded">Left on their version: nothing follows their step.</param>
public sealed record EditCounts(long Moved = 0, long Ended = 0, long DueNow = 0, long Rearmed = 0, long Stranded = 0)
{
    public EditCounts Plus(EditCounts other) =>
        new(Moved + other.Moved, Ended + other.Ended, DueNow + other.DueNow, Rearmed + other.Rearmed, Stranded + other.Stranded);

    /// <summary>What came since an earlier count.</summary>
    public EditCounts Minus(EditCounts earlier) =>
        new(Moved - earlier.Moved, Ended - earlier.Ended, DueNow - earlier.DueNow, Rearmed - earlier.Rearmed, Stranded - earlier.Stranded);
}
