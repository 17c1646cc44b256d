using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Tiers;

/// <summary>A customer's tier at a glance.</summary>
public sealed record TierOutlook
{
    /// <summary>null: none.</summary>
    public string? Tier { get; init; }
    public string? Title { get; init; }
    public Instant? Since { get; init; }

    /// <summary>When it is looked at again; null: nothing to lose.</summary>
    public Instant? ReviewedAt { get; init; }
    public required TierMeasure Measure { get; init; }

    /// <summary>What counts now: points, minor units or orders.</summary>
    public required long Current { get; init; }

    /// <summary>The tier that the customer would have if the period ended now; null: none.</summary>
    public string? Projected { get; init; }

    /// <summary>What is missing to keep the tier over the review; 0: nothing.</summary>
    public required long MissingToKeep { get; init; }

    /// <summary>The next tier; null: this is the highest.</summary>
    public string? Next { get; init; }

    /// <summary>What is missing to it.</summary>
    public long? MissingToNext { get; init; }
    public decimal Multiplier { get; init; } = 1;
    public ImmutableSortedDictionary<string, string> Privileges { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The outlook.</summary>
    public static TierOutlook Of(TierState? state, ImmutableArray<QualifyingDay> days, TierPlan plan, Instant now, DateTimeZone zone)
    {
        var today = now.InZone(zone).Date;
        var sum = TierDecider.SumAt(days, plan, today);
        var level = plan.IndexOf(state?.Name);
        var reached = plan.Reached(sum);
        var projected = reached >= level ? reached : level - 1;
        var next = level + 1 < plan.Levels.Length ? plan.Levels[level + 1] : null;
        var own = level < 0 ? null : plan.Levels[level];
        return new TierOutlook
        {
            Tier = own?.Name,
            Title = own?.Title,
            Since = own is null ? null : state!.Since,
            ReviewedAt = state?.EndsAt,
            Measure = plan.Measure,
            Current = sum,
            Projected = projected < 0 ? null : plan.Levels[projected].Name,
            MissingToKeep = own is null ? 0 : Math.Max(0, own.Threshold - sum),
            Next = next?.Name,
            MissingToNext = next is null ? null : Math.Max(0, next.Threshold - sum),
            Multiplier = own?.Multiplier ?? 1,
            Privileges = own?.Privileges ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
        };
    }
}

/// <summary>Who would move if the tiers were defined otherwise.</summary>
/// <param name="From">The tier now; null: none.</param>
/// <param name="To">The tier under the other definition.</param>
/// <param name="Customers">How many.</param>
public sealed record TierMove(string? From, string? To, long Customers);

/// <summary>The preview of a change of definition.</summary>
public static class TierPreview
{
    /// <summary>The tier of one customer under another definition.</summary>
    public static string? TierUnder(TierPlan? plan, TierState? state, ImmutableArray<QualifyingDay> days, Instant now, DateTimeZone zone) =>
        plan is null ? null : TierDecider.Settle(state, days, plan, now, zone).State?.Name;
}
