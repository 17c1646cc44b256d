using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs.Flow;

/// <summary>Values that some path leaves unset.</summary>
public sealed class UnsetTests
{
    private const string Price = """
          - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """;

    [Fact]
    public void Load_ValueOfABranchThatMayNotBeTaken_NamesItsPlaceAndARemedy()
    {
        var load = Load(Price);

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingSeverity.Error, FindingCodes.MayBeUnset), (finding.Severity, finding.Code));
        Assert.Equal(("journeys/trial.yaml", 6, 48), (finding.File, finding.Line, finding.Column));
        Assert.StartsWith("'steps.gift.points' can be unset here: templates/shows/en.hbs:1:10 shows it", finding.Message, StringComparison.Ordinal);
        Assert.Contains("steps.gift.points is set", finding.Remedy, StringComparison.Ordinal);
        Assert.Null(load.Program);
    }

    [Theory]
    [InlineData("if-late: drop", true)]
    [InlineData("if-late: only-within 1d", true)]
    [InlineData("refused: [ { name: none, wait: 1d } ], if-late: send", false)]
    public void Load_ValueOfAStepThatLatenessSkips_NamesTheOptionThatKeepsIt(string option, bool named)
    {
        var load = Load($"  - {{ name: gift, award: 5, {option} }}\n  - {{ name: later, wait: 9d }}\n  - {{ name: tell, send: shows, with: {{ points: steps.gift.points }} }}");

        Assert.Equal(named, Assert.Single(load.Findings).Remedy.Contains("'gift' comes too late, write if-late: send", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("without steps for it a refusal skips what follows", """
          - { name: gift, award: 5 }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("a test in a case", """
          - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }
          - { name: which, choose: [ { case: some, when: steps.gift.points is set, steps: [ { name: tell, send: shows, with: { points: steps.gift.points } } ] } ] }
        """)]
    [InlineData("the case before took the empty ones", """
          - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }
          - name: which
            choose:
              - { case: none-left, when: steps.gift.points is empty, steps: [ { name: no, end: nothing } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("the result tells", """
          - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }
          - { name: later, wait: 9d }
          - { name: which, choose: [ { case: some, when: "steps.gift.result = 'awarded' and customer.orders = 0", steps: [ { name: tell, send: shows, with: { points: steps.gift.points } } ] } ] }
        """)]
    [InlineData("the other branch ends the run", """
          - { name: gift, award: 5, refused: [ { name: no, end: refused } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("every arm gives it", """
          - { name: gift, award: 5, if-late: send }
          - { name: arms, split: [ { arm: a, share: 50%, steps: [ { name: w, wait: 1d } ] }, { arm: b, share: 50%, steps: [ { name: v, wait: 2d } ] } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("the template tests it", """
          - { name: gift, award: 5, refused: [ { name: pity, wait: 1d } ] }
          - { name: tell, send: tests, with: { points: steps.gift.points } }
        """)]
    [InlineData("what the matched event brings", """
          - name: hear
            wait-for: { event: club.joined, up-to: 3d }
            in-time: [ { name: gift, award: event.level * 2 } ]
        """)]
    public void Load_ValueThatIsSurelySet_NoFinding(string why, string steps)
    {
        Assert.Empty(Load(steps).Findings);
        Assert.NotEmpty(why);
    }

    [Theory]
    [InlineData("steps.gift.points", FindingSeverity.Error, """
          - name: arms
            split:
              - { arm: a, share: 50%, steps: [ { name: gift, award: 5 } ] }
              - { arm: b, share: 50%, steps: [ { name: v, wait: 2d } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("steps.gift.points", FindingSeverity.Error, """
          - { name: gift, award: 5 }
          - { name: later, wait: 9d }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("steps.gift.points", FindingSeverity.Error, """
          - { name: gift, award: 5, if-late: drop }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("steps.gift.points", FindingSeverity.Error, """
          - name: rounds
            repeat: { at-most: 3, while: customer.orders = 0, every: 7d, steps: [ { name: gift, award: 5, if-late: send } ] }
          - { name: tell, send: shows, with: { points: steps.gift.points } }
        """)]
    [InlineData("event.level", FindingSeverity.Error, """
          - name: hear
            wait-for: { event: [club.joined, feedback.given], up-to: 3d }
            in-time: [ { name: gift, award: event.level * 2 } ]
        """)]
    [InlineData("steps.call.outcome", FindingSeverity.Error, """
          - { name: call, task: desk, due: 2d, outcomes: [ { outcome: fine } ] }
          - { name: tell, send: shows, with: { points: steps.call.outcome } }
        """)]
    [InlineData("customer.birthday", FindingSeverity.Warning, """
          - { name: tell, send: shows, with: { points: customer.birthday } }
        """)]
    [InlineData("customer.facts.size", FindingSeverity.Warning, """
          - { name: tell, send: sized }
        """)]
    [InlineData("steps.call.outcome", FindingSeverity.Warning, """
          - { name: call, task: desk, due: 2d, outcomes: [ { outcome: fine } ] }
          - { name: note, task: desk, due: 2d, with: { how: steps.call.outcome }, outcomes: [ { outcome: read } ] }
        """)]
    public void Load_ValueThatSomePathLeavesUnset_OneFinding(string path, FindingSeverity severity, string steps)
    {
        var finding = Assert.Single(Load(steps).Findings);

        Assert.Equal((FindingCodes.MayBeUnset, severity), (finding.Code, finding.Severity));
        Assert.StartsWith($"'{path}' can be unset here", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TriggersWithoutTheAttribute_ProvedByWhen()
    {
        const string Enter = """
            journey: trial
            topic: offers
            enter: { event: [customer.signed-up, club.joined]WHEN }
            steps:
              - { name: gift, award: entry.level * 2 }
            """;

        Assert.Equal(FindingCodes.MayBeUnset, Assert.Single(Shop.Load(Enter.Replace("WHEN", "", StringComparison.Ordinal)).Findings).Code);
        Assert.Empty(Shop.Load(Enter.Replace("WHEN", ", when: event.level > 1", StringComparison.Ordinal)).Findings);
    }

    [Fact]
    public void Load_PublishedBeforeTheCheckWasThere_StaysInService()
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["program.yaml"] = System.Text.Encoding.UTF8.GetBytes(Shop.Program),
            ["journeys/trial.yaml"] = System.Text.Encoding.UTF8.GetBytes(Shop.Head + "\nsteps:\n" + Price),
            ["templates/shows/en.hbs"] = "subject: {{points}}\n---\nHi"u8.ToArray(),
        };

        Assert.Null(ProgramLoader.Load(files).Program);
        Assert.NotNull(ProgramLoader.Load(files, isPublished: true).Program);
        Assert.NotNull(ProgramLoader.Load(files, isPart: true).Program);
    }

    private static ProgramLoad Load(string steps) => Shop.Load(
        Shop.Head + "\nsteps:\n" + steps,
        Shop.Program,
        ("templates/shows/en.hbs", "subject: {{points}}\n---\n{{#if points}}{{points}}{{/if}}"),
        ("templates/tests/en.hbs", "subject: {{#if points}}{{points}}{{else}}None{{/if}}\n---\n{{#unless points}}none{{else}}{{points}}{{/unless}}"),
        ("templates/sized/en.hbs", "subject: Size\n---\n{{#if customer.country}}{{customer.country}}{{/if}} {{customer.facts.size}}"));
}
