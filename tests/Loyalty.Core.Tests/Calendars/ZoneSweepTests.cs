using Loyalty.Core.Calendars;
using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Core.Tests.Calendars;

/// <summary>Every zone of the tz database: weekdays and hours of results, and every gap and overlap of two years.</summary>
public sealed class ZoneSweepTests
{
    private static readonly Instant From = Instant.FromUtc(2026, 1, 1, 0, 0);
    private static readonly Instant To = Instant.FromUtc(2028, 1, 1, 0, 0);

    private static IEnumerable<DateTimeZone> Zones => DateTimeZoneProviders.Tzdb.Ids.Select(id => DateTimeZoneProviders.Tzdb[id]);

    [Fact]
    public void Next_AllZonesHoursAndWeekdays_NeverOnTheWrongDayOrHour()
    {
        var start = Instant.FromUtc(2026, 11, 20, 17, 45);
        var checks = 0;
        foreach (var zone in Zones)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                for (var day = 0; day < 7; day++)
                {
                    var days = (Weekdays)(1 << day);
                    var next = new MomentRule { At = new LocalTime(hour, 0), Days = days }.Next(start, zone)!.Value;
                    var local = LocalClock.Local(next, zone);
                    Assert.True(next > start && next - start <= Duration.FromDays(9), $"{zone.Id} {hour} {days}");
                    Assert.True(days.Has(local.DayOfWeek), $"{zone.Id} {hour} {days}: {local}");
                    Assert.True(local.Hour == hour || IsAfterGap(zone, next), $"{zone.Id} {hour} {days}: {local}");
                    checks++;
                }
            }
        }

        Assert.True(checks > 50_000);
    }

    [Fact]
    public void NextOpening_AllZonesAndWindows_OpensInsideAndNotTooLate()
    {
        (LocalTime From, LocalTime To)[] windows =
            [(new(9, 0), new(20, 0)), (new(22, 0), new(2, 0)), (new(2, 15), new(2, 45)), (new(0, 0), new(1, 0)), (new(23, 30), new(0, 0))];
        foreach (var zone in Zones)
        {
            foreach (var transition in Transitions(zone))
            {
                foreach (var (from, to) in windows)
                {
                    var window = new SendWindow(Weekdays.All, from, to);
                    for (var hours = -26; hours <= 26; hours += 4)
                    {
                        var moment = transition + Duration.FromHours(hours);
                        var opening = window.NextOpening(moment, zone);
                        Assert.True(opening is not null && opening >= moment && window.IsOpen(opening.Value, zone), $"{zone.Id} {moment} {from}");
                        AssertNoneSooner(window, moment, opening.Value, zone);
                    }
                }
            }
        }
    }

    [Fact]
    public void Resolve_EveryGapAndOverlapOfTwoYears_FirstAfterTheGapAndFirstOfTwo()
    {
        var (gaps, overlaps) = (0, 0);
        foreach (var zone in Zones)
        {
            foreach (var transition in Transitions(zone))
            {
                var before = zone.GetZoneInterval(transition - Duration.Epsilon);
                var after = zone.GetZoneInterval(transition);
                var jump = (after.WallOffset - before.WallOffset).ToTimeSpan();
                if (jump == TimeSpan.Zero) continue;
                var half = Period.FromSeconds((long)Math.Abs(jump.TotalSeconds) / 2);
                if (jump > TimeSpan.Zero)
                {
                    Assert.Equal(transition, LocalClock.Resolve(before.IsoLocalEnd + half, zone));
                    Assert.Equal(transition, CalendarDuration.Days(1).After(LocalClock.Resolve((before.IsoLocalEnd + half).PlusDays(-1), zone), zone));
                    gaps++;
                }
                else
                {
                    var twice = after.IsoLocalStart + half;
                    Assert.Equal(2, zone.MapLocal(twice).Count);
                    var resolved = LocalClock.Resolve(twice, zone);
                    Assert.True(resolved < transition && LocalClock.Local(resolved, zone) == twice, zone.Id);
                    overlaps++;
                }
            }
        }

        Assert.True(gaps > 200 && overlaps > 200, $"{gaps} gaps, {overlaps} overlaps");
    }

    private static bool IsAfterGap(DateTimeZone zone, Instant moment)
    {
        var interval = zone.GetZoneInterval(moment);
        return interval.HasStart && interval.Start == moment;
    }

    private static IEnumerable<Instant> Transitions(DateTimeZone zone)
    {
        foreach (var interval in zone.GetZoneIntervals(From, To))
        {
            if (interval.HasStart && interval.Start >= From) yield return interval.Start;
        }
    }

    private static void AssertNoneSooner(SendWindow window, Instant from, Instant opening, DateTimeZone zone)
    {
        for (var at = from; at < opening; at += Duration.FromMinutes(15))
        {
            Assert.False(window.IsOpen(at, zone), $"{zone.Id}: open at {at}, but {opening} was told");
        }
    }
}
