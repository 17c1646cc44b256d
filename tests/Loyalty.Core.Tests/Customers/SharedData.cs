namespace Loyalty.Core.Tests.Customers;

/// <summary>Real payloads beside the repository; a test that needs them is skipped where they are absent.</summary>
internal static class SharedData
{
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "LoyaltyFunctions.sln"))) continue;
            var path = System.IO.Path.Combine(folder.FullName, "..", "shared", "data", relative);
            if (File.Exists(path)) return path;
        }

        throw new InvalidOperationException($"$XunitDynamicSkip$../shared/data/{relative} is not here.");
    }
}
