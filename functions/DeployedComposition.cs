using Loyalty.Functions.Access;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions;

/// <summary>What the deployed build adds to the composition that both builds share.</summary>
public static class DeployedComposition
{
    /// <summary>Adds the program on the store that the settings name, behind the platform's front end.</summary>
    /// <inheritdoc cref="Composition.AddLoyalty" path="/exception"/>
    public static void AddDeployedLoyalty(this IFunctionsWorkerApplicationBuilder builder, IConfiguration configuration)
    {
        builder.Services.AddSingleton(PlatformHeaders.Of(Environment.GetEnvironmentVariable));
        builder.AddLoyalty(configuration, StoreSelection.FromSettings);
    }
}
