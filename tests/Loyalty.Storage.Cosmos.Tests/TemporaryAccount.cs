using Azure.Identity;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Storage;
using Microsoft.Azure.Cosmos;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary>
/// An account of one test: the gateway on a file of its own, or, with the environment variable <c>COSMOS_ENDPOINT</c>, a database of its own in that
/// account or emulator (<c>COSMOS_KEY</c>: by key; without it by the identity of whoever runs the tests). Gone at the end.
/// </summary>
internal sealed class TemporaryAccount
{
    private static readonly string? RealEndpoint = Environment.GetEnvironmentVariable("COSMOS_ENDPOINT");

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-cosmos-").FullName;
    private readonly string _database = "loyalty-test-" + Guid.NewGuid().ToString("n");
    private readonly List<CosmosClient> _clients = [];
    private GatewayAccount? _gateway;

    /// <summary>The gateway's file.</summary>
    public string Path => System.IO.Path.Combine(_folder, "account.db");

    /// <summary>The service's clock; null: ours.</summary>
    public Func<Instant>? ServiceNow { get; init; }

    /// <summary>Whether single writes travel together.</summary>
    public bool Bulk { get; init; }

    /// <summary>Calls go wrong by chance from this seed on; null: none.</summary>
    public int? FaultSeed { get; init; }

    /// <summary>Waits so short that nobody notices, and enough of them for any run of planned faults.</summary>
    public static CosmosStoreOptions Options { get; } = new() { RetryWaits = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(1), 12)] };

    public GatewayAccount Gateway => _gateway ?? throw new InvalidOperationException("There is no gateway, or not yet.");

    /// <summary>A store through a client of its own, as another process would have.</summary>
    public async Task<CosmosDocumentStore> OpenStoreAsync(IClock clock)
    {
        if (RealEndpoint is { Length: > 0 } endpoint) return await OpenRealAsync(endpoint, clock);
        if (_gateway is null)
        {
            _gateway = await GatewayAccount.OpenAsync(Path, ServiceNow ?? clock.GetCurrentInstant);
            if (FaultSeed is { } seed) _gateway.Faults.Randomly(seed, oneIn: 12);
        }

        return new CosmosDocumentStore(_gateway.CreateClient(Bulk), clock, Options);
    }

    public async Task DisposeAsync()
    {
        if (_clients.Count > 0) await _clients[0].GetDatabase(_database).DeleteAsync();
        foreach (var client in _clients) client.Dispose();
        _gateway?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<CosmosDocumentStore> OpenRealAsync(string endpoint, IClock clock)
    {
        var settings = new CosmosClientSettings { Bulk = Bulk };
        var client = Environment.GetEnvironmentVariable("COSMOS_KEY") is { Length: > 0 } key
            ? CosmosClients.CreateWithKey(new Uri(endpoint), key, settings)
            : CosmosClients.Create(new Uri(endpoint), new DefaultAzureCredential(), settings);
        _clients.Add(client);
        await Containers.CreateMissingAsync(client, _database);
        return new CosmosDocumentStore(client, clock, Options with { Database = _database });
    }
}
