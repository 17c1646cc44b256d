using System.Reflection;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Loyalty.Engine.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace Loyalty.Functions.Telemetry;

/// <summary>
/// Where traces, metrics and logs go, in both builds: to Application Insights where its connection string is set (signed in with the app's
/// identity), to any OpenTelemetry collector where its address is set, else nowhere, and nothing is recorded.
/// </summary>
public static class TelemetryComposition
{
    /// <summary>Application Insights: where it is and which component; no secret, since it takes no key.</summary>
    public const string InsightsSetting = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>OpenTelemetry's own setting: address of a collector.</summary>
    public const string CollectorSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Ours, HTTP in and out, and what the Azure SDK says of Service Bus, Cosmos DB and mail.</summary>
    private static readonly string[] Sources = [Tracing.SourceName, "Microsoft.AspNetCore", "System.Net.Http", "Azure.*"];

    private static readonly string[] Meters = [Measures.MeterName, "Loyalty.*", "Microsoft.AspNetCore.Hosting", "System.Net.Http", "System.Runtime", "Azure.*"];

    /// <summary>Adds what the settings ask for.</summary>
    public static void AddLoyaltyTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var insights = configuration[InsightsSetting] is { Length: > 0 } text ? text : null;
        var collector = configuration[CollectorSetting] is { Length: > 0 };
        if (insights is null && !collector) return;
        var version = typeof(TelemetryComposition).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("loyalty-functions", serviceVersion: version))
            .WithTracing(static tracing => tracing.AddSource(Sources))
            .WithMetrics(static metrics => metrics.AddMeter(Meters))
            .WithLogging();
        if (collector) telemetry.UseOtlpExporter();
        if (insights is null) return;
        telemetry.UseAzureMonitorExporter(options =>
        {
            options.ConnectionString = insights;
            options.Credential = new DefaultAzureCredential();
        });
    }
}
