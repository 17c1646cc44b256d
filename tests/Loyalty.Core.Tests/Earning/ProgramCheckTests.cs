using Loyalty.Core.Earning;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Earning;

public sealed class ProgramCheckTests
{
    public static TheoryData<string, Func<EarningRule, EarningRule>> Wrong { get; } = new()
    {
        { "earning.rules[0].wallet", static rule => rule with { Wallet = "gems" } },
        { "earning.rules[0].formula", static rule => rule with { Formula = new EarningFormula.PerAmount(0) } },
        { "earning.rules[0].formula", static rule => rule with { Formula = new EarningFormula.PerAmount(100.5m) } },
        { "earning.rules[0].formula", static rule => rule with { Formula = new EarningFormula.PerAmount(0.00001m) } },
        { "earning.rules[0].formula", static rule => rule with { Formula = new EarningFormula.Fixed(0) } },
        { "earning.rules[0].formula", static rule => rule with { On = EarningTrigger.Registration } },
        { "earning.rules[0].available-at", static rule => rule with { On = EarningTrigger.Registration, Formula = new EarningFormula.Fixed(1), Activation = new ActivationRule.AfterFulfilment(1) } },
        { "earning.rules[0].available-at", static rule => rule with { Activation = new ActivationRule.AfterPayment(-1) } },
        { "earning.rules[0].expiry", static rule => rule with { Expiry = new ExpiryRule.After(40_000) } },
        { "earning.rules[0].valid-until", static rule => rule with { ValidFrom = Shop.Start, ValidUntil = Shop.Start } },
        { "earning.rules[0].only-nth-order", static rule => rule with { OnlyNthOrder = 0 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_RuleThatCannotWork_IsFoundByItsPath(string path, Func<EarningRule, EarningRule> spoil) =>
        Assert.Equal(path, Assert.Single(ProgramCheck.Check(Shop.Program(spoil(Shop.PerEuro)))).Path);

    [Fact]
    public void Check_SeveralMistakes_AreAllFound()
    {
        var program = new ProgramModel
        {
            Zone = "Mars/Olympus",
            Currency = "euro",
            Wallets = [new WalletRule("qualifying")],
            Earning = new EarningPlan { Rules = [Shop.PerEuro, Shop.PerEuro] },
            Signals = new SignalRules { BirthdayAtHour = 24, PointsExpiringBeforeDays = [0] },
        };
        Assert.Equal(
            ["currency", "earning.rules[0].wallet", "earning.rules[1].id", "earning.rules[1].wallet", "signals.birthday-at", "signals.points-expiring", "wallets", "zone"],
            ProgramCheck.Check(program).Select(static finding => finding.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Check_DefaultProgram_HasNoFindings() => Assert.Empty(ProgramCheck.Check(Shop.Program(Shop.PerEuro)));

    [Theory]
    [InlineData("2026-03-29T00:30:00Z", 1, "2026-03-30T21:00:00Z")]
    [InlineData("2026-10-24T12:00:00Z", 1, "2026-10-25T22:00:00Z")]
    [InlineData("2026-01-10T21:59:59Z", 0, "2026-01-10T22:00:00Z")]
    [InlineData("2026-01-10T22:00:00Z", 0, "2026-01-11T22:00:00Z")]
    public void EndOf_DaysAcrossClockChanges_IsMidnightInSofia(string availableAt, int days, string end)
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
        var parsed = NodaTime.Text.InstantPattern.ExtendedIso.Parse(availableAt).Value;
        Assert.Equal(end, NodaTime.Text.InstantPattern.ExtendedIso.Format(LotTerms.EndOf(new ExpiryRule.After(days), parsed, zone)!.Value));
    }
}
