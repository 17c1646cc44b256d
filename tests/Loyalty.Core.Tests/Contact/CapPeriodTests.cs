using Loyalty.Core.Contact;
using NodaTime;

namespace Loyalty.Core.Tests.Contact;

/// <summary>The periods of caps and budgets, in every zone, over every change of its clock: without gap, without overlap, from the first local moment of a day.</summary>
public sealed class CapPeriodTests
{
    [Theory]
    [InlineData(CapPeriod.Day)]
    [InlineData(CapPeriod.Week)]
    [InlineData(CapPeriod.Month)]
    public void Periods_OfEveryZone_FollowEachOtherOverChangesOfTheClock(CapPeriod period)
    {
        var wrong = new List<string>();
        var asked = 0;
        foreach (var zone in DateTimeZoneProviders.Tzdb.Ids.Select(static id => DateTimeZoneProviders.Tzdb[id]))
        {
            // Around each change of the clock since 2010 (Samoa left a whole day out in 2011), to the second.
            foreach (var change in zone.GetZoneIntervals(Instant.FromUtc(2010, 1, 1, 0, 0), Instant.FromUtc(2030, 1, 1, 0, 0)).Where(static one => one.HasStart).Select(static one => one.Start))
            {
                foreach (var seconds in new[] { -90_000, -3600, -1, 0, 1, 1800, 3600, 90_000 })
                {
                    var moment = change + Duration.FromSeconds(seconds);
                    var (start, next) = (CapPeriods.Start(period, moment, zone), CapPeriods.Next(period, moment, zone));
                    asked++;
                    if (start > moment || next <= moment) wrong.Add($"{zone.Id} {moment}: {start} to {next}");
                    if (CapPeriods.Start(period, next, zone) != next || CapPeriods.Start(period, next - Duration.Epsilon, zone) != start) wrong.Add($"{zone.Id} {moment}: not contiguous at {next}");
                    if (start.InZone(zone).Date <= (start - Duration.Epsilon).InZone(zone).Date) wrong.Add($"{zone.Id} {moment}: {start} is inside of a day");
                }
            }
        }

        Assert.Empty(wrong.Take(20));
        Assert.True(asked > 50_000, $"only {asked} moments");
    }
}
