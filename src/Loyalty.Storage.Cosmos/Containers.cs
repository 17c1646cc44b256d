using System.Collections.ObjectModel;
using Microsoft.Azure.Cosmos;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// The containers of the account, as the deployment (bicep/) and the tests make them: the one place where names, partition keys, time to live and
/// indexing are written down. A test compares bicep/ with this list.
/// </summary>
public static class Containers
{
    /// <summary>The database. Setting <c>Cosmos__Database</c> names another one.</summary>
    public const string Database = "loyalty";

    /// <summary>Everything: customers, identifiers, accepted events, definitions, limits.</summary>
    public const string State = "state";

    /// <summary>Every container.</summary>
    public static IReadOnlyList<ContainerSpecification> All { get; } =
    [
        new(
            State,
            PartitionKey: "/pk",
            // On, but nothing goes without a ttl of its own: a document that may expire carries one.
            DefaultTtlSeconds: -1,
            // wakeAt: the due scan. kind: reports. pk: queries inside a partition. Ids and change times are always indexed. Nothing else is: every
            // further path makes every write dearer.
            IncludedPaths: ["/wakeAt/?", "/kind/?", "/pk/?"],
            ExcludedPaths: ["/*"]),
    ];

    /// <summary>Makes database and containers that are not there. For emulators and tests: in Azure the deployment makes them, and an identity with data access alone may not.</summary>
    /// <param name="client">An account that may be changed through it.</param>
    /// <param name="database">Its name.</param>
    /// <param name="cancellation">Gives up; what was made stays.</param>
    public static async Task CreateMissingAsync(CosmosClient client, string database = Database, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        Database made = await client.CreateDatabaseIfNotExistsAsync(database, cancellationToken: cancellation);
        foreach (var one in All) await made.CreateContainerIfNotExistsAsync(one.ToProperties(), cancellationToken: cancellation);
    }
}

/// <summary>One container.</summary>
/// <param name="Name">Its id.</param>
/// <param name="PartitionKey">Path of the partition key (hash, version 2).</param>
/// <param name="DefaultTtlSeconds">-1: on, documents without a <c>ttl</c> stay.</param>
/// <param name="IncludedPaths">Indexed.</param>
/// <param name="ExcludedPaths">Not indexed.</param>
public sealed record ContainerSpecification(
    string Name, string PartitionKey, int DefaultTtlSeconds, IReadOnlyList<string> IncludedPaths, IReadOnlyList<string> ExcludedPaths)
{
    internal ContainerProperties ToProperties()
    {
        var properties = new ContainerProperties(Name, PartitionKey)
        {
            PartitionKeyDefinitionVersion = PartitionKeyDefinitionVersion.V2,
            DefaultTimeToLive = DefaultTtlSeconds,
            IndexingPolicy = new IndexingPolicy { Automatic = true, IndexingMode = IndexingMode.Consistent },
        };
        Collection<IncludedPath> included = properties.IndexingPolicy.IncludedPaths;
        foreach (var path in IncludedPaths) included.Add(new IncludedPath { Path = path });
        foreach (var path in ExcludedPaths) properties.IndexingPolicy.ExcludedPaths.Add(new ExcludedPath { Path = path });
        return properties;
    }
}
