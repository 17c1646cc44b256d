using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Loyalty.Functions.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Loyalty.Deployment.Tests.Telemetry;

/// <summary>What is measured is exported and documented; what alerts, queries and the dashboard ask for is measured.</summary>
public sealed partial class MetricTests
{
    /// <summary>Tables of Application Insights in a workspace, and Cosmos DB's own, which bicep/modules/cosmos.bicep sends.</summary>
    private static readonly string[] Tables = ["AppMetrics", "AppRequests", "AppDependencies", "AppTraces", "AppExceptions", "CDBPartitionKeyRUConsumption"];

    [Fact]
    public void Meters_EveryOneInTheSources_IsExported()
    {
        Assert.True(Instruments.Meters.Count >= 2, "The reader of meters has lost its way.");
        var exported = Export([.. Instruments.Meters, "Somebody.Else"]);
        Assert.Equal(Instruments.Meters, exported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Instruments_EveryOneInTheSources_IsDocumentedWithItsTags()
    {
        Assert.True(Instruments.InCode.Count >= 12, $"only {Instruments.InCode.Count} instruments: the reader has lost its way");
        House.AssertNone(
            Instruments.InCode.Where(static one => !Instruments.Documented.ContainsKey(one.Name)).Select(static one => $"{one.Name} of {one.File}"),
            "docs/operations/metrics.md does not tell of:");
        House.AssertNone(
            Instruments.InCode.GroupBy(static one => one.File, StringComparer.Ordinal).SelectMany(static file =>
            {
                var told = file.SelectMany(static one => Instruments.Documented[one.Name]).ToHashSet(StringComparer.Ordinal);
                var given = Instruments.TagsOf(file.Key);
                return given.Where(tag => !told.Contains(tag)).Select(tag => $"{file.Key} gives the tag {tag}, which is not told of")
                    .Concat(told.Where(tag => !given.Contains(tag, StringComparer.Ordinal)).Select(tag => $"{file.Key} is said to give the tag {tag}"));
            }),
            "Tags in docs/operations/metrics.md:");
    }

    [Fact]
    public void Documentation_EveryMetric_IsMeasured() => House.AssertNone(
        Instruments.Documented.Keys.Where(static name => !Instruments.InCode.Any(one => one.Name == name)),
        "docs/operations/metrics.md tells of metrics that nothing measures:");

    [Fact]
    public void Queries_EveryTableMetricAndTag_Exists()
    {
        var queries = Queries().ToList();
        Assert.True(queries.Count >= 14, $"only {queries.Count} queries: the reader has lost its way");
        House.AssertNone(
            queries.SelectMany(static query =>
            {
                var metrics = Metric().Matches(query.Text).Select(static match => match.Groups["name"].Value).ToList();
                var tags = metrics.SelectMany(static name => Instruments.Documented.GetValueOrDefault(name, [])).ToHashSet(StringComparer.Ordinal);
                return TablesOf(query.Text).Where(static table => !Tables.Contains(table, StringComparer.Ordinal)).Select(static table => $"there is no table {table}")
                    .Concat(metrics.Where(static name => !Instruments.InCode.Any(one => one.Name == name)).Select(static name => $"nothing measures {name}"))
                    .Concat(Property().Matches(query.Text).Select(static match => match.Groups["name"].Value).Where(tag => !tags.Contains(tag)).Select(tag => $"{string.Join(", ", metrics)} has no tag {tag}"))
                    .Select(finding => $"{query.Name}: {finding}");
            }),
            "Queries that ask for what there is not:");
    }

    [Fact]
    public void Alerts_EveryColumn_IsAnsweredByItsQuery() => House.AssertNone(
        Alert().Matches(House.Read("bicep/modules/alerts.bicep"))
            .Where(static match => !House.Read(match.Groups["file"].Value.Replace("../../", "", StringComparison.Ordinal)).Contains(match.Groups["column"].Value + " =", StringComparison.Ordinal)
                && !House.Read(match.Groups["file"].Value.Replace("../../", "", StringComparison.Ordinal)).Contains(", " + match.Groups["column"].Value, StringComparison.Ordinal))
            .Select(static match => $"{match.Groups["file"].Value} answers no {match.Groups["column"].Value}"),
        "Alerts on columns that their query does not have:");

    [Fact]
    public void Tables_OfCosmosDb_AreSentByItsDiagnostics() =>
        Assert.Contains("category: 'PartitionKeyRUConsumption'", House.Read("bicep/modules/cosmos.bicep"), StringComparison.Ordinal);

    /// <summary>The meters, of those named, whose measures leave the process.</summary>
    private static List<string> Export(IReadOnlyList<string> meters)
    {
        var services = new ServiceCollection();
        services.AddLoyaltyTelemetry(new ConfigurationBuilder().AddInMemoryCollection([new(TelemetryComposition.CollectorSetting, "http://localhost:4317")]).Build());
        List<(string Meter, string Metric)> seen = [];
        using var reader = new BaseExportingMetricReader(new Collector(seen));
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddReader(reader));
        using var provider = services.BuildServiceProvider();
        Assert.NotNull(provider.GetRequiredService<MeterProvider>());
        var living = meters.Select(static name => new Meter(name)).ToList();
        foreach (var meter in living) meter.CreateCounter<long>("test.exported").Add(1);
        Assert.True(reader.Collect());
        foreach (var meter in living) meter.Dispose();
        return [.. seen.Where(static one => one.Metric == "test.exported").Select(static one => one.Meter).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<(string Name, string Text)> Queries() =>
        House.WithEnding(".kql").Select(static file => (file, House.Read(file)))
            .Concat(WorkbookQuery().Matches(House.Read("bicep/modules/workbook.json"))
                .Select(static (match, i) => ($"bicep/modules/workbook.json, query {i + 1}", System.Text.Json.JsonSerializer.Deserialize<string>(match.Groups["text"].Value)!)));

    /// <summary>A query begins with a table, or with a union of some.</summary>
    private static IEnumerable<string> TablesOf(string query) => query.Split('\n').Select(static line => line.Trim())
        .Where(static line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal) && !line.StartsWith('|') && !line.StartsWith("let ", StringComparison.Ordinal))
        .SelectMany(static line => line.Replace("union ", "", StringComparison.Ordinal).Split(',', StringSplitOptions.TrimEntries));

    [GeneratedRegex("(?<name>loyalty\\.[a-z_.]+|azure\\.cosmosdb[a-z_.]+)", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Metric();

    [GeneratedRegex("""Properties\["(?<name>[^"]+)"\]""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Property();

    [GeneratedRegex("""query: loadTextContent\('(?<file>[^']+)'\)\s+column: '(?<column>\w+)'""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Alert();

    [GeneratedRegex("""^\s*"query": (?<text>".*"),?$""", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 5000)]
    private static partial Regex WorkbookQuery();

    private sealed class Collector(List<(string Meter, string Metric)> seen) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch) seen.Add((metric.MeterName, metric.Name));
            return ExportResult.Success;
        }
    }
}
