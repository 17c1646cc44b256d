using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;
using Loyalty.Simulation.Results;

namespace Loyalty.Simulation.Tests.Runs;

public sealed class JourneyDiffTests
{
    private static readonly JourneyDefinition Live = ShippedProgram.Load().Journeys["welcome"];

    [Fact]
    public void Of_TheSameFile_NothingChanges() => Assert.Empty(JourneyDiff.Of(Live, Draft("", "")));

    [Theory]
    [InlineData("wait: 3d", "wait: 2d", "Changed settle-in wait: 3d → 2d")]
    [InlineData("name: settle-in\n", "name: settle\n", "Renamed settle was settle-in")]
    [InlineData("within: 30d", "within: 20d", "Changed  goal: ")]
    [InlineData("again: never", "again: after-end", "Changed  enter: ")]
    [InlineData("  - name: give-time\n    wait: 7d\n", "", "Removed give-time wait removed, was at the top")]
    [InlineData("  - name: give-time\n", "  - { name: a-pause, wait: 1d }\n  - name: give-time\n", "Added a-pause wait added at the top")]
    [InlineData("send: first-order\n    if-late: drop", "send: first-order", "Changed first-order if-late: ")]
    [InlineData("customer.points > 0", "customer.points > 5", "Changed how-points-work cases: ")]
    public void Of_OneEdit_IsToldInWords(string was, string becomes, string expected)
    {
        var changes = JourneyDiff.Of(Live, Draft(was, becomes));
        var change = Assert.Single(changes);
        Assert.StartsWith(expected, $"{change.Kind} {change.Step} {change.Words}", StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NewAndTakenAway_AreTold()
    {
        Assert.Equal(ChangeKind.Added, Assert.Single(JourneyDiff.Of(null, Live)).Kind);
        Assert.Equal(ChangeKind.Removed, Assert.Single(JourneyDiff.Of(Live, null)).Kind);
    }

    [Fact]
    public void Report_PeopleInside_StandBesideWhatBecomesOfTheirStep()
    {
        var changes = JourneyDiff.Of(Live, Draft("  - name: give-time\n    wait: 7d\n", ""));
        var report = DiffReport.Of("welcome", changes, new Dictionary<string, long>(StringComparer.Ordinal) { ["give-time"] = 4, ["settle-in"] = 2 });
        Assert.Equal(ChangeKind.Removed, Assert.Single(report.Inside.Single(static one => one.Step == "give-time").Changes));
        Assert.Empty(report.Inside.Single(static one => one.Step == "settle-in").Changes);
    }

    private static JourneyDefinition Draft(string was, string becomes)
    {
        var files = ShippedProgram.Files();
        var text = Encoding.UTF8.GetString(files["journeys/welcome.yaml"].Span);
        if (was.Length > 0)
        {
            Assert.Contains(was, text, StringComparison.Ordinal);
            text = text.Replace(was, becomes, StringComparison.Ordinal);
        }

        files["journeys/welcome.yaml"] = Encoding.UTF8.GetBytes(text);
        var load = ProgramLoader.Load(files);
        Assert.True(load.Program is not null, string.Join('\n', load.Findings));
        return load.Program.Journeys["welcome"];
    }
}
