using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Engine.Programs;
using NodaTime;

namespace Loyalty.Engine.Tests.Programs;

public sealed class ProgramFileTests
{
    private const string Journey = Shop.Head + "\nsteps:\n  - { name: a, wait: 1d }";

    [Fact]
    public void Load_WholeProgram_ReadsEveryPart()
    {
        var load = Shop.Load(Journey, """
            program: shop
            title: The Shop
            url: https://shop.example/
            zone: Europe/Sofia
            currency: EUR
            locales: en
            sender: { name: The Shop, address: hello@shop.example }
            topics: { offers: { title: Offers } }
            wallets: { spendable: { returns: negative }, qualifying: {} }
            earning:
              - { rule: euro, event: order.paid, per-amount: 1.5, base: gross, minimum: 20 EUR, nth-order: 1, from: 2026-01-01, until: 2027-01-01,
                  exclude-skus: [gift], exclude-categories: books, active: { after-fulfilment: 2w, at-latest: 30d }, expires: 365d }
              - { rule: hello, event: customer.signed-up, points: 100, wallet: qualifying, active: { after-payment: 1d }, expires: never }
            signals:
              cart-abandoned: { after: 2h }
              reorder-due: { after-one-order: 45d, at-least: 10d, at-most: 100d }
              inactive: { after: never, intervals: 3, at-least: 20d }
              points-expiring: { before: [1w, 30d] }
              birthday: { before: 3d, at: "08:00" }
            """);

        Assert.Empty(load.Findings);
        var model = load.Program!.Model;
        Assert.Equal(("shop", "Europe/Sofia", "EUR", "en"), (model.Name, model.Zone, model.Currency, model.Locale));
        Assert.Equal([new WalletRule("spendable", ReturnPolicy.Negative), new WalletRule("qualifying")], model.Wallets.ToArray());
        var euro = model.Earning.Rules[0];
        Assert.Equal(new EarningFormula.PerAmount(1.5m, EarningBase.Gross), euro.Formula);
        Assert.Equal((2000L, 1, Instant.FromUtc(2025, 12, 31, 22, 0)), (euro.MinimumMinor, euro.OnlyNthOrder, euro.ValidFrom));
        Assert.Equal((new ActivationRule.AfterFulfilment(14, 30), new ExpiryRule.After(365)), (euro.Activation, euro.Expiry));
        Assert.Equal(["books"], euro.ExcludedCategories.ToArray());
        var hello = model.Earning.Rules[1];
        Assert.Equal((EarningTrigger.Registration, new EarningFormula.Fixed(100), "qualifying"), (hello.On, hello.Formula, hello.Wallet));
        Assert.Equal((120, 45, 10, 100), (model.Signals.CartAbandonedAfterMinutes, model.Signals.ReorderAfterOneOrderDays, model.Signals.ReorderAtLeastDays, model.Signals.ReorderAtMostDays));
        Assert.Equal((null, 3m, 20), (model.Signals.InactiveAfterDays, model.Signals.InactiveAfterIntervals, model.Signals.InactiveAtLeastDays));
        Assert.Equal([30, 7], model.Signals.PointsExpiringBeforeDays.ToArray());
        Assert.Equal((3, 8), (model.Signals.BirthdayBeforeDays, model.Signals.BirthdayAtHour));
        var live = load.Program.ToLive();
        Assert.Equal(("hello@shop.example", "The Shop", "https://shop.example"), (live.SenderAddress, live.SenderName, live.Url));
        Assert.Equal("trial", Assert.Single(live.Journeys).Name);
    }

    [Theory]
    [InlineData("zone: Europe/Sofija", FindingCodes.BadValue, "did you mean 'Europe/Sofia'?")]
    [InlineData("currency: euro", FindingCodes.BadValue, "ISO 4217")]
    [InlineData("url: shop", FindingCodes.BadValue, "https://")]
    [InlineData("sender: { name: x, address: nobody }", FindingCodes.BadValue, "hello@shop.example")]
    [InlineData("locales: [en, ru]", FindingCodes.UnknownTemplate, "ru.hbs")]
    [InlineData("earning: [ { rule: a, event: order.paid } ]", FindingCodes.BadValue, "points: 100")]
    [InlineData("earning: [ { rule: a, event: order.paid, per-amount: 101 } ]", FindingCodes.BadValue, "up to 100")]
    [InlineData("earning: [ { rule: a, event: customer.signed-up, per-amount: 1 } ]", FindingCodes.BadValue, "order.paid")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, minimum: 5 USD } ]", FindingCodes.BadValue, "20 EUR")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, active: later } ]", FindingCodes.BadValue, "immediately")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1, expires: 2mo } ]", FindingCodes.BadTime, "14d")]
    [InlineData("earning: [ { rule: a, event: order.paid, points: 1 }, { rule: a, event: order.paid, points: 1 } ]", FindingCodes.DuplicateName, "its own")]
    [InlineData("events: { order.paid: {} }", FindingCodes.DuplicateName, "another name")]
    [InlineData("events: { paid: {} }", FindingCodes.BadName, "two words")]
    [InlineData("facts: { size: big }", FindingCodes.WrongType, "yes-no")]
    [InlineData("signals: { cart-abandonned: { after: 1h } }", FindingCodes.UnknownKey, "did you mean 'cart-abandoned'?")]
    [InlineData("measures: { bought: { count: order.payed } }", FindingCodes.UnknownEvent, "order.paid")]
    [InlineData("measures: { bought: { within: 30d } }", FindingCodes.Missing, "count")]
    [InlineData("measures: { bought: { count: order.paid, sum: order.paid } }", FindingCodes.Missing, "one of")]
    [InlineData("measures: { bought: { sum: order.paid } }", FindingCodes.BadValue, "of: event.total")]
    [InlineData("measures: { bought: { sum: order.paid, of: event.number } }", FindingCodes.BadValue, "event.")]
    [InlineData("measures: { bought: { count: order.paid, when: event.skus = 'x' } }", FindingCodes.BadCondition, "contains")]
    [InlineData("endpoints: { crm: { url: http://crm.example } }", FindingCodes.BadValue, "https")]
    [InlineData("endpoints: { crm: { url: https://crm.example, reply: { score: digit } } }", FindingCodes.WrongType, "number")]
    [InlineData("holdout: 120%", FindingCodes.WrongType, "percentage")]
    [InlineData("colour: red", FindingCodes.UnknownKey, "known")]
    public void Load_Mistakes_AreFoundWithARemedy(string line, string code, string remedy)
    {
        var key = line[..line.IndexOf(':', StringComparison.Ordinal)];
        var lines = new[] { "program: shop", "zone: Europe/Sofia", "currency: EUR", "locales: en", "topics: { offers: Offers }" };
        var program = string.Join('\n', lines.Where(l => !l.StartsWith(key + ":", StringComparison.Ordinal)).Append(line));

        var load = Shop.Load(Journey, program);

        var finding = load.Findings.FirstOrDefault(f => f.Code == code);
        Assert.True(finding is not null, string.Join('\n', load.Findings));
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
        Assert.Null(load.Program);
    }

    [Theory]
    [InlineData("journeys/welcome.yml")]
    [InlineData("journeys/welcome.YAML")]
    public void Load_JourneyThatWouldNotBeRead_IsAnError(string path)
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>> { ["program.yaml"] = Program, [path] = new byte[] { 1 } });

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingSeverity.Error, path, FindingCodes.BadName), (finding.Severity, finding.File, finding.Code));
        Assert.Contains("journeys/welcome.yaml", finding.Remedy, StringComparison.Ordinal);
        Assert.Null(load.Program);
    }

    [Fact]
    public void Load_FolderWithYmlJourney_IsAnError()
    {
        var folder = Directory.CreateTempSubdirectory("loyalty-program-");
        File.WriteAllBytes(Path.Combine(folder.FullName, "program.yaml"), Program);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "journeys"));
        File.WriteAllText(Path.Combine(folder.FullName, "journeys", "welcome.yml"), "journey: welcome");
        try
        {
            Assert.Equal(FindingCodes.BadName, Assert.Single(ProgramLoader.Load(folder.FullName).Findings).Code);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_NoJourneys_IsAWarning()
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>> { ["program.yaml"] = Program });

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingSeverity.Warning, "journeys"), (finding.Severity, finding.File));
        Assert.NotNull(load.Program);
    }

    private static readonly byte[] Program =
        "program: shop\nzone: Europe/Sofia\ncurrency: EUR\nlocales: en\ntopics: { offers: Offers }\n"u8.ToArray();

    [Fact]
    public void Load_NoProgramFile_IsAFinding()
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>>());

        Assert.Equal(FindingCodes.Missing, Assert.Single(load.Findings).Code);
    }
}
