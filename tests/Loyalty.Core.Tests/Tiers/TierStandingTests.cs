using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Tests.Tiers;

/// <summary>What somebody brings from another installation, beside what counts here.</summary>
public sealed class TierStandingTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 6, 10, 9, 0);
    private static readonly LocalDate Day = new(2026, 5, 1);

    private static readonly TierPlan Plan = new()
    {
        Window = new TierWindow.Calendar(CalendarPeriod.Year),
        Levels = [new TierLevel { Name = "silver", Title = "Silver", Threshold = 100 }, new TierLevel { Name = "gold", Title = "Gold", Threshold = 500 }],
    };

    private static readonly TierStanding Gold = new()
    {
        Tier = "gold",
        Since = Instant.FromUtc(2025, 7, 1, 0, 0),
        Until = Instant.FromUtc(2027, 1, 1, 0, 0),
        Steps = [new TierStep("gold", new LocalDate(2025, 7, 1), IsKept: true)],
        Counted = [new QualifyingDay(Day, 120, 9_900, 2)],
    };

    [Fact]
    public void Join_IntoNothing_IsExactlyWhatIsBroughtAlsoTwice()
    {
        var (days, state) = Join(Gold, [], null);
        Assert.Equal(Gold.Counted, days.AsEnumerable());
        Assert.Equal((Gold.Tier, Gold.Since, Gold.Until), (state!.Name, state.Since, state.EndsAt));
        Assert.Equal(Gold.Steps, state.Steps.AsEnumerable());

        var (again, same) = Join(Gold, days, state);
        Assert.Equal(days, again.AsEnumerable());
        Assert.Equal((state.Name, state.Since, state.EndsAt), (same!.Name, same.Since, same.EndsAt));
    }

    [Fact]
    public void Join_PointsThatWereBroughtAlong_AreNotCountedTwice()
    {
        // 40 of the 120 points of that day are still there and came as a balance; 30 more were earned here.
        var (days, _) = Join(Gold, [new QualifyingDay(Day, 40, 0, 0), new QualifyingDay(Day.PlusDays(3), 30, 0, 0)], null);
        Assert.Equal([new QualifyingDay(Day, 120, 9_900, 2), new QualifyingDay(Day.PlusDays(3), 30, 0, 0)], days.AsEnumerable());
    }

    [Fact]
    public void Join_WhoStandsHigherHere_StaysThere()
    {
        var silver = Gold with { Tier = "silver", Until = Instant.FromUtc(2028, 1, 1, 0, 0) };
        var here = Join(Gold, [], null).State;
        Assert.Equal(("gold", Gold.Until), (Join(silver, [], here).State!.Name, Join(silver, [], here).State!.EndsAt));
    }

    [Theory]
    [InlineData("gold", "2026-01-01", "silver")]
    [InlineData("gold", "2024-01-01", "silver")]
    [InlineData("bronze", "2027-01-01", "silver")]
    public void Join_TierThatHasEndedOrIsUnknown_IsWhatTheCountsHold(string tier, string until, string expected)
    {
        var brought = Gold with { Tier = tier, Until = NodaTime.Text.LocalDatePattern.Iso.Parse(until).Value.AtMidnight().InUtc().ToInstant() };
        Assert.Equal(expected, Join(brought, [], null).State!.Name);
    }

    [Fact]
    public void Join_ProgramWithoutTiers_KeepsTheCounts()
    {
        var (days, state) = Gold.Join([], null, null, Now, DateTimeZone.Utc);
        Assert.Equal(Gold.Counted, days.AsEnumerable());
        Assert.Null(state);
    }

    private static (ImmutableArray<QualifyingDay> Days, TierState? State) Join(TierStanding brought, ImmutableArray<QualifyingDay> days, TierState? state) =>
        brought.Join(days, state, Plan, Now, DateTimeZone.Utc);
}
