using Azure.Identity;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Settings;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions;

/// <summary>The store of the deployed build, by the settings <c>Store</c> and <c>Cosmos__…</c>. No setting of it is a secret: the app's identity opens it.</summary>
public static class StoreSelection
{
    private const string Scheme = "cosmos:";

    /// <exception cref="SettingsException">The settings name no store that this build has.</exception>
    public static IDocumentStore FromSettings(IServiceProvider services, IConfiguration configuration)
    {
        var findings = new List<string>();
        var endpoint = Endpoint(configuration["Store"], findings);
        var direct = IsDirect(configuration["Cosmos:ConnectionMode"], findings);
        if (findings.Count > 0) throw new SettingsException(findings);
        var client = CosmosClients.Create(
            endpoint!,
            new DefaultAzureCredential(),
            new CosmosClientSettings { Regions = Regions(configuration["Cosmos:Regions"]), Direct = direct });
        var database = configuration["Cosmos:Database"] is { Length: > 0 } name ? name : Containers.Database;
        return new CosmosDocumentStore(client, services.GetRequiredService<IClock>(), new CosmosStoreOptions { Database = database });
    }

    private static Uri? Endpoint(string? store, List<string> findings)
    {
        if (store?.StartsWith(Scheme, StringComparison.Ordinal) == true
            && Uri.TryCreate(store[Scheme.Length..], UriKind.Absolute, out var endpoint)
            && endpoint.Scheme == Uri.UriSchemeHttps)
        {
            return endpoint;
        }

        findings.Add(
            $"Store is '{store}'; expected cosmos:<https endpoint>, e.g. Store=cosmos:https://shop.documents.azure.com (a file is for one machine: loyalty run --data <file>)");
        return null;
    }

    private static bool IsDirect(string? mode, List<string> findings)
    {
        if (mode is null or "" or "gateway") return false;
        if (mode == "direct") return true;
        findings.Add($"Cosmos__ConnectionMode is '{mode}'; expected gateway or direct, e.g. Cosmos__ConnectionMode=gateway");
        return false;
    }

    private static string[] Regions(string? regions) =>
        regions?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
