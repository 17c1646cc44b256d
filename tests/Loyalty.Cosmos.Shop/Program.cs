using Loyalty.Cli.Demo;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

// The child of the demo's kill test: the shop of CosmosShop with its documents in Cosmos DB. Arguments: FILE ACCOUNT. The test kills it.
using var account = await GatewayAccount.OpenAsync(args[1], static () => Instant.FromUtc(2026, 1, 1, 0, 0));
var options = new DemoOptions
{
    Customers = 10,
    Days = 30,
    Seed = 3,
    DataFile = args[0],
    Json = true,
    Override = services => services.Replace(ServiceDescriptor.Singleton<IDocumentStore>(
        provider => new CosmosDocumentStore(account.CreateClient(), provider.GetRequiredService<IClock>()))),
};
return await new DemoRun(options).RunAsync(CancellationToken.None);
