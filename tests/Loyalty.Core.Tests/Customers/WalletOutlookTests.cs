using Loyalty.Core.Calendars;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

public sealed class WalletOutlookTests
{
    // A zone that left a whole day out, and one whose clock is moved twice a year.
    [Theory]
    [InlineData("Pacific/Apia", 2011, 12, 20)]
    [InlineData("America/New_York", 2026, 3, 1)]
    [InlineData("America/New_York", 2026, 10, 25)]
    public void Summary_LotsThatEndHoursApartNearAChangeOfTheClock_NextMomentIsTheEarliestWarning(string zone, int year, int month, int day)
    {
        var program = new ProgramModel { Zone = zone };
        var first = Instant.FromUtc(year, month, day, 5, 30);
        for (var hours = 0; hours < 24 * 20; hours++)
        {
            var (one, other) = (first + Duration.FromDays(10), first + Duration.FromHours(hours));
            var wallet = Wallet(first - Duration.FromDays(400), one, other);
            var expected = Instant.Min(LocalClock.PlusDays(one, -30, program.TimeZone), LocalClock.PlusDays(other, -30, program.TimeZone));
            Assert.Equal(expected, WalletOutlook.Summary(wallet, program).NextMoment);
        }
    }

    [Theory]
    [InlineData("Pacific/Apia", 2012, 1, 15)]
    [InlineData("Europe/Sofia", 2026, 4, 15)]
    [InlineData("Europe/Sofia", 2026, 11, 15)]
    public void Warn_AnInstantBeforeAndAtTheMoment_WarnsAtTheMoment(string zone, int year, int month, int day)
    {
        var program = new ProgramModel { Zone = zone };
        var end = Instant.FromUtc(year, month, day, 0, 0);
        var wallet = Wallet(end - Duration.FromDays(300), end);
        var due = LocalClock.PlusDays(end, -30, program.TimeZone);
        Assert.Empty(WalletOutlook.Warn(wallet, program, due - Duration.Epsilon).Warnings);
        Assert.Equal((due, 30), Assert.Single(WalletOutlook.Warn(wallet, program, due).Warnings) is var told ? (told.At, told.Days) : default);
    }

    private static WalletState Wallet(Instant granted, params Instant[] ends) => new()
    {
        CustomerId = "c1",
        Name = "spendable",
        Lots =
        [
            .. ends.Select((end, i) => new LotState { LotId = $"l{i}", GrantedAt = granted, AvailableAt = granted, Granted = 10, Available = 10, ExpiresAt = end }),
        ],
    };
}
