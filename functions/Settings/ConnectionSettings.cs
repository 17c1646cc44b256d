using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Settings;

/// <summary>
/// Settings that the deployment makes beside the program's own, and that have to agree with them: triggers take their connections by other
/// names than the program.
/// </summary>
public static class ConnectionSettings
{
    /// <summary>How an app setting begins that names a secret; the platform puts the secret's value in its place, or leaves it if it cannot.</summary>
    private const string Reference = "@Microsoft.KeyVault(";

    private const string Bus = "servicebus:";
    private const string Domain = ".servicebus.windows.net";

    /// <summary>What is wrong, each with its name, what was expected and an example.</summary>
    public static IEnumerable<string> Findings(IConfiguration configuration)
    {
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            // Left as it is, it would be a key or secret that anybody can guess who knows the vault's name.
            if (value?.StartsWith(Reference, StringComparison.OrdinalIgnoreCase) != true) continue;
            var name = key.Replace(":", "__", StringComparison.Ordinal);
            yield return $"{name} is a reference to Key Vault that was not resolved; expected a secret that is there and an identity that may read it, "
                + $"e.g. az keyvault secret set --vault-name <vault> --name {name.Replace("__", "--", StringComparison.Ordinal)} --value <the secret>, then a restart";
        }

        if (BusFinding(configuration["Bus"], configuration["ServiceBus:fullyQualifiedNamespace"]) is { } finding) yield return finding;
    }

    private static string? BusFinding(string? bus, string? triggers)
    {
        if (bus is null or "" or "local") return null;
        if (!bus.StartsWith(Bus, StringComparison.Ordinal) || bus.Length == Bus.Length)
            return $"Bus is '{bus}'; expected local or servicebus:<namespace>, e.g. Bus=servicebus:shop";
        var name = bus[Bus.Length..];
        var expected = name.Contains('.', StringComparison.Ordinal) ? name : name + Domain;
        return string.Equals(triggers, expected, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"ServiceBus__fullyQualifiedNamespace is '{triggers}' and Bus is '{bus}'; expected the same namespace in both, e.g. ServiceBus__fullyQualifiedNamespace={expected}";
    }
}
