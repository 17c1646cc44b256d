namespace Loyalty.Core.Tests.Customers;

/// <summary>Real payloads beside the repository; a test that needs them is skipped where they are absent.</summary>
internal static class SharedData
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    public static string Path(string relative)
    {
        var path = System.IO.Path.Combine(Root, "..", "shared", "data", relative);
        return File.Exists(path) ? path : throw new InvalidOperationException($"$XunitDynamicSkip$../shared/data/{relative} is not here.");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }
}
