namespace Loyalty.Core.Tests.Customers;

/// <summary>Real payloads beside the repository; a test that needs them carries <see cref="SharedDataFactAttribute"/>.</summary>
internal static class SharedData
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    public static string Path(string relative) => System.IO.Path.Combine(Root, "..", "shared", "data", relative);

    /// <summary>null where the file is there.</summary>
    public static string? WhyNot(string relative) => File.Exists(Path(relative)) ? null : $"../shared/data/{relative} is not present";

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }
}
