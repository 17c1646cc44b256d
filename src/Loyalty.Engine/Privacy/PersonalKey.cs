using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>The key of a partition's sealed documents, in a document of that partition; or word that it was destroyed.</summary>
internal sealed record PersonalKey
{
    /// <summary>Behind every other id, so that no page of a partition begins with it.</summary>
    public const string Id = "~key";
    public const string Kind = "personal-key";

    /// <summary>Wrapped; null: destroyed.</summary>
    public string? Key { get; init; }

    /// <summary>From then on nothing of the partition can be read but what is not sealed, and what is written is not sealed.</summary>
    public Instant? DestroyedAt { get; init; }
}
