namespace Loyalty.Repository.Tests;

/// <summary>
/// A test that compares with the public data beside the repository; skipped with its reason where that is absent. Decided when tests are
/// discovered, because xunit 2 cannot skip a test that runs.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute() => Skip = Directory.Exists(Folder) ? null : "../shared/data is not beside the repository, so there is nothing to compare with";

    /// <summary>Where it would be.</summary>
    public static string Folder => Path.Combine(House.Root, "..", "shared", "data");
}
