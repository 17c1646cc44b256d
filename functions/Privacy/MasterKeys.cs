using Azure.Identity;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Settings;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Privacy;

/// <summary>The setting <c>Privacy__MasterKey</c>: <c>file:&lt;path&gt;</c> or <c>keyvault:&lt;address of a key&gt;</c>.</summary>
public static class MasterKeys
{
    private const string Setting = "Privacy:MasterKey";
    private const string FileScheme = "file:";
    private const string VaultScheme = "keyvault:";

    /// <summary>The master key that the settings name.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="fallback">Where the key file is if nothing is said; null: something has to be said.</param>
    /// <exception cref="SettingsException">It is missing or malformed.</exception>
    public static IMasterKey FromSettings(IConfiguration configuration, string? fallback) => configuration[Setting] switch
    {
        null or "" when fallback is not null => new FileMasterKey(fallback),
        { } value when value.StartsWith(FileScheme, StringComparison.Ordinal) && value.Length > FileScheme.Length => new FileMasterKey(value[FileScheme.Length..]),
        { } value when Vault(value) is { } key => new KeyVaultMasterKey(key, new DefaultAzureCredential(), MakeClient()),
        var value => throw new SettingsException([Finding(value)]),
    };

    /// <summary>What is wrong with the setting; null: nothing, or it is not there.</summary>
    internal static string? Problem(string? value) =>
        value is null or "" || (value.StartsWith(FileScheme, StringComparison.Ordinal) && value.Length > FileScheme.Length) || Vault(value) is not null ? null : Finding(value);

    private static string Finding(string? value) =>
        $"Privacy__MasterKey is '{value}'; expected keyvault:<https address of a key> or file:<path>, e.g. Privacy__MasterKey=keyvault:https://shop.vault.azure.net/keys/personal-data";

    private static Uri? Vault(string value) =>
        value.StartsWith(VaultScheme, StringComparison.Ordinal) && Uri.TryCreate(value[VaultScheme.Length..], UriKind.Absolute, out var key)
        && key.Scheme == Uri.UriSchemeHttps && key.AbsolutePath.StartsWith("/keys/", StringComparison.Ordinal) && key.Segments.Length == 3
            ? key
            : null;

    private static HttpClient MakeClient() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(10) };
}
