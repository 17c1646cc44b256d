using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs.Flow;

/// <summary>Journeys that start each other for ever, and messages that follow each other at once.</summary>
public sealed class LoopTests
{
    private const string Program = """
        program: shop
        zone: Europe/Sofia
        currency: EUR
        locales: [en]
        topics: { offers: Offers }
        events: { lead.scored: { score: number }, lead.lost: {} }
        """;

    [Fact]
    public void Load_TwoJourneysThatEmitForEachOther_OneErrorAtTheStep()
    {
        var finding = Assert.Single(Load(
            ("trial", "{ event: lead.scored }", "- { name: lose, emit: lead.lost }"),
            ("other", "{ event: lead.lost }", "- { name: w, wait: 2d }\n  - { name: score, emit: lead.scored, with: { score: 1 } }")).Findings);

        Assert.Equal((FindingSeverity.Error, FindingCodes.JourneyLoop), (finding.Severity, finding.Code));
        Assert.Equal(("journeys/other.yaml", 6, 5), (finding.File, finding.Line, finding.Column));
        Assert.Equal(
            "journeys start each other for ever: 'score' of other causes lead.scored, on which trial begins; 'lose' of trial causes lead.lost, on which other begins",
            finding.Message);
        Assert.Contains("again: never", finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ event: lead.scored }", "- { name: x, emit: lead.scored, with: { score: 1 } }", FindingSeverity.Error)]
    [InlineData("{ event: message.delivered }", "- { name: x, send: hello }", FindingSeverity.Error)]
    [InlineData("{ manual: true }", "- { name: w, wait: 1d }\n  - { name: x, start: trial }", FindingSeverity.Error)]
    [InlineData("{ event: points.expiring }", "- { name: x, award: 5, expires: 30d }", FindingSeverity.Error)]
    [InlineData("{ event: lead.scored, when: event.score < 5 }", "- { name: x, emit: lead.scored, with: { score: 1 } }", FindingSeverity.Warning)]
    [InlineData("{ event: lead.scored, again: never }", "- { name: x, emit: lead.scored, with: { score: 1 } }", null)]
    [InlineData("{ event: lead.scored, again: after 90d }", "- { name: x, emit: lead.scored, with: { score: 1 } }", null)]
    [InlineData("{ event: points.expiring }", "- { name: x, award: 5 }", null)]
    [InlineData("{ event: message.clicked }", "- { name: x, send: hello }", null)]
    public void Load_JourneyThatStartsItself_SaysSo(string enter, string steps, FindingSeverity? expected)
    {
        var findings = Load(("trial", enter, steps)).Findings;

        Assert.Equal(expected is null ? [] : [expected.Value], findings.Select(static one => one.Severity));
        Assert.All(findings, static one => Assert.Equal(FindingCodes.JourneyLoop, one.Code));
    }

    [Fact]
    public void Load_ChainOfThreeByStart_OneError()
    {
        var findings = Load(
            ("trial", "{ manual: true, event: lead.scored }", "- { name: a1, start: other }"),
            ("other", "{ manual: true }", "- { name: b1, start: third }"),
            ("third", "{ manual: true }", "- { name: c1, emit: lead.scored, with: { score: 2 } }")).Findings;

        Assert.Contains("'a1' of trial starts other", Assert.Single(findings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("- { name: a, send: hello }\n  - { name: b, send: hello }", "'a' and 'b'")]
    [InlineData("- { name: a, send: hello }\n  - { name: c, choose: [ { case: x, when: customer.orders = 0, steps: [ { name: b, send: hello } ] } ] }", "'a' and 'b'")]
    [InlineData("- { name: c, choose: [ { case: x, when: customer.orders = 0, steps: [ { name: a, send: hello } ] } ] }\n  - { name: g, award: 5 }\n  - { name: b, send: hello }", "'a' and 'b'")]
    [InlineData("- { name: r, repeat: { at-most: 3, steps: [ { name: a, send: hello } ] } }", "'a' goes out again and again")]
    [InlineData("- { name: a, send: hello }\n  - { name: w, wait: 1d }\n  - { name: b, send: hello }", null)]
    [InlineData("- { name: a, send: hello, not-sent: [ { name: b, send: hello } ] }", null)]
    [InlineData("- { name: r, repeat: { at-most: 3, every: 7d, steps: [ { name: a, send: hello } ] } }", null)]
    [InlineData("- { name: a, send: hello }\n  - { name: b, send: hello, class: transactional }", null)]
    public void Load_MessagesWithNoWaitBetween_Warns(string steps, string? expected)
    {
        var findings = Load(("trial", "{ event: customer.signed-up }", steps)).Findings;

        if (expected is null) Assert.Empty(findings);
        else
        {
            var finding = Assert.Single(findings);
            Assert.Equal((FindingSeverity.Warning, FindingCodes.SendsTogether), (finding.Severity, finding.Code));
            Assert.StartsWith(expected, finding.Message, StringComparison.Ordinal);
        }
    }

    private static ProgramLoad Load(params (string Name, string Enter, string Steps)[] journeys)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["program.yaml"] = System.Text.Encoding.UTF8.GetBytes(Program),
            ["templates/hello/en.hbs"] = "subject: Hello\n---\nHello"u8.ToArray(),
        };
        foreach (var (name, enter, steps) in journeys)
            files[$"journeys/{name}.yaml"] = System.Text.Encoding.UTF8.GetBytes($"journey: {name}\ntopic: offers\nenter: {enter}\nsteps:\n  {steps}\n");
        return ProgramLoader.Load(files);
    }
}
