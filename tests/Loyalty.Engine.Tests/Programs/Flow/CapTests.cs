using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs.Flow;

/// <summary>More messages in one journey than the frequency caps allow.</summary>
public sealed class CapTests
{
    private const string Program = Shop.Program + """

        contact: { caps: [ { at-most: 2, per: week }, { at-most: 1, per: day } ] }
        """;

    [Fact]
    public void Load_ThirdMessageInAWeek_NamesTheStepAndTheCap()
    {
        var load = Load("""
              - { name: a, send: hello }
              - { name: w1, wait: 2d }
              - { name: b, send: hello }
              - { name: w2, wait: 2d }
              - { name: c, send: hello }
            """);

        var finding = Assert.Single(load.Findings);
        Assert.Equal((FindingSeverity.Error, FindingCodes.TooManySends, 9, 5), (finding.Severity, finding.Code, finding.Line, finding.Column));
        Assert.Equal("'c' can be message 3 of this journey in one week, and contact allows 2: it waits for the next week, and expires after 3d", finding.Message);
        Assert.Contains("lengthen the waits", finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a week between", """
          - { name: a, send: hello }
          - { name: w1, wait: 4d }
          - { name: b, send: hello }
          - { name: w2, wait: 4d }
          - { name: c, send: hello }
        """)]
    [InlineData("only one of the branches", """
          - { name: a, send: hello }
          - { name: w1, wait: 2d }
          - name: which
            choose:
              - { case: x, when: customer.orders = 0, steps: [ { name: b, send: hello }, { name: no, end: over } ] }
          - { name: c, send: hello }
        """)]
    [InlineData("spring and autumn", """
          - { name: r, repeat: { at-most: 10, steps: [ { name: w, wait: { until: ['03-15', '10-15'], at: "09:00" } }, { name: a, send: hello } ] } }
        """)]
    [InlineData("transactional ones do not count", """
          - { name: a, send: hello }
          - { name: b, send: hello, class: transactional }
          - { name: w1, wait: 2d }
          - { name: c, send: hello }
        """)]
    public void Load_UnderTheCap_NoFinding(string why, string steps)
    {
        Assert.Empty(Load(steps).Findings);
        Assert.NotEmpty(why);
    }

    [Theory]
    [InlineData("an answer that comes at once", FindingSeverity.Warning, "b", """
          - { name: a, send: hello }
          - name: hear
            wait-for: { event: message.replied, up-to: 5d }
            in-time: [ { name: b, send: hello } ]
        """)]
    [InlineData("every day again", FindingSeverity.Error, "a", """
          - { name: r, repeat: { at-most: 5, every: 2d, steps: [ { name: a, send: hello } ] } }
        """)]
    [InlineData("it can wait longer", FindingSeverity.Warning, "c", """
          - { name: a, send: hello }
          - { name: w1, wait: 2d }
          - { name: b, send: hello }
          - { name: w2, wait: 2d }
          - { name: c, send: hello, give-up: 2w }
        """)]
    public void Load_OverTheCap_OneFinding(string why, FindingSeverity severity, string step, string steps)
    {
        var finding = Assert.Single(Load(steps).Findings);

        Assert.Equal((FindingCodes.TooManySends, severity), (finding.Code, finding.Severity));
        Assert.StartsWith($"'{step}' can be message", finding.Message, StringComparison.Ordinal);
        Assert.NotEmpty(why);
    }

    [Fact]
    public void Load_ManyBranches_IsBounded()
    {
        var steps = string.Concat(Enumerable.Range(0, 40).Select(static i =>
            $"  - {{ name: c{i}, choose: [ {{ case: x{i}, when: customer.orders = {i}, steps: [ {{ name: s{i}, send: hello }}, {{ name: w{i}, wait: {i + 1}d }} ] }} ] }}\n"));

        Assert.NotEmpty(Load(steps).Findings);
    }

    private static ProgramLoad Load(string steps) => Shop.Load(Shop.Head + "\nsteps:\n" + steps, Program);
}
