using Microsoft.Extensions.Configuration;

namespace Loyalty.LocalHost.Program;

/// <summary>Settings on one machine: local.settings.json (<c>Values</c>), then the environment, then what the caller gives.</summary>
public static class ProgramSettings
{
    /// <param name="given">Wins over the others; <c>:</c> separates.</param>
    public static IConfiguration Build(IReadOnlyDictionary<string, string?> given)
    {
        var file = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath("local.settings.json"), optional: true).Build();
        var values = file.GetSection("Values").AsEnumerable(makePathsRelative: true)
            .Where(static pair => pair.Value is not null)
            .Select(static pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value));
        return new ConfigurationBuilder().AddInMemoryCollection(values).AddInMemoryCollection(Environments()).AddInMemoryCollection(given).Build();
    }

    /// <summary>A login shell sets <c>MAIL</c>, the user's mailbox: names of settings have no case, and this one is not ours.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Environments() =>
        from System.Collections.DictionaryEntry one in Environment.GetEnvironmentVariables()
        where (string)one.Key != "MAIL"
        select KeyValuePair.Create(((string)one.Key).Replace("__", ":", StringComparison.Ordinal), (string?)one.Value);
}
