using System.CommandLine;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.CommandLine;

/// <summary>Options that stand on several verbs and mean the same everywhere.</summary>
internal static class CommonOptions
{
    public static Option<FileInfo?> Data(string @default) => new("--data") { Description = $"The data file. Default: {@default}.", HelpName = "FILE" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON for machines instead of tables." };

    public static Option<DirectoryInfo?> Program() => new("--program")
    {
        Description = "Folder with program.yaml, journeys and templates. Default: the shipped program.",
        HelpName = "DIR",
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "A setting, e.g. --set Keys__Admin=… (docs/reference/settings.md). May be given several times.",
        HelpName = "Key=Value",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>The file that a local verb works on: <c>--data</c>, else the setting <c>Store</c>, else loyalty.db.</summary>
    public static string Path(FileInfo? data, IReadOnlyDictionary<string, string?>? settings = null) => LocalSettings.DataFile(data?.FullName, settings);

    /// <summary>An existing data file.</summary>
    public static string ExistingPath(FileInfo? data)
    {
        var path = Path(data);
        return File.Exists(path)
            ? path
            : throw new UsageException($"There is no data file {path}. Name one with --data FILE; loyalty run --data {System.IO.Path.GetFileName(path)} --program DIR makes one for a program of yours, loyalty demo --data {System.IO.Path.GetFileName(path)} one with a generated shop.");
    }

    /// <summary>Settings as configuration keys (<c>__</c> is the separator).</summary>
    public static Dictionary<string, string?> Settings(string[]? pairs)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in pairs ?? [])
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new UsageException($"--set {pair}: expected Key=Value, e.g. --set Mail=outbox:mails");
            settings[pair[..at].Replace("__", ":", StringComparison.Ordinal)] = pair[(at + 1)..];
        }

        return settings;
    }
}
