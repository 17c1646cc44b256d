using Loyalty.Core.Calendars;
using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Core.Tests.Calendars;

/// <summary>The shortcuts for moments far from a change of the clock against NodaTime's own mapping, in every zone.</summary>
public sealed class LocalClockTests
{
    private static readonly ZoneLocalMappingResolver Resolver =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);
    private static readonly Instant From = Instant.FromUtc(2024, 1, 1, 0, 0);
    private static readonly Instant Until = Instant.FromUtc(2026, 1, 1, 0, 0);

    [Fact]
    public void Resolve_AroundEveryChangeOfTheClock_AsTheZoneMapsIt()
    {
        foreach (var (zone, moment) in NearChanges())
        {
            var local = moment.InUtc().LocalDateTime;
            Assert.Equal(zone.ResolveLocal(local, Resolver).ToInstant(), LocalClock.Resolve(local, zone));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(-1)]
    [InlineData(-7)]
    public void PlusDays_AroundEveryChangeOfTheClock_KeepsTheLocalTime(int days)
    {
        foreach (var (zone, moment) in NearChanges())
        {
            var expected = zone.ResolveLocal(moment.InZone(zone).LocalDateTime.PlusDays(days), Resolver).ToInstant();
            Assert.Equal(expected, LocalClock.PlusDays(moment, days, zone));
        }
    }

    [Theory]
    [InlineData("Pacific/Apia", 2011)]
    [InlineData("Pacific/Kwajalein", 1993)]
    [InlineData("America/Juneau", 1867)]
    [InlineData("Asia/Manila", 1844)]
    public void PlusDays_ZoneThatLeftOutOrRepeatedADay_AsTheZoneMapsIt(string id, int year)
    {
        var zone = DateTimeZoneProviders.Tzdb[id];
        for (var moment = Instant.FromUtc(year, 1, 1, 0, 0); moment < Instant.FromUtc(year + 1, 1, 1, 0, 0); moment += Duration.FromHours(5))
        {
            var local = moment.InZone(zone).LocalDateTime;
            for (var days = -3; days <= 3; days++)
                Assert.Equal(zone.ResolveLocal(local.PlusDays(days), Resolver).ToInstant(), LocalClock.PlusDays(moment, days, zone));
            Assert.Equal(zone.ResolveLocal(local, Resolver).ToInstant(), LocalClock.Resolve(local, zone));
        }
    }

    [Fact]
    public void NextOpening_AroundEveryChangeOfTheClock_TheFirstMomentInside()
    {
        // Looked for the slow way: minute by minute around the change, where a window of every shape may open.
        SendWindow[] windows =
        [
            new(Weekdays.All, new LocalTime(9, 0), new LocalTime(20, 0)),
            new(Weekdays.Monday | Weekdays.Sunday, new LocalTime(20, 0), new LocalTime(2, 0)),
            new(Weekdays.Sunday, new LocalTime(2, 30), LocalTime.Midnight),
        ];
        foreach (var id in new[] { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata" })
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            foreach (var change in Changes(zone).Take(2))
            {
                foreach (var window in windows)
                {
                    for (var start = change - Duration.FromDays(2); start < change + Duration.FromDays(1); start += Duration.FromMinutes(95))
                        Assert.Equal(FirstInside(window, start, zone), window.NextOpening(start, zone));
                }
            }
        }
    }

    private static Instant FirstInside(SendWindow window, Instant start, DateTimeZone zone)
    {
        if (window.IsOpen(start, zone)) return start;
        // Windows and changes of the clock are on full minutes.
        var minute = Instant.FromUnixTimeSeconds((start.ToUnixTimeSeconds() + 59) / 60 * 60);
        while (!window.IsOpen(minute, zone)) minute += Duration.FromMinutes(1);
        return minute;
    }

    private static IEnumerable<(DateTimeZone Zone, Instant Moment)> NearChanges()
    {
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids)
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            foreach (var change in Changes(zone))
            {
                for (var hours = -60; hours <= 60; hours += 3)
                    yield return (zone, change + Duration.FromHours(hours) + Duration.FromMinutes(hours % 7 * 10));
            }
        }
    }

    private static IEnumerable<Instant> Changes(DateTimeZone zone) => zone.GetZoneIntervals(From, Until)
        .Where(static interval => interval.HasStart && interval.Start > From).Select(static interval => interval.Start);
}
