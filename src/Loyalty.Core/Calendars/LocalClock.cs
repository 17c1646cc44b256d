using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Core.Calendars;

/// <summary>
/// From a local date and time to the moment that is meant: a time that does not exist (the clock jumped forward) means the
/// first moment after the gap, a time that exists twice (the clock was put back) means the first of the two.
/// </summary>
public static class LocalClock
{
    private static readonly ZoneLocalMappingResolver Resolver =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    // Far enough from the ends of the calendar that a hundred years more or less never overflow.
    private static readonly Instant Earliest = Instant.FromUtc(1000, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(9000, 1, 1, 0, 0);

    // No clock was ever moved by more than a day at once: further than this behind a change nothing exists twice.
    private static readonly Duration Settled = Duration.FromDays(2);

    /// <summary>The moment of a local date and time in a zone.</summary>
    public static Instant Resolve(LocalDateTime local, DateTimeZone zone)
    {
        // Nearly always no change of the clock is near, and the offset that holds is all there is to know.
        var asUtc = local.InUtc().ToInstant();
        var interval = zone.GetZoneInterval(asUtc);
        var moment = asUtc - Duration.FromTicks(interval.WallOffset.Ticks);
        return IsSettled(interval, moment) ? moment : zone.ResolveLocal(local, Resolver).ToInstant();
    }

    /// <summary>The moment whole days after another (or before it, below 0), at the same local time.</summary>
    public static Instant PlusDays(Instant moment, int days, DateTimeZone zone)
    {
        var interval = zone.GetZoneInterval(moment);
        var moved = moment + Duration.FromDays(days);
        return IsSettled(interval, moved) ? moved : zone.ResolveLocal(moment.InZone(zone).LocalDateTime.PlusDays(days), Resolver).ToInstant();
    }

    /// <summary>Whether the moment lies in an interval of one offset, so far from its start that its local time has not been there before.</summary>
    private static bool IsSettled(ZoneInterval interval, Instant moment) =>
        (!interval.HasEnd || moment < interval.End) && (!interval.HasStart || moment >= interval.Start + Settled);

    /// <summary>The local date and time of a moment; moments outside the years 1000 to 9000 count as those ends.</summary>
    public static LocalDateTime Local(Instant moment, DateTimeZone zone) => Clamp(moment).InZone(zone).LocalDateTime;

    /// <summary>The local date of a moment.</summary>
    public static LocalDate Date(Instant moment, DateTimeZone zone) => Local(moment, zone).Date;

    /// <summary>A moment inside the years 1000 to 9000, so that calendar arithmetic on it cannot overflow.</summary>
    internal static Instant Clamp(Instant moment) => Instant.Max(Earliest, Instant.Min(Latest, moment));

    /// <summary>A date inside the years 1000 to 9000.</summary>
    internal static LocalDate Clamp(LocalDate date) =>
        date.Year < 1000 ? new LocalDate(1000, 1, 1) : date.Year > 9000 ? new LocalDate(9000, 1, 1) : date;
}
