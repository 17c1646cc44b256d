using System.Text.Json;
using Azure.Core;
using Microsoft.Azure.Cosmos;

namespace Loyalty.Storage.Cosmos;

/// <summary>Makes clients as <see cref="CosmosDocumentStore"/> wants them. One per account and process; it is safe for any number of callers.</summary>
public static class CosmosClients
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>By identity: nothing here is a secret.</summary>
    /// <param name="endpoint">The account, e.g. <c>https://shop.documents.azure.com</c>.</param>
    /// <param name="credential">Who asks; needs the built-in role "Cosmos DB Built-in Data Contributor".</param>
    /// <param name="settings">How.</param>
    public static CosmosClient Create(Uri endpoint, TokenCredential credential, CosmosClientSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new CosmosClient(endpoint.ToString(), credential, Options(settings ?? new CosmosClientSettings()));
    }

    /// <summary>By key: emulators and test gateways, which know no identities.</summary>
    public static CosmosClient CreateWithKey(Uri endpoint, string key, CosmosClientSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new CosmosClient(endpoint.ToString(), key, Options(settings ?? new CosmosClientSettings()));
    }

    private static CosmosClientOptions Options(CosmosClientSettings settings)
    {
        var options = new CosmosClientOptions
        {
            ApplicationName = "loyalty-functions",
            ConnectionMode = settings.Direct ? ConnectionMode.Direct : ConnectionMode.Gateway,
            ConsistencyLevel = ConsistencyLevel.Session,
            AllowBulkExecution = settings.Bulk,
            EnableContentResponseOnWrite = false,
            RequestTimeout = RequestTimeout,
            // Without regions the SDK must not look for others by itself: it would send a write again whose outcome it does not know and count
            // minutes for it, where the store asks once what became of it.
            LimitToEndpoint = settings.Regions.Count == 0,
            // Documents never pass through it (they travel as bytes); what the SDK itself writes does, e.g. the parameters of a query.
            UseSystemTextJsonSerializerWithOptions = new JsonSerializerOptions(),
            CosmosClientTelemetryOptions = new CosmosClientTelemetryOptions { DisableDistributedTracing = false },
        };
        if (settings.Regions.Count > 0) options.ApplicationPreferredRegions = [.. settings.Regions];
        if (settings.HttpClientFactory is { } factory) options.HttpClientFactory = factory;
        return options;
    }
}
