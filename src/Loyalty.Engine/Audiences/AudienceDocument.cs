using NodaTime;

namespace Loyalty.Engine.Audiences;

/// <summary>Where the entry of an audience, or of a journey's existing subjects, stands. A crash goes on behind the last page.</summary>
public sealed record AudienceDocument
{
    public required string Journey { get; init; }

    /// <summary>Tells one rule from another: a changed audience is armed anew.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When it enters next; null: never again.</summary>
    public Instant? NextAt { get; init; }

    /// <summary>The occurrence that is entering now; null: none.</summary>
    public Instant? EnteringSince { get; init; }

    /// <summary>Which range of the store, and behind which page.</summary>
    public int Range { get; init; }
    public string? Continuation { get; init; }

    /// <summary>Customers looked at and runs begun in the current or last occurrence.</summary>
    public int Seen { get; init; }
    public int Started { get; init; }
}
