using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Offers;

/// <summary>A tier that was given, not earned.</summary>
public static class GiftedTier
{
    /// <summary>
    /// The tier for so many days. Nothing has to bear it; at its end it is looked at like any other, and goes one step down where the customer's own
    /// counts do not hold it. Who stands there already, or higher, keeps the later end.
    /// </summary>
    /// <returns>null: nothing changes (the program has no such tier, or the customer stands higher).</returns>
    public static (TierState State, TierChange? Change)? Raise(
        TierState? state, OfferGift.Status gift, TierPlan plan, Instant givenAt, Instant now, DateTimeZone zone)
    {
        var level = plan.IndexOf(gift.Tier);
        var current = plan.IndexOf(state?.Name);
        if (level < 0 || current > level) return null;
        var lastDay = givenAt.InZone(zone).Date.PlusDays(gift.Days);
        var endsAt = zone.AtStartOfDay(lastDay.PlusDays(1 + plan.GraceDays)).ToInstant();
        if (current == level)
        {
            if (state!.EndsAt is not { } known || known >= endsAt) return null;
            return (state with { EndsAt = endsAt }, null);
        }

        var steps = (state?.Steps ?? ImmutableArray<TierStep>.Empty).Add(new TierStep(gift.Tier, givenAt.InZone(zone).Date, IsKept: true));
        var raised = new TierState { Name = gift.Tier, Since = now, EndsAt = endsAt, Steps = steps };
        return (raised, new TierChange(state?.Name, gift.Tier, now, "given"));
    }

    /// <summary>The occurrence of a change.</summary>
    public static Occurrence Told(TierChange change) => Occurrences.TierChanged(change);
}
