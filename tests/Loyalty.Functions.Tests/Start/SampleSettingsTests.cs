using System.Text.Json;
using System.Text.RegularExpressions;
using Loyalty.Functions.Privacy;
using Loyalty.Functions.Settings;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Start;

/// <summary>functions/local.settings.sample.json, its gaps filled in as docs/operations/deployed-build.md says, is all that the deployed build asks for.</summary>
public sealed partial class SampleSettingsTests
{
    [Fact]
    public void Sample_FilledIn_IsWhatTheDeployedBuildReadsAtItsStart()
    {
        var settings = LoyaltySettings.Read(Filled());
        Assert.Equal("outbox:outbox", settings.Mail);
        Assert.Equal(["Admin"], settings.Keys.Keys);
        Assert.Equal("https://gap.vault.azure.net/keys/personal-data", Assert.IsType<KeyVaultMasterKey>(MasterKeys.FromSettings(Filled(), fallback: null)).Name);
        using var services = new ServiceCollection().AddSingleton<IClock>(SystemClock.Instance).BuildServiceProvider();
        Assert.IsType<CosmosDocumentStore>(StoreSelection.FromSettings(services, Filled()));
    }

    /// <summary>As the Functions tools hand it over: <c>__</c> becomes <c>:</c>, every gap is filled.</summary>
    private static IConfigurationRoot Filled()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(SourceTree.File("functions", "local.settings.sample.json")));
        return new ConfigurationBuilder().AddInMemoryCollection(sample.RootElement.GetProperty("Values").EnumerateObject().Select(static one => KeyValuePair.Create(
            one.Name.Replace("__", ":", StringComparison.Ordinal),
            (string?)(one.Value.GetString() is { Length: > 0 } value ? Gap().Replace(value, "gap") : "bG95YWx0eSBsb3lhbHR5IGxveWFsdHk=")))).Build();
    }

    [GeneratedRegex("<[a-z]+>")]
    private static partial Regex Gap();
}
