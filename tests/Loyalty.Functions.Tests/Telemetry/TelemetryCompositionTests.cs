using Loyalty.Functions.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Loyalty.Functions.Tests.Telemetry;

public sealed class TelemetryCompositionTests
{
    /// <summary>An invented component; nothing is sent there, because nothing is recorded.</summary>
    private const string Insights = "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://localhost:9/";

    [Theory]
    [InlineData(TelemetryComposition.InsightsSetting, Insights)]
    [InlineData(TelemetryComposition.CollectorSetting, "http://localhost:9")]
    public void AddLoyaltyTelemetry_WithAPlaceToSendTo_MakesProviders(string setting, string value)
    {
        using var services = Compose((setting, value));

        Assert.NotNull(services.GetService<TracerProvider>());
        Assert.NotNull(services.GetService<MeterProvider>());
    }

    [Fact]
    public void AddLoyaltyTelemetry_WithoutOne_AddsNothing()
    {
        using var services = Compose();

        Assert.Null(services.GetService<TracerProvider>());
        Assert.Null(services.GetService<MeterProvider>());
    }

    private static ServiceProvider Compose(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(static one => one.Name, static one => (string?)one.Value)).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging();
        services.AddLoyaltyTelemetry(configuration);
        return services.BuildServiceProvider();
    }
}
