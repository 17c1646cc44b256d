using Loyalty.LocalHost.Hosting;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.LocalHost.Tests.Hosting;

/// <summary>The program's own functions fit this host: names, triggers and routes.</summary>
public sealed class RealFunctionsTests
{
    [Fact]
    public void Discover_TheProgramsFunctions_HaveOneTriggerEachAndRoutesThatAzureMatchesAlike()
    {
        var catalog = FunctionCatalog.Discover(typeof(Functions.Composition).Assembly.GetTypes());

        RouteTable.Check(catalog, "api");
        Assert.NotEmpty(catalog.With<HttpTriggerAttribute>());
        Assert.NotEmpty(catalog.With<ServiceBusTriggerAttribute>());
        Assert.NotEmpty(catalog.With<OrchestrationTriggerAttribute>());
        Assert.All(
            catalog.With<HttpTriggerAttribute>(),
            pair => Assert.Equal(AuthorizationLevel.Anonymous, pair.Trigger.AuthLevel));
    }
}
