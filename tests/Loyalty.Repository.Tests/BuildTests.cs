using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Loyalty.Repository.Tests;

/// <summary>How the projects are built: exact versions, the ban on hidden inputs, one function app in two builds.</summary>
public sealed class BuildTests
{
    private static readonly string[] NeededInCore =
    [
        "P:System.DateTime.UtcNow", "P:System.DateTime.Now", "P:System.DateTimeOffset.UtcNow", "P:System.TimeProvider.System", "P:NodaTime.SystemClock.Instance",
        "T:System.Diagnostics.Stopwatch", "M:System.Guid.NewGuid", "T:System.Random", "T:System.Threading.Tasks.Task", "T:System.IO.File",
    ];

    private static readonly string[] NeededElsewhere =
    [
        "P:System.DateTime.UtcNow", "P:System.DateTimeOffset.UtcNow", "P:NodaTime.SystemClock.Instance", "M:System.Guid.NewGuid", "P:System.Random.Shared",
    ];

    [Theory]
    [InlineData("Loyalty.Core", "BannedSymbols.Core.txt")]
    [InlineData("Loyalty.Engine", "BannedSymbols.Time.txt")]
    [InlineData("Loyalty.Functions", "BannedSymbols.Time.txt")]
    [InlineData("Loyalty.Connectors", "BannedSymbols.Time.txt")]
    [InlineData("Loyalty.Delivery", "BannedSymbols.Time.txt")]
    [InlineData("Loyalty.Simulation", "BannedSymbols.Time.txt")]
    public void BannedSymbols_PureProjects_AreWiredIn(string project, string list) => Assert.Contains(
        ProjectFile.ByName(project).Of("AdditionalFiles"), item => item.Name.EndsWith("/" + list, StringComparison.Ordinal) && item.Condition.Length == 0);

    [Fact]
    public void BannedSymbols_Lists_NameEveryHiddenInput()
    {
        AssertBans("src/BannedSymbols.Core.txt", NeededInCore);
        AssertBans("src/BannedSymbols.Time.txt", NeededElsewhere);
    }

    [Fact]
    public void BannedSymbols_Analyzer_RunsAsErrorInEveryProject()
    {
        var props = XDocument.Load(House.Full("Directory.Build.props")).Root!;
        Assert.Contains(ProjectFile.Read(props), item => item is { Kind: "PackageReference", Name: "Microsoft.CodeAnalysis.BannedApiAnalyzers", Condition: "" });
        foreach (var property in new[] { "TreatWarningsAsErrors", "CheckForOverflowUnderflow", "Deterministic" })
            Assert.Equal("true", props.Descendants(property).Single().Value);
        Assert.Equal("enable", props.Descendants("Nullable").Single().Value);
        Assert.DoesNotContain("RS0030", House.Read(".editorconfig"), StringComparison.Ordinal);
        House.AssertNone(
            from project in ProjectFile.All
            where Regex.IsMatch(House.Read(project.Path), "RS0030|<NoWarn>|TreatWarningsAsErrors|<Nullable>|CheckForOverflowUnderflow")
            select project.Path + ": change Directory.Build.props for all, or .editorconfig with a reason",
            "Projects that set the build's rules for themselves:");
    }

    [Fact]
    public void Suppressions_All_SayTheirReason() => House.AssertNone(
        from file in House.CSharp()
        from match in Regex.Matches(House.Read(file), @"(?m)^\s*#pragma warning disable ([^\r\n]*)")
        where !Regex.IsMatch(match.Groups[1].Value, @"^[A-Z]+\d+(, ?[A-Z]+\d+)* // \S.{10,}")
        select $"{file}: '#pragma warning disable {match.Groups[1].Value}': add // and why",
        "Suppressed warnings without a reason:");

    [Fact]
    public void PackageVersions_All_AreExactAndCentral()
    {
        var versions = ProjectFile.Read(XDocument.Load(House.Full("Directory.Packages.props")).Root!).Where(item => item.Kind == "PackageVersion").ToList();
        House.AssertNone(
            versions.Where(item => item.Version is null || !Regex.IsMatch(item.Version, @"^\d+\.\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?$")).Select(item => $"{item.Name} {item.Version}: pin one version"),
            "Versions that float:");
        House.AssertNone(versions.GroupBy(item => item.Name).Where(group => group.Count() > 1).Select(group => group.Key), "Packages pinned twice:");
        var props = ProjectFile.Read(XDocument.Load(House.Full("Directory.Build.props")).Root!).Where(item => item.Kind == "PackageReference");
        var used = ProjectFile.All.SelectMany(project => project.Packages.Select(item => (project.Path, item)))
            .Concat(props.Select(item => ("Directory.Build.props", item))).ToList();
        House.AssertNone(used.Where(one => one.item.Version is not null).Select(one => $"{one.Item1}: {one.item.Name}"), "Versions outside Directory.Packages.props:");
        House.AssertNone(used.Select(one => one.item.Name).Except(versions.Select(item => item.Name)), "Packages without a pinned version:");
        House.AssertNone(versions.Select(item => item.Name).Except(used.Select(one => one.item.Name)), "Pinned packages that nobody uses:");
    }

    [Fact]
    public void Program_DeployedBuildsEntry_IsTheOnlyFileLeftOutAndShort()
    {
        var removed = Assert.Single(ProjectFile.ByName("Loyalty.Functions").Of("Compile"));
        Assert.True(removed is { Action: "Remove", Name: "Program.cs", IsDefaultBuildOnly: true }, $"functions/ leaves out {removed.Name} where {removed.Condition}");
        var lines = File.ReadAllLines(House.Full("functions/Program.cs")).Length;
        Assert.True(lines <= 10, $"functions/Program.cs has {lines} lines: what it does belongs into Composition.cs, which both builds compile");
        House.AssertNone(
            from project in ProjectFile.Governed
            where project.Name != "Loyalty.Functions"
            from item in project.Of("Compile")
            select $"{project.Path}: Compile {item.Action} {item.Name}",
            "Projects that compile other files than those of their folder:");
    }

    [Theory]
    [InlineData("functions/")]
    [InlineData("local/Loyalty.LocalHost/")]
    public void Sources_OfBothBuilds_HaveNoConditionalCompilation(string folder) => House.AssertNone(
        from file in House.CSharp(folder)
        let code = CSharpText.Code(House.Read(file))
        from match in Regex.Matches(code, @"(?m)^[ \t]*#[ \t]*(if|elif|else)\b")
        select $"{file}:{CSharpText.Line(code, match.Index)}: put the difference into local/Loyalty.AzureContracts",
        "Code that is not the same in both builds:");

    private static void AssertBans(string list, string[] needed)
    {
        var banned = House.Read(list).Split('\n').Select(line => line.Split(';')).ToList();
        House.AssertNone(needed.Where(symbol => !banned.Any(one => one[0] == symbol)), $"Symbols that {list} does not ban:");
        House.AssertNone(banned.Where(one => one[0].Trim().Length > 0 && (one.Length < 2 || one[1].Trim().Length == 0)).Select(one => one[0]), $"Bans in {list} that do not say what to use:");
    }
}
