namespace Loyalty.Tests;

/// <summary>The folder the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>The folder with LoyaltyFunctions.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder in it.</summary>
    public static string File(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"There is no LoyaltyFunctions.sln above {AppContext.BaseDirectory}: run the tests where they were built.");
        return folder.FullName;
    }
}
