using Loyalty.Functions.Settings;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Start;

/// <summary>Which store the deployed build takes.</summary>
public sealed class StoreSelectionTests
{
    [Theory]
    [InlineData("cosmos:https://shop.documents.azure.com", null)]
    [InlineData("cosmos:https://localhost:8081/", "direct")]
    public void FromSettings_CosmosEndpoint_IsItsStoreWithoutAnyCall(string store, string? mode) =>
        Assert.IsType<CosmosDocumentStore>(Select(store, mode));

    [Theory]
    [InlineData(null, null, "Store is ''; expected cosmos:<https endpoint>")]
    [InlineData("sqlite:shop.db", null, "Store is 'sqlite:shop.db'; expected cosmos:<https endpoint>")]
    [InlineData("cosmos:http://shop.documents.azure.com", null, "expected cosmos:<https endpoint>")]
    [InlineData("cosmos:shop", "fast", "Cosmos__ConnectionMode is 'fast'; expected gateway or direct")]
    public void FromSettings_NoStoreOfThisBuild_SaysWhatWasExpected(string? store, string? mode, string told) =>
        Assert.Contains(told, Assert.Throws<SettingsException>(() => Select(store, mode)).Message, StringComparison.Ordinal);

    private static Engine.Storage.IDocumentStore Select(string? store, string? mode)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Store"] = store, ["Cosmos:ConnectionMode"] = mode, ["Cosmos:Regions"] = "West Europe, North Europe" }).Build();
        return StoreSelection.FromSettings(new ServiceCollection().AddSingleton<IClock>(SystemClock.Instance).BuildServiceProvider(), configuration);
    }
}
