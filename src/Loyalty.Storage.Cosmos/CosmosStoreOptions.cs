namespace Loyalty.Storage.Cosmos;

/// <summary>How a <see cref="CosmosDocumentStore"/> works; the defaults are those of the deployed program.</summary>
public sealed record CosmosStoreOptions
{
    /// <summary>Which database. Default <see cref="Containers.Database"/>.</summary>
    public string Database { get; init; } = Containers.Database;

    /// <summary>Which container. Default <see cref="Containers.State"/>.</summary>
    public string Container { get; init; } = Containers.State;

    /// <summary>
    /// Waits before a call is made again that failed in a way which may pass (503, 408, 449, a broken connection); as many retries as waits.
    /// 429 is not among them: the SDK itself waits as long as the service says, nine times and 30 s at most. Default 50, 200, 800 ms.
    /// </summary>
    public IReadOnlyList<TimeSpan> RetryWaits { get; init; } =
        [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(800)];
}

/// <summary>How a client reaches the account.</summary>
public sealed record CosmosClientSettings
{
    /// <summary>
    /// Regions of the account, nearest first; reads and, after a failover, writes go to the first that answers. Default none: the account's own
    /// address, which always leads to the write region.
    /// </summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>
    /// True: single writes of many callers travel together (<c>AllowBulkExecution</c>), for imports: more throughput, each write later. Default false.
    /// </summary>
    public bool Bulk { get; init; }

    /// <summary>True: TCP straight to the replicas; needs ports 10250 to 20000 open. Default false: HTTPS through the gateway, as the tests do.</summary>
    public bool Direct { get; init; }

    /// <summary>Sends the requests; for tests. Default null: the SDK's own.</summary>
    public Func<HttpClient>? HttpClientFactory { get; init; }
}
