using Loyalty.Core.Calendars;
using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

public sealed class WaitTests
{
    [Fact]
    public void Wait_Duration_GoesOnWhenItIsOver()
    {
        var bench = new Bench(Journey(Wait("w", "2d"), Award("gift"))).Turn();
        Assert.Equal(("w", Day(2)), (bench.At, bench.Due));

        bench.On(1).Turn();
        Assert.Equal(Day(2), bench.Due);

        bench.On(2).Turn();
        Assert.Single(bench.Effects);
        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);
    }

    [Fact]
    public void Wait_FirstStep_CountsFromTheTrigger()
    {
        var bench = new Bench(Journey(Wait("w", "2d"))).On(0.9).Turn();

        Assert.Equal(Day(2), bench.Due);
    }

    [Fact]
    public void Wait_AfterALateWait_CountsFromNow()
    {
        var bench = new Bench(Journey(Wait("w1", "1d"), Wait("w2", "1d"))).Turn().On(5).Turn();

        Assert.Equal(("w2", Day(6)), (bench.At, bench.Due));
    }

    [Fact]
    public void Wait_Until_LocalClockOfTheCustomer()
    {
        var rule = new WaitRule.Until(new MomentRule { At = new LocalTime(10, 0), Days = Weekdays.Tuesday });
        var bench = new Bench(Journey(new JourneyStep.Wait("w", rule, []))).Turn();
        Assert.Equal(Instant.FromUtc(2026, 11, 24, 8, 0), bench.Due);

        // The customer moves: the wait is reckoned anew from the moment it began.
        bench.Zone = DateTimeZoneProviders.Tzdb["America/New_York"];
        bench.On(0.5).Turn();
        Assert.Equal(Instant.FromUtc(2026, 11, 24, 15, 0), bench.Due);
    }

    [Fact]
    public void Wait_Birthday_IsTheNextOneAndFollowsAChange()
    {
        var rule = new WaitRule.Date("customer.birthday", true, CalendarDuration.Days(7), true, new LocalTime(9, 0), null);
        var bench = new Bench(Journey(new JourneyStep.Wait("w", rule, [Award("gift")])));
        bench.Attributes["customer.birthday"] = new AttributeValue.Day(new LocalDate(1980, 11, 20));
        bench.Turn();
        Assert.Equal(new LocalDateTime(2027, 11, 13, 9, 0), LocalClock.Local(bench.Due!.Value, Sofia));

        bench.Attributes["customer.birthday"] = new AttributeValue.Day(new LocalDate(1980, 12, 25));
        bench.On(1).Turn();
        Assert.Equal(new LocalDateTime(2026, 12, 18, 9, 0), LocalClock.Local(bench.Due!.Value, Sofia));

        bench.Attributes["customer.birthday"] = AttributeValue.None;
        bench.On(2).Turn();
        Assert.Equal(StepResults.TooLate, bench.Step("w").Result);
        Assert.Single(bench.Effects);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(-1, "too-late")]
    [InlineData(null, "too-late")]
    public void Wait_OneOffMoment_PastOrUnsetIsTooLate(int? day, string? result)
    {
        var rule = new WaitRule.Date("customer.next-order-at", false, null, false, null, null);
        var bench = new Bench(Journey(new JourneyStep.Wait("w", rule, [End("late", "missed")])));
        if (day is { } d) bench.Attributes["customer.next-order-at"] = Day(d);
        bench.Turn();

        if (result is null) Assert.Equal(Day(3), bench.Due);
        else Assert.Equal((result, "missed"), (bench.Step("w").Result, bench.Run.Outcome));
    }

    [Fact]
    public void Repeat_Every_FromStartToStartAndMissedStartsAreSkipped()
    {
        var loop = new JourneyStep.Repeat("loop") { AtMost = 3, Every = Span("10d"), Steps = [Award("gift")] };
        var bench = new Bench(Journey(loop)).Turn();
        Assert.Equal(("loop", Day(10)), (bench.At, bench.Due));

        bench.On(10.2).Turn();
        Assert.Equal(Day(20), bench.Due);
        bench.On(35).Turn(); // Late, but not skipped: it was waiting for it. The start at 30 was missed.
        Assert.Equal(RunOutcomes.Completed, bench.Run.Outcome);
        Assert.Equal([1, 2], bench.Effects.Select(e => e.Visit));
        Assert.Equal(StepResults.Skipped, bench.Step("gift").Result);
    }

    [Fact]
    public void Repeat_While_IsAskedBeforeEachPass()
    {
        var loop = new JourneyStep.Repeat("loop") { AtMost = 10, While = If("customer.orders < 2"), Steps = [Wait("w", "1d"), Award("gift")] };
        var bench = new Bench(Journey(loop)).Turn().On(1).Turn();
        Assert.Equal(("w", 2), (bench.At, bench.Run.Position!.Visit));

        bench.Attributes["customer.orders"] = 2;
        bench.On(2).Turn();
        Assert.Equal((2, RunOutcomes.Completed), (bench.Effects.Count, bench.Run.Outcome));
    }
}
