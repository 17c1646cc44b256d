using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// Request units and troubles as metrics, named as OpenTelemetry names them: <c>azure.cosmosdb.client.operation.request_charge</c> (histogram, RU, by
/// operation and status) and <c>loyalty.cosmos.retries</c> (calls made again, by status).
/// </summary>
internal static class CosmosMeter
{
    public const string Name = "Loyalty.Storage.Cosmos";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Charge = Meter.CreateHistogram<double>(
        "azure.cosmosdb.client.operation.request_charge", "{request_unit}", "Request units of each operation.");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "loyalty.cosmos.retries", "{retry}", "Calls made again after a failure that may pass, by status.");

    public static void Record(string operation, int status, double charge) => Charge.Record(charge, new TagList
    {
        { "db.system.name", "azure.cosmosdb" },
        { "db.operation.name", operation },
        { "db.collection.name", Containers.State },
        { "db.response.status_code", status.ToString(CultureInfo.InvariantCulture) },
    });

    public static void CountRetry(string operation, int status) => Retries.Add(1, new TagList
    {
        { "db.operation.name", operation },
        { "db.response.status_code", status.ToString(CultureInfo.InvariantCulture) },
    });
}
