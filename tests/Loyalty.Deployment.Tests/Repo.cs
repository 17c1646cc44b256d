namespace Loyalty.Deployment.Tests;

/// <summary>Where the repository's files are.</summary>
internal static class Repo
{
    /// <summary>The folder with LoyaltyFunctions.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Full(string path) => Path.Combine(Root, path);

    /// <summary>A file's text; a missing file fails the test with its name.</summary>
    public static string Read(string path)
    {
        Assert.True(File.Exists(Full(path)), $"{path} is missing.");
        return File.ReadAllText(Full(path));
    }

    /// <summary>Fails with every finding at once.</summary>
    public static void AssertNone(IEnumerable<string> findings, string rule)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{rule}\n  {string.Join("\n  ", all)}");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("No solution above the tests.");
        return folder.FullName;
    }
}
