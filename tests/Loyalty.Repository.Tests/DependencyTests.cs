using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>Projects use what <see cref="DependencyTable"/> allows, and nothing else.</summary>
public sealed class DependencyTests
{
    private const string Remedy = "turn the arrow round (a port in Loyalty.Engine), or change DependencyTable.cs and docs/architecture.md together";

    [Fact]
    public void Projects_AllGovernedOnes_HaveExactlyOneRow()
    {
        var rows = DependencyTable.Rows.Select(row => row.Project).Order(StringComparer.Ordinal);
        Assert.Equal(rows, ProjectFile.Governed.Select(project => project.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ProjectReferences_EveryProject_FollowTheTable() => House.AssertNone(
        from row in DependencyTable.Rows
        from item in ProjectFile.ByName(row.Project).Projects
        where !IsAllowed(row.Projects, item)
        select $"{row.Project} → {item.Name}{When(item)}: {Remedy}",
        "Arrows between projects that the table does not have:");

    [Fact]
    public void PackageReferences_EveryProject_FollowTheTable() => House.AssertNone(
        from row in DependencyTable.Rows
        from item in ProjectFile.ByName(row.Project).Packages
        where !IsAllowed(row.Packages, item)
        select $"{row.Project} → package {item.Name}{When(item)}: {Remedy}",
        "Packages that the table does not have:");

    [Fact]
    public void FrameworkReferences_EveryProject_FollowTheTable() => House.AssertNone(
        from row in DependencyTable.Rows
        from item in ProjectFile.ByName(row.Project).Frameworks
        where !row.AspNet || item.Name != "Microsoft.AspNetCore.App"
        select $"{row.Project} → framework {item.Name}: {Remedy}",
        "Shared frameworks that the table does not have:");

    [Fact]
    public void Table_EveryAllowedArrow_ReallyExists() => House.AssertNone(
        from row in DependencyTable.Rows
        let project = ProjectFile.ByName(row.Project)
        from allowed in row.Projects.Concat(row.Packages)
        where !project.Projects.Concat(project.Packages).Any(item => IsAllowed([allowed], item))
        select $"{row.Project} → {allowed}: remove it from DependencyTable.cs",
        "The table allows what nobody uses:");

    [Fact]
    public void Namespaces_ReachableThroughOthers_AreNotNamed() => House.AssertNone(
        from row in DependencyTable.Rows
        let never = new Regex(@"(?<![\w.])(?:" + string.Join('|', row.NeverNames.Select(Regex.Escape)) + @")\.\w|using (?:static )?(?:" + string.Join('|', row.NeverNames.Select(Regex.Escape)) + ");")
        where row.NeverNames.Length > 0
        from file in House.CSharp(Folder(row.Project))
        let code = CSharpText.Code(House.Read(file))
        from Match match in never.Matches(code)
        select $"{file}:{CSharpText.Line(code, match.Index)} names {match.Value.Trim()}: {row.Project} may not; {Remedy}",
        "Namespaces that a project may not name:");

    [Fact]
    public void Production_NoProject_RefersToTests() => House.AssertNone(
        from project in ProjectFile.Governed
        from item in project.Projects
        where ProjectFile.All.FirstOrDefault(one => one.Name == item.Name) is not { } target || !ProjectFile.Governed.Contains(target)
        select $"{project.Name} → {item.Name}",
        "What is shipped refers to tests, benchmarks or a project that is not there:");

    [Fact]
    public void Solution_EveryProject_IsInIt()
    {
        var solution = House.Read("LoyaltyFunctions.sln").Replace('\\', '/');
        House.AssertNone(
            ProjectFile.All.Where(project => !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal)).Select(project => $"{project.Path}: dotnet sln add {project.Path}"),
            "Projects that `dotnet test` does not see:");
    }

    private static string Folder(string project) => Path.GetDirectoryName(ProjectFile.ByName(project).Path)!.Replace('\\', '/') + "/";

    private static bool IsAllowed(IEnumerable<string> allowed, ProjectItem item) => allowed.Any(one => one.Split(':') switch
    {
        ["default", var name] => name == item.Name && item.IsDefaultBuildOnly,
        ["azure", var name] => name == item.Name && item.IsAzureBuildOnly,
        _ => one == item.Name && item.Condition.Length == 0,
    });

    private static string When(ProjectItem item) => item.Condition.Length == 0 ? "" : $" (if {item.Condition})";
}
