using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>The repository's files, as far as they are committed: what .gitignore names is left out.</summary>
internal static class House
{
    /// <summary>Files larger than this are data, not text that somebody wrote.</summary>
    private const long MaxTextBytes = 1 << 20;

    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".sln", ".md", ".yaml", ".yml", ".json", ".hbs", ".txt", ".svg", ".editorconfig", ".gitignore", "/run"];

    /// <summary>The folder with LoyaltyFunctions.sln.</summary>
    public static string Root => SourceTree.Root;

    /// <summary>Every committed file, as a path from the root with slashes, sorted.</summary>
    public static IReadOnlyList<string> Files { get; } = FindFiles();

    /// <summary>Committed files by ending.</summary>
    public static IEnumerable<string> WithEnding(string ending) => Files.Where(file => file.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>C# files under a folder.</summary>
    public static IEnumerable<string> CSharp(string folder = "") =>
        WithEnding(".cs").Where(file => file.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>Files that people read.</summary>
    public static IEnumerable<string> Texts() =>
        Files.Where(file => TextEndings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)) && new FileInfo(Full(file)).Length <= MaxTextBytes);

    public static string Full(string file) => Path.Combine(Root, file);

    public static bool Exists(string file) => File.Exists(Full(file));

    /// <summary>A file's text; a missing file fails the test with its name.</summary>
    public static string Read(string file)
    {
        Assert.True(Exists(file), $"{file} is missing.");
        return File.ReadAllText(Full(file));
    }

    /// <summary>Fails with every finding at once.</summary>
    public static void AssertNone(IEnumerable<string> findings, string rule)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{rule}\n  {string.Join("\n  ", all)}");
    }

    private static List<string> FindFiles()
    {
        var (folders, names) = ReadIgnored();
        var files = new List<string>();
        Walk(new DirectoryInfo(Root), "");
        files.Sort(StringComparer.Ordinal);
        return files;

        void Walk(DirectoryInfo folder, string path)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo inner)
                {
                    if (inner.LinkTarget is null && !folders.Contains(inner.Name)) Walk(inner, path + inner.Name + "/");
                }
                else if (entry.Name != ".git" && !names.Any(name => name.IsMatch(entry.Name)))
                {
                    files.Add(path + entry.Name);
                }
            }
        }
    }

    /// <summary>The two shapes that our .gitignore uses: <c>folder/</c> and a file name with <c>*</c>.</summary>
    private static (HashSet<string> Folders, List<Regex> Names) ReadIgnored()
    {
        var folders = new HashSet<string>(StringComparer.Ordinal) { ".git" };
        var names = new List<Regex>();
        foreach (var line in File.ReadAllLines(Path.Combine(Root, ".gitignore")).Select(line => line.Trim()))
        {
            if (line.Length == 0 || line.StartsWith('#')) continue;
            if (line.EndsWith('/')) folders.Add(line.Trim('/'));
            else names.Add(new Regex("^" + Regex.Escape(line).Replace("\\*", ".*", StringComparison.Ordinal) + "$"));
        }

        return (folders, names);
    }
}
