using System.Xml.Linq;

namespace Loyalty.Repository.Tests;

/// <summary>A project file as far as the house's rules ask: what it uses, and under which condition.</summary>
internal sealed record ProjectFile(string Path, string Name, IReadOnlyList<ProjectItem> Items)
{
    /// <summary>Every project of the repository.</summary>
    public static IReadOnlyList<ProjectFile> All { get; } = [.. House.WithEnding(".csproj").Select(Load)];

    /// <summary>Projects whose arrows the table governs; tests and benchmarks may use anything.</summary>
    public static IEnumerable<ProjectFile> Governed => All.Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal)
        && !project.Path.StartsWith("bench/", StringComparison.Ordinal));

    public static ProjectFile ByName(string name) => All.Single(project => project.Name == name);

    /// <summary>Names of the projects it refers to.</summary>
    public IEnumerable<ProjectItem> Projects => Items.Where(item => item.Kind == "ProjectReference");

    public IEnumerable<ProjectItem> Packages => Items.Where(item => item.Kind == "PackageReference");

    public IEnumerable<ProjectItem> Frameworks => Items.Where(item => item.Kind == "FrameworkReference");

    public IEnumerable<ProjectItem> Of(string kind) => Items.Where(item => item.Kind == kind);

    private static ProjectFile Load(string path) =>
        new(path, System.IO.Path.GetFileNameWithoutExtension(path), [.. Read(XDocument.Load(House.Full(path)).Root!)]);

    /// <summary>Items of a project or props file, with the conditions of the item and of its group.</summary>
    public static IEnumerable<ProjectItem> Read(XElement root) =>
        from item in root.Descendants()
        where item.Parent?.Name.LocalName == "ItemGroup"
        let value = item.Attribute("Include") ?? item.Attribute("Remove") ?? item.Attribute("Update")
        where value is not null
        select new ProjectItem(
            item.Name.LocalName,
            value.Name.LocalName,
            item.Name.LocalName == "ProjectReference" ? System.IO.Path.GetFileNameWithoutExtension(value.Value.Replace('\\', '/')) : value.Value.Replace('\\', '/'),
            string.Join(" and ", new[] { (string?)item.Parent!.Attribute("Condition"), (string?)item.Attribute("Condition") }.OfType<string>()),
            (string?)item.Attribute("Version") ?? (string?)item.Attribute("VersionOverride") ?? item.Elements().FirstOrDefault(one => one.Name.LocalName is "Version" or "VersionOverride")?.Value);
}

/// <param name="Kind">The element: <c>ProjectReference</c>, <c>PackageReference</c>, <c>Compile</c>, …</param>
/// <param name="Action"><c>Include</c>, <c>Remove</c>, <c>Update</c>.</param>
/// <param name="Name">A project's name, a package's id, or a path as written.</param>
/// <param name="Condition">Empty: always.</param>
/// <param name="Version">As written at this item, or null.</param>
internal sealed record ProjectItem(string Kind, string Action, string Name, string Condition, string? Version)
{
    /// <summary>Only without <c>-p:AzurePackages=true</c>.</summary>
    public bool IsDefaultBuildOnly => Condition == "'$(AzurePackages)' != 'true'";

    /// <summary>Only with <c>-p:AzurePackages=true</c>.</summary>
    public bool IsAzureBuildOnly => Condition == "'$(AzurePackages)' == 'true'";
}
