using System.Collections.Concurrent;
using Loyalty.Storage.Cosmos;
using Microsoft.Azure.Cosmos;
using NodaTime;

namespace Loyalty.CosmosGateway;

/// <summary>
/// Stands for a Cosmos DB account inside this process: the unmodified SDK in gateway mode talks to it through its <see cref="HttpClient"/>. Documents lie
/// in a SQLite file of its own, several physical partitions are real, conditions and time to live hold, charges follow the published table, and calls can
/// be made to fail. It serves what the adapter uses and refuses everything else.
/// </summary>
public sealed class GatewayAccount : IDisposable
{
    private readonly GatewayFile _file;
    private readonly GatewayHandler _handler;
    private readonly ConcurrentBag<CosmosClient> _clients = [];

    private GatewayAccount(GatewayFile file, Func<Instant> now, int ranges)
    {
        _file = file;
        _handler = new GatewayHandler(file, new GatewayData(file, now), PartitionRange.Split(ranges), Faults, Charges);
    }

    /// <summary>Where calls go wrong.</summary>
    public Faults Faults { get; } = new();

    /// <summary>What was charged.</summary>
    public Charges Charges { get; } = new();

    /// <summary>Opens the account in a file; made if it is not there, with its containers.</summary>
    /// <param name="path">The SQLite file.</param>
    /// <param name="now">The service's clock, which counts the time to live.</param>
    /// <param name="ranges">Physical partitions, 1 to 16.</param>
    public static async Task<GatewayAccount> OpenAsync(string path, Func<Instant> now, int ranges = 3)
    {
        var gateway = new GatewayAccount(new GatewayFile(path), now, ranges);
        await Containers.CreateMissingAsync(gateway.CreateClient());
        gateway.Charges.Clear();
        return gateway;
    }

    /// <summary>A client of its own, as another process would have; disposed with the gateway.</summary>
    public CosmosClient CreateClient(bool bulk = false)
    {
        var settings = new CosmosClientSettings { Bulk = bulk, HttpClientFactory = () => new HttpClient(_handler, disposeHandler: false) };
        // Any key does: nobody checks it.
        var client = CosmosClients.CreateWithKey(new Uri("https://gateway.test"), Convert.ToBase64String("no key"u8), settings);
        _clients.Add(client);
        return client;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _handler.Dispose();
        _file.Dispose();
    }
}

/// <summary>Request units, call by call.</summary>
public sealed class Charges
{
    private readonly ConcurrentQueue<Charge> _calls = new();

    /// <summary>All of them since the last <see cref="Clear"/>.</summary>
    public double Total => _calls.Sum(static one => one.RequestUnits);

    public IReadOnlyList<Charge> Calls => [.. _calls];

    public void Clear() => _calls.Clear();

    internal void Add(string operation, string what, double requestUnits) => _calls.Enqueue(new Charge(operation, what, requestUnits));
}

/// <param name="Operation">read, create, batch, …</param>
/// <param name="What">Which documents.</param>
/// <param name="RequestUnits">Its charge.</param>
public sealed record Charge(string Operation, string What, double RequestUnits);
