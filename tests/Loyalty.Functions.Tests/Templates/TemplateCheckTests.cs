using System.Text;
using Loyalty.Engine.Programs;
using Loyalty.Functions.Journeys;

namespace Loyalty.Functions.Tests.Templates;

/// <summary>What templates get wrong comes with everything else, each fault at its own place.</summary>
public sealed class TemplateCheckTests
{
    private const string Program = "program: shop\nzone: Europe/Sofia\ncurrency: EUR\nlocales: [en]\ntopics: { offers: Offers }\n";
    private const string Journey = "journey: trial\ntopic: offers\nenter: { event: customer.signed-up }\nsteps:\n  - { name: a, send: hello }\n";
    private const string Hello = "subject: Hello\n---\n<p>Hello</p>";

    [Fact]
    public void FindingsWith_JourneyProgramAndTemplateWrong_AllComeTogetherByPlace()
    {
        var findings = Findings(
            ("program.yaml", Program + "colour: red\n"),
            ("journeys/trial.yaml", Journey + "  - { name: b, wait: 0d }\n"),
            ("templates/hello/en.hbs", "subject: Hello {{shout points}}\n---\n<p>{{#if customer.orders}}</p>\n<p style=\"{{customer.tier}}\">{{/unless}}</p>"));

        Assert.Equal(
            [
                "journeys/trial.yaml:5:22 may-be-unset", "journeys/trial.yaml:5:22 template-variable", "journeys/trial.yaml:6:22 bad-time", "program.yaml:6:1 unknown-key", "templates/hello/en.hbs:1:16 syntax",
                "templates/hello/en.hbs:4:11 syntax", "templates/hello/en.hbs:4:30 syntax",
            ],
            findings.Select(static one => $"{one.File}:{one.Line}:{one.Column} {one.Code}"));
    }

    [Fact]
    public void FindingsWith_ProgramFileUnreadable_StillTellsOfTemplates()
    {
        var findings = Findings(("program.yaml", "{"), ("journeys/trial.yaml", Journey), ("templates/hello/en.hbs", Hello + "{{#if"));

        Assert.Contains(findings, static one => one is { File: "program.yaml", Code: FindingCodes.Syntax });
        Assert.Contains(findings, static one => one is { File: "templates/hello/en.hbs", Line: 3, Column: 13, Code: FindingCodes.Syntax });
    }

    [Fact]
    public void FindingsWith_SharedLayoutBroken_IsToldOnceInTheLayout()
    {
        var findings = Findings(
            ("program.yaml", Program.Replace("[en]", "[en, ru]", StringComparison.Ordinal)),
            ("journeys/trial.yaml", Journey),
            ("templates/hello/en.hbs", "subject: Hello\n---\n{{#> layout}}x{{/layout}}"),
            ("templates/hello/ru.hbs", "subject: Hello\n---\n{{#> layout}}x{{/layout}}"),
            ("templates/_layout/default.hbs", "<main>\n  {{> @partial-block}}{{{customer.name}}}</main>"));

        var finding = Assert.Single(findings, static one => one.Severity == FindingSeverity.Error);
        Assert.Equal(("templates/_layout/default.hbs", 2, 23), (finding.File, finding.Line, finding.Column));
    }

    [Fact]
    public void FindingsWith_PartialThatIsNotThere_NamesTheTagAndTheFile()
    {
        var finding = Assert.Single(Findings(
            ("program.yaml", Program), ("journeys/trial.yaml", Journey), ("templates/hello/en.hbs", "subject: Hello\n---\n<p>x</p>\n  {{> fooder}}")));

        Assert.Equal(("templates/hello/en.hbs", 4, 3), (finding.File, finding.Line, finding.Column));
        Assert.Contains("templates/_fooder/default.hbs", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindingsWith_TooManyFaults_AreBounded()
    {
        var findings = Findings(
            ("program.yaml", Program), ("journeys/trial.yaml", Journey), ("templates/hello/en.hbs", "subject: Hello\n---\n" + string.Concat(Enumerable.Repeat("{{shout x}}\n", 5000))));

        Assert.Equal(50, findings.Count(static one => one.Code == FindingCodes.Syntax));
    }

    private static IReadOnlyList<Finding> Findings(params (string Path, string Text)[] files) =>
        ProgramLoader.Load(files.ToDictionary(static file => file.Path, static file => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Text))).FindingsWith(new TemplateCheck());
}
