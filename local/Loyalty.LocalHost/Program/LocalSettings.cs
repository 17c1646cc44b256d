using Loyalty.Functions.Settings;
using Microsoft.Extensions.Configuration;

namespace Loyalty.LocalHost.Program;

/// <summary>The settings <c>Store</c> and <c>Bus</c> on one machine.</summary>
public static class LocalSettings
{
    private const string Sqlite = "sqlite:";

    /// <summary>The data file: what was given, else that of <c>Store</c>, else <c>loyalty.db</c> in the current folder.</summary>
    /// <param name="given">Of <c>--data</c>; overrides <c>Store</c>.</param>
    /// <param name="settings">Over those of the environment and local.settings.json; <c>:</c> separates.</param>
    /// <exception cref="SettingsException"><c>Store</c> names no file.</exception>
    public static string DataFile(string? given, IReadOnlyDictionary<string, string?>? settings = null)
    {
        if (given is not null) return given;
        var configuration = ProgramSettings.Build(settings ?? new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase));
        if (configuration["Store"] is not { Length: > 0 } store) return Path.GetFullPath("loyalty.db");
        if (IsFile(store)) return Path.GetFullPath(store[Sqlite.Length..]);
        var findings = new List<string> { StoreFinding(store) };
        findings.AddRange(Findings(configuration));
        throw new SettingsException(findings);
    }

    /// <summary>Everything wrong with the settings of a host, before it makes its file.</summary>
    /// <exception cref="SettingsException">Lists every finding.</exception>
    internal static void Check(IConfiguration configuration)
    {
        var findings = Findings(configuration);
        if (findings.Count > 0) throw new SettingsException(findings);
    }

    private static bool IsFile(string store) => store.StartsWith(Sqlite, StringComparison.Ordinal) && store.Length > Sqlite.Length;

    private static string StoreFinding(string store) =>
        $"Store is '{store}', which this machine does not have; expected sqlite:<file>, e.g. Store=sqlite:loyalty.db (or --data FILE)";

    private static List<string> Findings(IConfiguration configuration)
    {
        var findings = new List<string>();
        if (configuration["Bus"] is { Length: > 0 } bus && bus != "local") findings.Add($"Bus is '{bus}', which this machine does not have; expected local, e.g. Bus=local");
        try
        {
            LoyaltySettings.Read(configuration);
        }
        catch (SettingsException others)
        {
            // The first of them says it better for a machine that has no bus of Azure's.
            findings.AddRange(others.Findings.Where(one => findings.Count == 0 || !one.StartsWith("Bus is ", StringComparison.Ordinal)));
        }

        return findings;
    }
}
