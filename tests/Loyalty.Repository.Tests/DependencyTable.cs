namespace Loyalty.Repository.Tests;

/// <summary>What one project may use.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Projects">Direct references. <c>default:NAME</c>: only in the default build.</param>
/// <param name="Packages">Direct packages. <c>azure:NAME</c>: only with <c>-p:AzurePackages=true</c>.</param>
/// <param name="AspNet">Whether it may use ASP.NET Core's shared framework.</param>
/// <param name="NeverNames">Namespaces that its code may not even name, though they are reachable through others.</param>
internal sealed record DependencyRow(string Project, string[] Projects, string[] Packages, bool AspNet, string[] NeverNames);

/// <summary>
/// The arrows between projects (docs/architecture.md). A new arrow is a decision about the architecture: change this table and that page together,
/// or do without the arrow.
/// </summary>
internal static class DependencyTable
{
    private const string Core = "Loyalty.Core";
    private const string Engine = "Loyalty.Engine";
    private const string Simulation = "Loyalty.Simulation";
    private const string Connectors = "Loyalty.Connectors";
    private const string Delivery = "Loyalty.Delivery";
    private const string Sqlite = "Loyalty.Storage.Sqlite";
    private const string Cosmos = "Loyalty.Storage.Cosmos";
    private const string Contracts = "Loyalty.AzureContracts";
    private const string Functions = "Loyalty.Functions";
    private const string LocalHost = "Loyalty.LocalHost";

    private static readonly string[] Azure = ["Azure", "Microsoft.Azure", "Microsoft.DurableTask", "DurableTask"];
    private static readonly string[] Stores = ["Loyalty.Storage", "Microsoft.Data.Sqlite", "SQLitePCL", "Microsoft.Azure.Cosmos"];

    public static IReadOnlyList<DependencyRow> Rows { get; } =
    [
        new(Core, [], ["NodaTime"], AspNet: false, [.. Azure, "System.IO", "System.Net", "System.Threading.Tasks", "Microsoft.Extensions"]),
        new(Engine, [Core], ["YamlDotNet"], AspNet: false, [.. Azure, "Microsoft.AspNetCore"]),
        new(Simulation, [Engine, Core], [], AspNet: false, [.. Azure, .. Stores, "System.Net.Http", "Microsoft.AspNetCore"]),
        new(Contracts, [], ["Azure.Core"], AspNet: true, ["Loyalty.Core", "Loyalty.Engine"]),
        new(Connectors, [Engine, Core], [], AspNet: false, [.. Azure, "Microsoft.AspNetCore"]),
        new(Delivery, [Engine, Core, "default:" + Contracts], ["Handlebars.Net", "Azure.Core", "azure:Azure.Communication.Email"], AspNet: false, ["Microsoft.AspNetCore"]),
        new(Sqlite, [Engine, Core], ["Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"], AspNet: false, [.. Azure, "Microsoft.AspNetCore"]),
        new(
            Cosmos,
            [Engine, Core],
            ["Azure.Core", "Microsoft.Azure.Cosmos", "Newtonsoft.Json"],
            AspNet: false,
            ["Microsoft.Azure.Functions", "Microsoft.DurableTask", "Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "Newtonsoft"]),
        new(
            Functions,
            [Engine, Core, Simulation, Connectors, Delivery, Cosmos, "default:" + Contracts],
            [
                "Azure.Identity",
                "Azure.Monitor.OpenTelemetry.Exporter",
                "OpenTelemetry.Exporter.OpenTelemetryProtocol",
                "OpenTelemetry.Extensions.Hosting",
                "OpenTelemetry.PersistentStorage.FileSystem",
                "azure:Microsoft.Azure.Functions.Worker",
                "azure:Microsoft.Azure.Functions.Worker.Sdk",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.Http",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.Http.AspNetCore",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.Timer",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.ServiceBus",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.DurableTask",
                "azure:Microsoft.Azure.Functions.Worker.Extensions.DurableTask.AzureManaged",
                "azure:Microsoft.Azure.Functions.Worker.OpenTelemetry",
                "azure:Azure.Messaging.ServiceBus",
                "azure:Azure.Communication.Email",
            ],
            AspNet: true,
            ["Loyalty.Storage.Sqlite", "Loyalty.LocalHost", "Microsoft.Data.Sqlite", "SQLitePCL"]),
        new(LocalHost, [Functions, "default:" + Contracts, Sqlite, Simulation], [], AspNet: true, ["Loyalty.Storage.Cosmos", "Microsoft.Azure.Cosmos"]),
        new("Loyalty.Cli", [LocalHost, Simulation], ["System.CommandLine", "Spectre.Console", "CsvHelper"], AspNet: true, Stores),
    ];
}
