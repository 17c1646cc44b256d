using Loyalty.Engine.Programs;
using Loyalty.Engine.Tests.World;

namespace Loyalty.Engine.Tests.Offers;

/// <summary>What offers.yaml and referrals get wrong, with its place.</summary>
public sealed class OfferFileTests
{
    [Theory]
    [InlineData("  x: { title: X, gives: plenty }", "offers.yaml:2:25", "bad-value")]
    [InlineData("  x: { title: X, gives: { points: 0 } }", "offers.yaml:2:35", "wrong-type")]
    [InlineData("  x: { title: X, gives: { gift-card: 25 EUR } }", "offers.yaml:2:25", "unknown-wallet")]
    [InlineData("  x: { title: X, gives: { status: gold, for: 30d } }", "offers.yaml:2:35", "bad-value")]
    [InlineData("  x: { title: X, gives: { prize-draw-ticket: y } }", "offers.yaml:2:46", "bad-value")]
    [InlineData("  x: { title: X, gives: 10%, pattern: AB-### }", "offers.yaml:2:39", "bad-value")]
    [InlineData("  x: { title: X, gives: 10%, codes: pool, stock: 5 }", "offers.yaml:2:50", "bad-value")]
    [InlineData("  x: { title: X, gives: { points: 5 }, redeem-at: shop }", "offers.yaml:2:51", "bad-value")]
    [InlineData("  x: { title: X, gives: 10%, from: 2026-05-01, until: 2026-04-01 }", "offers.yaml:2:55", "bad-time")]
    [InlineData("  x: { title: X, gives: 10%, prise: 5 }", "offers.yaml:2:30", "unknown-key")]
    public void Load_Offer_FindingHasItsPlace(string yaml, string place, string code)
    {
        var findings = ProgramLoader.Load(new ProgramText().Offers(yaml).Bytes()).Findings.Where(static one => one.Severity == FindingSeverity.Error).ToList();
        Assert.Contains(findings, one => $"{one.File}:{one.Line}:{one.Column} {one.Code}" == $"{place} {code}");
    }

    /// <summary>What follows from the one mistake is not told as mistakes of its own.</summary>
    [Theory]
    [InlineData("currency: EUR", "currency: USDD")]
    [InlineData("currency: EUR", "curency: USD")]
    [InlineData("currency: EUR", "currency: [ EUR")]
    public void Load_CurrencyThatCannotBeRead_AmountsAreNotCalledWrong(string right, string wrong)
    {
        var files = new ProgramText().Program("earning: [ { rule: r, event: order.paid, points: 5, minimum: 20 USD } ]").Offers("  x: { title: X, gives: { percent: 10%, at-most: 5 USD }, minimum: 20 USD, budget: 500 USD }").Bytes().ToDictionary();
        var program = System.Text.Encoding.UTF8.GetString(files["program.yaml"].Span);
        Assert.Contains(right, program, StringComparison.Ordinal);
        files["program.yaml"] = System.Text.Encoding.UTF8.GetBytes(program.Replace(right, wrong, StringComparison.Ordinal));
        var findings = ProgramLoader.Load(files).Findings;

        Assert.Contains(findings, static one => one.Severity == FindingSeverity.Error);
        Assert.DoesNotContain(findings, static one => one.Message.Contains("no amount", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("referrals: { friend: { points: 5 } }", "missing")]
    [InlineData("referrals: { link: 'https://x.example/', friend: { points: 5 } }", "bad-value")]
    [InlineData("referrals: { link: 'https://x.example/{code}' }", "missing")]
    [InlineData("referrals: { link: 'https://x.example/{code}', friend: { points: 5, offer: y } }", "bad-value")]
    [InlineData("referrals: { link: 'https://x.example/{code}', friend: { offer: y } }", "unknown-offer")]
    [InlineData("referrals: { link: 'https://x.example/{code}', friend: { points: 5 }, checks: { same-shoes: hold } }", "unknown-key")]
    [InlineData("referrals: { link: 'https://x.example/{code}', friend: { points: 5 }, checks: { same-card: maybe } }", "bad-value")]
    public void Load_Referrals_Found(string yaml, string code)
    {
        var findings = ProgramLoader.Load(new ProgramText().Program(yaml).Bytes()).Findings;
        Assert.Contains(findings, one => one.Severity == FindingSeverity.Error && one.File == "program.yaml" && one.Line == 7 && one.Code == code);
    }
}
