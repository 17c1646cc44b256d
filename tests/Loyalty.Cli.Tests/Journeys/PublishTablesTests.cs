using Loyalty.Cli.Journeys;
using Loyalty.Engine.Publishing;

namespace Loyalty.Cli.Tests.Journeys;

public sealed class PublishTablesTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 5)]
    public void Steps_WhoIsDue_HasAColumnOnlyWhereSomebodyIs(int dueNow, int columns)
    {
        var table = PublishTables.Steps(new JourneyImpact("welcome", 1, 2, 5, [new StepImpact(1, "wait", 5, "goes on at wait", dueNow), new StepImpact(1, "", 1, "begins", 0)]));

        Assert.Equal((columns, 2), (table.Columns.Count, table.Rows.Count));
    }
}
