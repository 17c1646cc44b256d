using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Earning;

/// <summary>What one rule gave one customer, for its caps and its cool-down. It only grows: a refund frees nothing for other orders.</summary>
public sealed record RuleUsage
{
    /// <summary>Days and months that are kept, the latest; what lies before the oldest of them counts as used up.</summary>
    public const int PeriodsKept = 40;

    public required string RuleId { get; init; }

    /// <summary>Points in all.</summary>
    public long Lifetime { get; init; }

    /// <summary>How often it gave.</summary>
    public int Times { get; init; }

    /// <summary>The time of the latest order or event it gave for.</summary>
    public Instant? LastAt { get; init; }

    /// <summary>Points by day (<c>2026-03-01</c>) or month (<c>2026-03</c>), sorted; only those that the rule's caps need.</summary>
    public ImmutableArray<PeriodPoints> Periods { get; init; } = [];

    /// <summary>What the caps leave at a moment, and which of them is the tightest; null: there is no personal cap.</summary>
    public (long Points, string Cap)? Left(EarningCaps caps, Instant at, DateTimeZone zone)
    {
        (long Points, string Cap)? least = null;
        Consider(caps.Day, Of(Day(at, zone)), "day");
        Consider(caps.Month, Of(Month(at, zone)), "month");
        Consider(caps.Lifetime, Lifetime, "lifetime");
        return least;

        void Consider(long? cap, long used, string name)
        {
            if (cap is not { } most) return;
            var left = Math.Max(0, most - used);
            if (least is null || left < least.Value.Points) least = (left, string.Create(CultureInfo.InvariantCulture, $"{name} {most}"));
        }
    }

    /// <summary>Whether the pause since the rule last gave is over at a moment; an event from before counts as far away as it is.</summary>
    public bool IsRested(int days, Instant at)
    {
        if (LastAt is not { } last) return true;
        var apart = at > last ? at - last : last - at;
        return apart >= Duration.FromDays(days);
    }

    /// <summary>The usage after so many more points for something that occurred at a moment.</summary>
    public RuleUsage Add(EarningCaps? caps, long points, Instant at, DateTimeZone zone, bool isFirst)
    {
        var periods = Periods;
        if (caps?.Day is not null) periods = Added(periods, Day(at, zone), points);
        if (caps?.Month is not null) periods = Added(periods, Month(at, zone), points);
        return this with
        {
            Lifetime = Lifetime + points,
            Times = Times + (isFirst ? 1 : 0),
            LastAt = LastAt is { } last && last > at ? last : at,
            Periods = periods,
        };
    }

    private long Of(string key)
    {
        foreach (var period in Periods)
        {
            if (period.Key == key) return period.Points;
        }

        return Periods.Length >= PeriodsKept && string.CompareOrdinal(key, Periods[0].Key) < 0 ? long.MaxValue : 0;
    }

    private static ImmutableArray<PeriodPoints> Added(ImmutableArray<PeriodPoints> periods, string key, long points)
    {
        var known = periods.FirstOrDefault(period => period.Key == key);
        var changed = periods.Where(period => period.Key != key).Append(new PeriodPoints(key, (known?.Points ?? 0) + points));
        return [.. changed.OrderBy(static period => period.Key, StringComparer.Ordinal).TakeLast(PeriodsKept)];
    }

    private static string Day(Instant at, DateTimeZone zone) => LocalDatePattern.Iso.Format(at.InZone(zone).Date);

    private static string Month(Instant at, DateTimeZone zone) => Day(at, zone)[..7];
}

/// <summary>Points in a day or month.</summary>
public sealed record PeriodPoints(string Key, long Points);
