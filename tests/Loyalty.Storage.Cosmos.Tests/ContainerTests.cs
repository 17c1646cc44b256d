using Loyalty.CosmosGateway;
using Loyalty.Repository.Tests;
using Microsoft.Azure.Cosmos;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary><see cref="Containers"/> is what is deployed and what is made.</summary>
public sealed class ContainerTests
{
    [Fact]
    public void Bicep_Containers_AreThoseOfTheAdapter()
    {
        string files = string.Concat(Directory.EnumerateFiles(House.Full("bicep"), "*.bicep", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (var container in Containers.All)
        {
            string[] needed = [container.Name, container.PartitionKey, .. container.IncludedPaths, .. container.ExcludedPaths];
            Assert.All(needed, text => Assert.Contains($"'{text}'", files, StringComparison.Ordinal));
            Assert.Contains($"defaultTtl: {container.DefaultTtlSeconds}", files, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CreateMissingAsync_Twice_MakesWhatTheListSays()
    {
        string folder = Directory.CreateTempSubdirectory("loyalty-cosmos-").FullName;
        using (var gateway = await GatewayAccount.OpenAsync(Path.Combine(folder, "account.db"), static () => Instant.FromUtc(2026, 3, 1, 12, 0)))
        {
            var client = gateway.CreateClient();
            await Containers.CreateMissingAsync(client);
            ContainerProperties made = await client.GetContainer(Containers.Database, Containers.State).ReadContainerAsync();
            var listed = Containers.All.Single();
            Assert.Equal(listed.PartitionKey, made.PartitionKeyPath);
            Assert.Equal(listed.DefaultTtlSeconds, made.DefaultTimeToLive);
            Assert.Equal(listed.IncludedPaths, made.IndexingPolicy.IncludedPaths.Select(static path => path.Path));
            Assert.Equal(listed.ExcludedPaths, made.IndexingPolicy.ExcludedPaths.Select(static path => path.Path));
        }

        Directory.Delete(folder, recursive: true);
    }
}
