using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>A name that led to a person and was corrected: it leads to nobody, or to somebody else, since.</summary>
/// <param name="Name">The identifier, e.g. <c>email:bob@example.com</c>.</param>
/// <param name="Until">When it was corrected: what came in under it by then may be about this person.</param>
public sealed record FormerName(string Name, Instant Until)
{
    /// <summary>How many are kept, the latest: accepted events, which they lead to, are kept for 90 days.</summary>
    public const int Limit = 20;

    /// <summary>The list with one more; a name that was corrected before counts until the later moment.</summary>
    public static ImmutableArray<FormerName> Add(ImmutableArray<FormerName>? known, FormerName one) => Join(known, [one])!.Value;

    /// <summary>Of two people who are one.</summary>
    public static ImmutableArray<FormerName>? Join(ImmutableArray<FormerName>? one, ImmutableArray<FormerName>? other)
    {
        if (one is null || other is null) return one ?? other;
        return
        [
            .. one.Value.Concat(other.Value).GroupBy(static former => former.Name, StringComparer.Ordinal).Select(static same => same.MaxBy(static former => former.Until)!)
                .OrderBy(static former => former.Until).ThenBy(static former => former.Name, StringComparer.Ordinal).TakeLast(Limit),
        ];
    }
}
