using Loyalty.Simulation.Html;
using Loyalty.Simulation.Populations;

namespace Loyalty.Simulation.Tests.Runs;

/// <summary>A journey without a goal is not told as one that nobody's purchase came of.</summary>
public sealed class JourneyGoalTests
{
    [Fact]
    public void Html_JourneyWithoutGoal_ShowsADashAndNoShare()
    {
        var population = new GeneratedPopulation(new GeneratedOptions { Customers = 40, Days = 60, Seed = 5 });
        var report = Simulator.Run(new SimulationInput { Program = ShippedProgram.Live, Population = population });
        Assert.All(report.Journeys, one => Assert.Equal(ShippedProgram.Live.Journey(one.Name)!.Goal is not null, one.HasGoal));
        var aimless = report.Journeys.First(static one => !one.HasGoal);
        var measured = report.Journeys.First(static one => one.HasGoal && one.Entered > 0);

        Assert.Contains("Goal: –.", HtmlReport.Write("t", report with { Journeys = [aimless] }), StringComparison.Ordinal);
        var shown = HtmlReport.Write("t", report with { Journeys = [measured with { Goals = 0 }] });
        Assert.Contains("Goal reached by 0", shown, StringComparison.Ordinal);
    }
}
