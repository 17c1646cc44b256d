using Loyalty.Core.Calendars;
using Loyalty.Core.Earning;
using Loyalty.Core.Games;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

public sealed class ProgramRulesTests
{
    private const string Journey = Shop.Head + "\nsteps:\n  - { name: a, wait: 1d }";

    private const string Head = """
        program: shop
        zone: Europe/Sofia
        currency: EUR
        locales: en
        topics: { offers: { title: Offers } }

        """;

    [Fact]
    public void Load_EverythingAboutPoints_IsRead()
    {
        var load = Shop.Load(Journey, Head + """
            wallets: { spendable: { returns: negative, cost: 0.004 EUR }, qualifying: {} }
            stacking: { bonus: best }
            rates: [ { currency: USD, from: 2026-01-01, rate: 0.9 }, { currency: USD, from: 2026-07-01, rate: 0.95 } ]
            pay: { value: [ { from: 2026-01-01, worth: 0.01 EUR } ], minimum: 100, step: 50, max-share: 50%, exclude: { categories: [gift] } }
            corrections: { approval-above: 500 }
            restore-grace: 14d
            earning:
              - { rule: bands, event: order.paid, bands: [ { from: 0, per-amount: 1 }, { from: 50 EUR, points: 100 } ], expires: { end-of: year, later: 1 } }
              - { rule: cups, event: order.paid, per-unit: 5, only: { categories: [cups], labels: [new] }, expires: { sliding: 180d } }
              - { rule: double, event: order.paid, multiply: 2, of: [bands], when: "customer.tier = 'gold' and event.channel = 'web'", hours: { days: [sat], from: "10:00", to: "18:00" }, group: bonus, order: 3 }
              - { rule: third, event: order.paid, points: 10, every-nth-order: 3, channels: [app], cap: { event: 10, day: 20, month: 30, lifetime: 40 }, cool-down: 7d, group: bonus, once: true }
              - { rule: review, event: feedback.given, points: "event.rating * 10", when: "event.kind = 'rating'", cap: { month: 100 } }
              - { rule: years, event: customer.anniversary, points: 50 }
            tiers:
              by: points
              window: calendar-year
              grace: 30d
              levels: [ { tier: silver, from: 500 }, { tier: gold, title: Gold, from: 2000, multiply: 1.5, privileges: { free-delivery: yes } } ]
            games:
              - { badge: regular, event: order.paid, times: 10, points: 100, repeat: true }
              - { challenge: spring, event: order.paid, amount: 200 EUR, from: 2026-03-01, until: 2026-06-01, points: 300 }
              - { streak: weekly, event: order.paid, every: week, length: 4, points: 40, expires: 90d }
            """);

        Assert.Empty(load.Findings);
        var model = load.Program!.Model;
        Assert.Equal((0.4m, 500L, 14), (model.Wallets[0].CostMinor, model.ApprovalAbove, model.RestoreGraceDays));
        Assert.Equal((0.95m, 100L, 50L, 0.5m), (model.Rates.Items[1].Rate, model.Pay!.Minimum, model.Pay.Step, model.Pay.MaxShare));
        var rules = model.Earning.Rules.ToDictionary(static rule => rule.Id);
        Assert.Equal(new EarningBand(5000, 100), ((EarningFormula.Bands)rules["bands"].Formula).Items[1]);
        Assert.Equal((new ExpiryRule.EndOf(CalendarPeriod.Year, 1), new ExpiryRule.Sliding(180)), (rules["bands"].Expiry, rules["cups"].Expiry));
        Assert.Equal((Weekdays.Saturday, EarningStacking.Best, 3), (rules["double"].Hours!.Days, rules["double"].Stacking, rules["double"].Order));
        Assert.Equal(new ExpiryRule.EndOf(CalendarPeriod.Year, 1), rules["double"].Expiry);
        Assert.Equal((3, 10L, new EarningCaps(20, 30, 40), 7, true), (rules["third"].EveryNthOrder, rules["third"].MostPerEvent, rules["third"].Caps, rules["third"].CoolDownDays, rules["third"].IsOnce));
        Assert.IsType<EarningFormula.Computed>(rules["review"].Formula);
        Assert.Equal(("qualifying", 30, 1.5m, "yes"), (model.Tiers!.Wallet, model.Tiers.GraceDays, model.Tiers.Levels[1].Multiplier, model.Tiers.Levels[1].Privileges["free-delivery"]));
        Assert.Equal([GameKind.Badge, GameKind.Challenge, GameKind.Streak], model.Games.Select(static game => game.Kind));
    }

    [Theory]
    [InlineData("earning: [ { rule: a, event: order.payed, points: 1 } ]", FindingCodes.UnknownEvent, "order.paid")]
    [InlineData("earning: [ { rule: a, event: order.refunded, points: 1 } ]", FindingCodes.BadValue, "event: order.paid")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, when: \"customer.teir = 'x'\" } ]", FindingCodes.BadCondition, "customer.tier")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, group: bonus } ]", FindingCodes.BadValue, "stacking:")]
    [InlineData("earning: [ { rule: a, event: order.paid, multiply: 2, of: [b] } ]", FindingCodes.BadValue, "known: a")]
    [InlineData("earning: [ { rule: a, event: order.paid, bands: [ { from: 50 EUR, points: 1 }, { from: 20 EUR, points: 2 } ] } ]", FindingCodes.BadValue, "least start")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, expires: { end-of: week } } ]", FindingCodes.BadValue, "year")]
    [InlineData("rates: [ { currency: EUR, from: 2026-01-01, rate: 1 } ]", FindingCodes.BadValue, "units of EUR")]
    [InlineData("pay: { value: 1 USD }", FindingCodes.BadValue, "0.01 EUR")]
    [InlineData("tiers: { by: points, window: weekly, levels: [ { tier: a, from: 1 } ] }", FindingCodes.BadValue, "calendar-year")]
    [InlineData("tiers: { by: points, window: 365d, levels: [ { tier: a, from: 5 }, { tier: b, from: 5 } ] }", FindingCodes.BadValue, "least to the greatest")]
    [InlineData("games: [ { badge: a, streak: b, event: order.paid, times: 1 } ]", FindingCodes.BadValue, "badge: regular")]
    [InlineData("games: [ { challenge: a, event: order.paid, times: 1 } ]", FindingCodes.Missing, "until:")]
    [InlineData("games: [ { badge: a, event: feedback.given, amount: 5 EUR } ]", FindingCodes.BadValue, "order.paid")]
    public void Load_WrongPart_SaysWhereAndWhatToDo(string part, string code, string remedy)
    {
        var load = Shop.Load(Journey, Head + part + "\n");

        var finding = load.Findings.First(finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal((code, "program.yaml", 6), (finding.Code, finding.File, finding.Line));
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
    }
}
