using System.Text;

namespace Loyalty.Connectors.Tests;

/// <summary>Files beside the tests: fixtures written for this project, golden files, and the shared data where it is present.</summary>
internal static class RepositoryFiles
{
    public static byte[] Fixture(string name) => File.ReadAllBytes(SourceTree.File("tests", "Loyalty.Connectors.Tests", "fixtures", name));

    public static IEnumerable<string> FixtureNames(string pattern) =>
        Directory.EnumerateFiles(SourceTree.File("tests", "Loyalty.Connectors.Tests", "fixtures"), pattern).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>A file of the shared data; its tests carry <see cref="SharedDataFactAttribute"/>.</summary>
    public static byte[] Shared(string path) => File.ReadAllBytes(SharedData.Full(path));

    public static string SharedPath(string path) => SharedData.Full(path);

    /// <summary>Compares with golden/{name}; set UPDATE_GOLDEN=1 to write it anew after reading the difference.</summary>
    public static void AssertGolden(string name, string actual)
    {
        var path = SourceTree.File("tests", "Loyalty.Connectors.Tests", "golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual, new UTF8Encoding(false));
        }

        Assert.True(File.Exists(path), $"golden/{name} is missing; run once with UPDATE_GOLDEN=1 and read it.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }
}
