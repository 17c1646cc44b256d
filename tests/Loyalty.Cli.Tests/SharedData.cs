namespace Loyalty.Cli.Tests;

/// <summary>
/// A test over data that is not part of the repository (../shared/data beside it); skipped with its reason where that is absent. Decided when tests
/// are discovered, because xunit 2 cannot skip a test that runs.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string path) => Skip = SharedData.WhyNot(path);
}

internal static class SharedData
{
    /// <summary>null where the file or folder is there.</summary>
    public static string? WhyNot(string path) => Path.Exists(Full(path)) ? null : $"../shared/data/{path} is not present";

    public static string Full(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("No solution above the tests.");
        return Path.Combine(folder.FullName, "..", "shared", "data", path);
    }
}
