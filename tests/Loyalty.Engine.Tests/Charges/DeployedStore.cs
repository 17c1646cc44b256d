using Loyalty.CosmosGateway;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Cosmos;
using NodaTime;

namespace Loyalty.Engine.Tests.Charges;

/// <summary>The store as it is deployed: Cosmos DB, personal data sealed.</summary>
internal static class DeployedStore
{
    public static IDocumentStore Of(GatewayAccount account, IClock clock)
    {
        var store = new CosmosDocumentStore(account.CreateClient(), clock);
        return new SealedDocumentStore(store, new KeyRing(store, new PlainMasterKey()), packFrom: SealedDocumentStore.PackFromInCosmos);
    }

    /// <summary>Wraps nothing: what a master key costs is paid once per process.</summary>
    private sealed class PlainMasterKey : IMasterKey
    {
        public string Name => "plain";

        public Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default) =>
            Task.FromResult(new WrappedKey(Name, Convert.ToBase64String(key.Span)));

        public Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default) => Task.FromResult(Convert.FromBase64String(wrapped.Bytes));
    }
}
