using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>What a message shows is what its template and the partials behind it show.</summary>
public sealed class ProgramTemplatesTests
{
    private const string Journey = Shop.Head + "\nsteps:\n  - { name: a, send: letter }";
    private const string Letter = "subject: Hi\n---\n{{#> layout}}<p>x</p>{{/layout}}";

    [Fact]
    public void Load_LayoutShowsWhatNobodyKnows_IsAnErrorWithItsPlace()
    {
        var load = Shop.Load(
            Journey, Shop.Program, ("templates/letter/en.hbs", Letter), ("templates/_layout/default.hbs", "<main>\n {{> @partial-block}} {{> footer}}</main>"),
            ("templates/_footer/en.hbs", "<i>\n  {{customer.frist-name}}</i>"));

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingCodes.TemplateVariable, 5), (finding.Code, finding.Line));
        Assert.StartsWith("templates/_footer/en.hbs:2:3 shows 'customer.frist-name'", finding.Message, StringComparison.Ordinal);
        Assert.Contains("customer.first-name", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PartialOfAnotherLanguage_IsNotLookedAt()
    {
        var load = Shop.Load(
            Journey, Shop.Program, ("templates/letter/en.hbs", Letter), ("templates/_layout/en.hbs", "<main>{{> @partial-block}}</main>"), ("templates/_layout/ru.hbs", "{{nothing}}"));

        Assert.Empty(load.Findings);
    }

    [Fact]
    public void Load_PartialsThatAskForEachOther_AreReadOnce()
    {
        var load = Shop.Load(
            Journey, Shop.Program, ("templates/letter/en.hbs", Letter), ("templates/_layout/default.hbs", "{{> footer}}{{> @partial-block}}"), ("templates/_footer/default.hbs", "{{> layout}}{{unknown}}"));

        Assert.Contains("'unknown'", Assert.Single(load.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PartialNoUtf8_IsReportedLikeATemplate()
    {
        var load = ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["program.yaml"] = System.Text.Encoding.UTF8.GetBytes(Shop.Program),
            ["templates/_layout/default.hbs"] = new byte[] { 0x3c, 0xff, 0xfe },
        });

        Assert.Contains(load.Findings, static one => one is { File: "templates/_layout/default.hbs", Code: FindingCodes.Unreadable });
        Assert.Empty(load.Templates);
    }
}
