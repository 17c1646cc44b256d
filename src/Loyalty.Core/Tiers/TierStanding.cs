using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Tiers;

/// <summary>Where somebody stood in another installation, and what counted for it there: what moves with them.</summary>
public sealed record TierStanding
{
    /// <summary>The tier; null: none.</summary>
    public string? Tier { get; init; }

    /// <summary>Since when; null: from now on.</summary>
    public Instant? Since { get; init; }

    /// <summary>When it is looked at again; null where there is no tier.</summary>
    public Instant? Until { get; init; }

    /// <summary>How it was reached; none: nothing has to bear it until then.</summary>
    public ImmutableArray<TierStep> Steps { get; init; } = [];

    /// <summary>What counted, by day.</summary>
    public ImmutableArray<QualifyingDay> Counted { get; init; } = [];

    /// <summary>
    /// The customer's days and tier with what they bring. Of each day the greater counts, for points that were brought along have been counted on the day they were earned; a tier counts
    /// that is higher than the one here, or the same for longer. So the same standing brought twice is brought once.
    /// </summary>
    /// <param name="days">What counts here.</param>
    /// <param name="state">Where the customer stands here; null: never had a tier.</param>
    /// <param name="plan">The program's tiers; null: none, and only the days are kept.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The program's zone.</param>
    public (ImmutableArray<QualifyingDay> Days, TierState? State) Join(
        ImmutableArray<QualifyingDay> days, TierState? state, TierPlan? plan, Instant now, DateTimeZone zone)
    {
        foreach (var day in Counted) days = QualifyingDays.Raise(days, day);
        if (plan is null) return (days, state);
        var (brought, own) = (plan.IndexOf(Tier), plan.IndexOf(state?.Name));
        if (Until is { } until && (brought > own || (brought >= 0 && brought == own && Since < state!.Since)))
        {
            var since = Since ?? now;
            state = new TierState { Name = Tier, Since = since, EndsAt = until, Steps = Steps.IsEmpty ? [new TierStep(Tier!, since.InZone(zone).Date, IsKept: true)] : Steps };
        }

        return (days, TierDecider.Settle(state, days, plan, now, zone).State);
    }
}
