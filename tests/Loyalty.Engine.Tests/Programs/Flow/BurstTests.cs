using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Tests.Programs.Flow;

/// <summary>Passes that follow each other at once: a run that takes too many steps in one go fails, so it must not be published.</summary>
public sealed class BurstTests
{
    [Theory]
    [InlineData("repeat: { at-most: 200, steps: [ { name: a, award: 1 }, { name: b, set: { customer.tags.x: \"true\" } }, { name: c, award: 1 } ] }", 601)]
    [InlineData("repeat: { at-most: 30, steps: [ { name: inner, repeat: { at-most: 20, steps: [ { name: a, award: 1 } ] } } ] }", 631)]
    [InlineData("repeat: { at-most: 200, steps: [ { name: which, choose: [ { case: x, when: customer.orders = 0, steps: [ { name: w, wait: 1d } ] } ] }, { name: a, award: 1 }, { name: b, award: 1 } ] }", 601)]
    public void Load_MoreStepsAtOnceThanARunTakes_IsFound(string repeat, int steps)
    {
        var finding = Assert.Single(Shop.Steps($"  - {{ name: rounds, {repeat} }}").Findings);

        Assert.Equal((FindingCodes.NoLimit, 5), (finding.Code, finding.Line));
        Assert.StartsWith($"'rounds' can take {steps} steps at once", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RepeatsInEachOther_AreFoundOnceHoweverManyStepsTheyTake()
    {
        var nested = string.Concat(Enumerable.Range(0, 10).Select(static i => $"{{ name: r{i}, repeat: {{ at-most: 200, steps: [ "))
            + "{ name: a, award: 1 }" + string.Concat(Enumerable.Repeat(" ] } }", 10));

        Assert.Equal(FindingCodes.NoLimit, Assert.Single(Shop.Steps("  - " + nested).Findings).Code);
    }

    [Theory]
    [InlineData("repeat: { at-most: 200, steps: [ { name: a, award: 1 }, { name: b, award: 1 } ] }")]
    [InlineData("repeat: { at-most: 200, every: 1d, steps: [ { name: a, award: 1 }, { name: b, award: 1 }, { name: c, award: 1 } ] }")]
    [InlineData("repeat: { at-most: 200, steps: [ { name: a, award: 1 }, { name: b, award: 1 }, { name: c, award: 1 }, { name: w, wait: 1h } ] }")]
    [InlineData("repeat: { at-most: 200, steps: [ { name: s, split: [ { arm: x, share: 50%, steps: [ { name: w, wait: 1h } ] }, { arm: y, share: 50%, steps: [ { name: v, wait: 1h } ] } ] }, { name: a, award: 1 }, { name: b, award: 1 } ] }")]
    public void Load_FewStepsOrAWaitInEachPass_IsFine(string repeat) => Assert.Empty(Shop.Steps($"  - {{ name: rounds, {repeat} }}").Findings);
}
