using Loyalty.LocalHost.Time;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.LocalHost.Tests.Time;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-03-01T12:00:00Z", "2026-03-01T12:05:00Z")]
    [InlineData("0 */5 * * * *", "2026-03-01T12:04:59.9Z", "2026-03-01T12:05:00Z")]
    [InlineData("*/15 * * * * *", "2026-03-01T12:00:45Z", "2026-03-01T12:01:00Z")]
    [InlineData("* * * * * *", "2026-03-01T12:00:45.5Z", "2026-03-01T12:00:46Z")]
    [InlineData("0 0 0 * * *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 30 9 * * 1-5", "2026-03-06T09:30:00Z", "2026-03-09T09:30:00Z")]
    [InlineData("0 30 9 * * Mon-Fri", "2026-03-06T09:30:00Z", "2026-03-09T09:30:00Z")]
    [InlineData("0 0 9 * * sunday", "2026-03-01T09:00:00Z", "2026-03-08T09:00:00Z")]
    [InlineData("0 0 9 * * 0", "2026-03-02T00:00:00Z", "2026-03-08T09:00:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z")]
    [InlineData("0 0 0 29 2 Mon", "2026-03-01T00:00:00Z", "2044-02-29T00:00:00Z")]
    [InlineData("0 0 0 13 * Fri", "2026-03-14T00:00:00Z", "2026-11-13T00:00:00Z")]
    [InlineData("0 0 0 31 * *", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z")]
    [InlineData("0 0 0 1 Jan,jul *", "2026-03-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("0 5,10,50 8-10/2 * * *", "2026-03-01T08:50:00Z", "2026-03-01T10:05:00Z")]
    [InlineData("10/20 0 0 * * *", "2026-03-01T00:00:10Z", "2026-03-01T00:00:30Z")]
    [InlineData("10/20 0 0 * * *", "2026-03-01T00:00:50Z", "2026-03-02T00:00:10Z")]
    [InlineData("59 59 23 31 12 *", "2026-12-31T23:59:58Z", "2026-12-31T23:59:59Z")]
    [InlineData("  0  0 12 * * * ", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")]
    [InlineData("0 0 12 1-7 * 1", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")]
    public void Next_Table(string expression, string after, string expected) =>
        Assert.Equal(Read(expected), CronSchedule.Parse(expression).Next(Read(after)));

    [Theory]
    [InlineData("", "has 0 fields; six are expected")]
    [InlineData("*/5 * * * *", "has 5 fields; six are expected")]
    [InlineData("0 0 0 * * * *", "has 7 fields; six are expected")]
    [InlineData("60 * * * * *", "field second: 0 to 59 are allowed")]
    [InlineData("0 60 * * * *", "field minute: 0 to 59 are allowed")]
    [InlineData("0 0 24 * * *", "field hour: 0 to 23 are allowed")]
    [InlineData("0 0 0 0 * *", "field day: 1 to 31 are allowed")]
    [InlineData("0 0 0 * 13 *", "field month: 1 to 12 are allowed")]
    [InlineData("0 0 0 * * 7", "field day-of-week: 0 to 6 are allowed")]
    [InlineData("0 0 0 * Mai *", "field month: a number or an English name is expected")]
    [InlineData("0 0 0 * Ju *", "field month: a number or an English name is expected")]
    [InlineData("0 0 x * * *", "field hour: a number is expected")]
    [InlineData("0 0 -1 * * *", "field hour: a number is expected")]
    [InlineData("0 0 5-3 * * *", "field hour: the range ends before it begins")]
    [InlineData("0 0 1-2-3 * * *", "field hour: a range has two ends")]
    [InlineData("0 */0 * * * *", "field minute: the step must be a whole number from 1")]
    [InlineData("0 */x * * * *", "field minute: the step must be a whole number from 1")]
    [InlineData("0 1/2/3 * * * *", "field minute: a value, a range")]
    [InlineData("0 1,,2 * * * *", "field minute: a value, a range")]
    [InlineData("0 0 0 30 2 *", "never comes")]
    [InlineData("0 0 0 31 4,6,9,11 *", "never comes")]
    public void Parse_Fault_SaysFieldAndReason(string expression, string reason)
    {
        FormatException fault = Assert.Throws<FormatException>(() => CronSchedule.Parse(expression));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_RandomSchedules_AgreeWithLookingAtEverySecond()
    {
        var random = new Random(7);
        for (int round = 0; round < 100; round++)
        {
            int second = random.Next(60);
            int minute = random.Next(60);
            int step = random.Next(2, 12);
            CronSchedule schedule = CronSchedule.Parse($"{second} {minute}-59/{step} */{random.Next(1, 5)} * * *");
            Instant at = Instant.FromUtc(2026, 2, 27, 0, 0) + Duration.FromSeconds(random.Next(200_000));
            Instant next = schedule.Next(at);
            for (Instant between = at + Duration.FromSeconds(1); between < next; between += Duration.FromSeconds(1))
            {
                Assert.Equal(next, schedule.Next(between));
            }

            Assert.True(next > at);
            Assert.Equal(second, next.InUtc().Second);
            Assert.Equal(0, (next.InUtc().Minute - minute) % step);
        }
    }

    private static Instant Read(string text) => InstantPattern.ExtendedIso.Parse(text).Value;
}
