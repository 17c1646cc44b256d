using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Core.Tests.Calendars;

public sealed class CalendarTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Theory]
    [InlineData("90min", "2026-03-28T12:00", "2026-03-28T13:30")]
    [InlineData("24h", "2026-03-28T12:00", "2026-03-29T13:00")] // The clock goes forward that night: 24 hours elapse.
    [InlineData("1d", "2026-03-28T12:00", "2026-03-29T12:00")]
    [InlineData("1d", "2026-03-28T02:30", "2026-03-29T03:00")] // 02:30 does not exist.
    [InlineData("1d", "2026-10-24T02:30", "2026-10-25T02:30")] // 02:30 exists twice: the first.
    [InlineData("2w", "2026-03-20T09:00", "2026-04-03T09:00")]
    [InlineData("1mo", "2026-01-31T09:00", "2026-02-28T09:00")]
    [InlineData("1y", "2024-02-29T09:00", "2025-02-28T09:00")]
    public void After_Durations_KeepTheClockOrElapse(string span, string from, string expected)
    {
        var start = LocalClock.Resolve(Parse(from), Berlin);

        var end = CalendarDuration.Parse(span)!.Value.After(start, Berlin);

        Assert.Equal(Parse(expected), LocalClock.Local(end, Berlin));
    }

    [Theory]
    [InlineData("1d", 1, CalendarUnit.Days)]
    [InlineData("0h", 0, CalendarUnit.Hours)]
    [InlineData("100y", 100, CalendarUnit.Years)]
    public void Parse_Durations_Read(string text, int amount, CalendarUnit unit)
    {
        Assert.Equal(new CalendarDuration(amount, unit), CalendarDuration.Parse(text));
        Assert.Equal(text, CalendarDuration.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("1")]
    [InlineData("1 d")]
    [InlineData("-1d")]
    [InlineData("1.5d")]
    [InlineData("1day")]
    [InlineData("101y")]
    [InlineData("9999999999d")]
    [InlineData("999999999d")]
    public void Parse_NoDuration_IsNull(string text) => Assert.Null(CalendarDuration.Parse(text));

    [Fact]
    public void After_AtTheEndsOfTime_DoesNotOverflow()
    {
        foreach (var moment in new[] { Instant.MinValue, Instant.MaxValue })
        {
            foreach (var unit in Enum.GetValues<CalendarUnit>())
            {
                _ = new CalendarDuration(100, unit).After(moment, Berlin);
                _ = new CalendarDuration(100, unit).Before(moment, Berlin);
            }

            _ = new MomentRule { At = new LocalTime(10, 0) }.Next(moment, Berlin);
            _ = new SendWindow(Weekdays.Monday, new LocalTime(9, 0), new LocalTime(10, 0)).NextOpening(moment, Berlin);
        }
    }

    [Theory]
    [InlineData("2026-11-23T09:59", "2026-11-24T10:00")] // Monday → Tuesday
    [InlineData("2026-11-24T09:59", "2026-11-24T10:00")]
    [InlineData("2026-11-24T10:00", "2026-11-25T10:00")] // The next one, not this one.
    [InlineData("2026-11-26T11:00", "2026-12-01T10:00")]
    public void Next_TimeAndDays_IsTheNextOne(string from, string expected)
    {
        var rule = new MomentRule { At = new LocalTime(10, 0), Days = Weekdays.Tuesday | Weekdays.Wednesday | Weekdays.Thursday };

        Assert.Equal(Parse(expected), LocalClock.Local(rule.Next(LocalClock.Resolve(Parse(from), Berlin), Berlin)!.Value, Berlin));
    }

    [Fact]
    public void Next_NotBefore_WaitsThatLong()
    {
        var rule = new MomentRule { At = new LocalTime(10, 0), Days = Weekdays.Tuesday, NotBefore = CalendarDuration.Days(7) };
        var monday = LocalClock.Resolve(Parse("2026-11-23T10:00"), Berlin);
        var tuesday = LocalClock.Resolve(Parse("2026-11-24T10:00"), Berlin);

        Assert.Equal(Parse("2026-12-01T10:00"), LocalClock.Local(rule.Next(monday, Berlin)!.Value, Berlin));
        Assert.Equal(Parse("2026-12-01T10:00"), LocalClock.Local(rule.Next(tuesday, Berlin)!.Value, Berlin));
    }

    [Theory]
    [InlineData("2026-03-14T00:00", "2026-03-15T08:00")]
    [InlineData("2026-03-15T08:00", "2026-10-15T08:00")]
    [InlineData("2026-12-31T00:00", "2027-02-28T08:00")]
    [InlineData("2027-12-31T00:00", "2028-02-29T08:00")]
    public void Next_Dates_TheNextOfThem(string from, string expected)
    {
        var rule = new MomentRule { At = new LocalTime(8, 0), Dates = [new AnnualDate(3, 15), new AnnualDate(10, 15), new AnnualDate(2, 29)] };

        Assert.Equal(Parse(expected), LocalClock.Local(rule.Next(LocalClock.Resolve(Parse(from), Berlin), Berlin)!.Value, Berlin));
    }

    [Theory]
    [InlineData("2026-11-20T19:59", "2026-11-20T19:59")]
    [InlineData("2026-11-20T20:00", "2026-11-23T09:00")] // Friday evening → Monday
    [InlineData("2026-11-23T08:59", "2026-11-23T09:00")]
    public void NextOpening_DayWindow_OpensInTheMorning(string from, string expected)
    {
        var window = new SendWindow(Weekdays.All & ~(Weekdays.Saturday | Weekdays.Sunday), new LocalTime(9, 0), new LocalTime(20, 0));

        Assert.Equal(Parse(expected), LocalClock.Local(window.NextOpening(LocalClock.Resolve(Parse(from), Berlin), Berlin)!.Value, Berlin));
    }

    [Theory]
    [InlineData("2026-11-20T01:00", "2026-11-20T01:00")] // Friday, before 02:00
    [InlineData("2026-11-20T02:00", "2026-11-20T20:00")]
    [InlineData("2026-11-20T23:00", "2026-11-20T23:00")]
    [InlineData("2026-11-21T00:30", "2026-11-27T00:00")] // Saturday by its own weekday
    public void NextOpening_WindowAcrossMidnight_GoesByTheWeekdayOfTheMoment(string from, string expected)
    {
        var window = new SendWindow(Weekdays.Friday, new LocalTime(20, 0), new LocalTime(2, 0));

        Assert.Equal(Parse(expected), LocalClock.Local(window.NextOpening(LocalClock.Resolve(Parse(from), Berlin), Berlin)!.Value, Berlin));
    }

    [Fact]
    public void NextOpening_WindowInsideTheGap_WaitsForTheNextDay()
    {
        var window = new SendWindow(Weekdays.All, new LocalTime(2, 15), new LocalTime(2, 45));
        var from = LocalClock.Resolve(Parse("2026-03-29T01:00"), Berlin);

        Assert.Equal(Parse("2026-03-30T02:15"), LocalClock.Local(window.NextOpening(from, Berlin)!.Value, Berlin));
    }

    [Fact]
    public void Next_ADayThatAZoneLeftOut_IsNotAnotherWeekday()
    {
        // Samoa had no Friday, 30 December 2011.
        var apia = DateTimeZoneProviders.Tzdb["Pacific/Apia"];
        var rule = new MomentRule { At = new LocalTime(10, 0), Days = Weekdays.Friday };

        var next = rule.Next(LocalClock.Resolve(Parse("2011-12-28T12:00"), apia), apia)!.Value;

        Assert.Equal(Parse("2012-01-06T10:00"), LocalClock.Local(next, apia));
    }

    private static LocalDateTime Parse(string text) => NodaTime.Text.LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm").Parse(text).Value;
}
