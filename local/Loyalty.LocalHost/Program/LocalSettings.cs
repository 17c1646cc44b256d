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
        return store.StartsWith(Sqlite, StringComparison.Ordinal) && store.Length > Sqlite.Length
            ? Path.GetFullPath(store[Sqlite.Length..])
            : throw new SettingsException([$"Store is '{store}', which this machine does not have; expected sqlite:<file>, e.g. Store=sqlite:loyalty.db (or --data FILE)"]);
    }

    /// <summary>Refuses a bus that only Azure has.</summary>
    /// <exception cref="SettingsException"><c>Bus</c> is not <c>local</c>.</exception>
    internal static void CheckBus(IConfiguration configuration)
    {
        if (configuration["Bus"] is { Length: > 0 } bus && bus != "local")
            throw new SettingsException([$"Bus is '{bus}', which this machine does not have; expected local, e.g. Bus=local"]);
    }
}
