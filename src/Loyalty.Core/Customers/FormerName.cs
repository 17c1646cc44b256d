using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>A name that led to a person and was corrected: it leads to nobody, or to somebody else, since.</summary>
/// <param name="Name">The identifier, e.g. <c>email:bob@example.com</c>.</param>
/// <param name="Until">When it was corrected: what came in under it by then may be about this person.</param>
public sealed record FormerName(string Name, Instant Until)
{
    /// <summary>From when on it led to this person: what came in before is about somebody else; null: nobody had it before.</summary>
    public Instant? Since { get; init; }

    /// <summary>How many are kept, the latest: accepted events, which they lead to, are kept for 90 days.</summary>
    public const int Limit = 20;

    /// <summary>Whether something that came in under the name then may be about this person.</summary>
    public bool Covers(Instant receivedAt) => receivedAt <= Until && (Since is not { } since || receivedAt > since);

    /// <summary>The list with one more; of the same span of a name the later end counts.</summary>
    public static ImmutableArray<FormerName> Add(ImmutableArray<FormerName>? known, FormerName one) => Join(known, [one])!.Value;

    /// <summary>Of two people who are one.</summary>
    public static ImmutableArray<FormerName>? Join(ImmutableArray<FormerName>? one, ImmutableArray<FormerName>? other)
    {
        if (one is null || other is null) return one ?? other;
        return
        [
            .. one.Value.Concat(other.Value).GroupBy(static former => (former.Name, former.Since)).Select(static same => same.MaxBy(static former => former.Until)!)
                .OrderBy(static former => former.Until).ThenBy(static former => former.Name, StringComparer.Ordinal).ThenBy(static former => former.Since).TakeLast(Limit),
        ];
    }
}
