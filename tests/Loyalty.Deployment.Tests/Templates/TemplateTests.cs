using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Loyalty.Functions.Events;
using Loyalty.Functions.Settings;
using Loyalty.Storage.Cosmos;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Deployment.Tests.Templates;

/// <summary>What the templates make is what the program expects: the queue, the settings, the host's file. bicep/tests checks the templates themselves.</summary>
public sealed partial class TemplateTests
{
    [Fact]
    public void Queue_OfTheTemplate_IsTheTriggersAndHasWhatItNeeds()
    {
        var template = House.Read("bicep/modules/servicebus.bicep");
        Assert.Equal(ApplyCustomerEvent.Queue, QueueName().Match(template).Groups[1].Value);
        Assert.Contains("requiresSession: true", template, StringComparison.Ordinal);
        Assert.Contains("requiresDuplicateDetection: true", template, StringComparison.Ordinal);
    }

    [Fact]
    public void Containers_OfTheTemplate_AreTheAdapters()
    {
        var template = House.Read("bicep/modules/cosmos.bicep");
        Assert.Contains($"var databaseName = '{Containers.Database}'", template, StringComparison.Ordinal);
        var told = Container().Matches(template).Select(static match => (
            Name: match.Groups["name"].Value,
            Key: match.Groups["key"].Value,
            Ttl: match.Groups["ttl"].Value,
            Included: Paths(match.Groups["included"].Value),
            Excluded: Paths(match.Groups["excluded"].Value)));
        var expected = Containers.All.Select(static one => (
            one.Name,
            Key: one.PartitionKey,
            Ttl: one.DefaultTtlSeconds.ToString(CultureInfo.InvariantCulture),
            Included: string.Join(' ', one.IncludedPaths.Order(StringComparer.Ordinal)),
            Excluded: string.Join(' ', one.ExcludedPaths.Order(StringComparer.Ordinal))));
        Assert.Equal(expected, told);

        static string Paths(string list) => string.Join(' ', list.Split(',').Select(static path => path.Trim(' ', '\'')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Settings_OfTheTemplate_AreTakenByTheProgram()
    {
        var names = VaultSetting().Matches(House.Read("bicep/main.bicep")).Select(static match => match.Groups["name"].Value).Distinct().ToList();
        Assert.True(names.Count >= 7, $"only {names.Count} settings: the reader has lost its way");
        var values = names.ToDictionary(static name => name.Replace("__", ":", StringComparison.Ordinal), static name => (string?)Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(name.PadRight(32, '.'))));
        values["Mail"] = "acs:https://acs-loyalty.communication.example";
        values["Links:Url"] = "https://func-loyalty.azurewebsites.example/api";
        values["Bus"] = "servicebus:sb-loyalty";
        values["ServiceBus:fullyQualifiedNamespace"] = "sb-loyalty.servicebus.windows.net";
        values["Durable:ParkLongerThan"] = ParkLongerThan().Match(House.Read("bicep/main.bicep")).Groups[1].Value;

        var settings = LoyaltySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());

        Assert.Equal(5, settings.Keys.Count);
        Assert.Equal(24, settings.ParkLongerThan.TotalHours);
        Assert.NotEmpty(settings.Connector("shopify").Secrets);
    }

    [Fact]
    public void HostFile_OfTheDeployedBuild_StandsInTheOutputsRoot()
    {
        using var host = JsonDocument.Parse(House.Read("host.json"));
        Assert.Equal("OpenTelemetry", host.RootElement.GetProperty("telemetryMode").GetString());
        var durable = host.RootElement.GetProperty("extensions").GetProperty("durableTask");
        Assert.Equal("%TASKHUB_NAME%", durable.GetProperty("hubName").GetString());
        Assert.Equal("DURABLE_TASK_SCHEDULER_CONNECTION_STRING", durable.GetProperty("storageProvider").GetProperty("connectionStringName").GetString());
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "host.json")), "host.json is not copied to the output's root");
    }

    [Fact]
    public void SampleSettings_EveryNameThatTheHostFileAsksFor_IsThere()
    {
        using var sample = JsonDocument.Parse(House.Read("functions/local.settings.sample.json"));
        var names = sample.RootElement.GetProperty("Values").EnumerateObject().Select(static one => one.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "DURABLE_TASK_SCHEDULER_CONNECTION_STRING", "ServiceBus__fullyQualifiedNamespace", "Store", "Mail"]), names);
        Assert.All(Placeholder().Matches(House.Read("host.json")).Select(static match => match.Groups[1].Value), name => Assert.Contains(name, names));
        Assert.Equal("dotnet-isolated", sample.RootElement.GetProperty("Values").GetProperty("FUNCTIONS_WORKER_RUNTIME").GetString());
    }

    [GeneratedRegex(@"namespaces/queues@[^']+' = \{\s+parent: \w+\s+name: '([^']+)'")]
    private static partial Regex QueueName();

    [GeneratedRegex(@"^  '(?<name>(?:Keys|Connectors|Links|Me)__\w+)'$", RegexOptions.Multiline)]
    private static partial Regex VaultSetting();

    [GeneratedRegex(@"param parkLongerThan string = '([^']+)'")]
    private static partial Regex ParkLongerThan();

    [GeneratedRegex(
        @"name: '(?<name>\w+)'\s+partitionKey: '(?<key>[^']+)'\s+defaultTtl: (?<ttl>-?\d+)\s+includedPaths: \[(?<included>[^\]]*)\]\s+excludedPaths: \[(?<excluded>[^\]]*)\]")]
    private static partial Regex Container();

    [GeneratedRegex("%([A-Z_]+)%")]
    private static partial Regex Placeholder();
}
