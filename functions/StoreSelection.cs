using Loyalty.Engine.Storage;
using Loyalty.Functions.Settings;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions;

/// <summary>The store of the deployed build, by the setting <c>Store</c>.</summary>
public static class StoreSelection
{
    /// <exception cref="SettingsException">The setting names no store that this build has.</exception>
    public static IDocumentStore FromSettings(IServiceProvider services, IConfiguration configuration) => throw new SettingsException(
        [$"Store is '{configuration["Store"]}'; this build has no Cosmos DB adapter yet: run on one machine with Store=sqlite:<file> (loyalty run)"]);
}
