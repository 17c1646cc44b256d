using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Loyalty.Engine.Telemetry;
using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Telemetry;

/// <summary>What alerts and dashboards ask for is measured, and the page tells of everything that is.</summary>
public sealed class MeasureTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task SignUp_IsMeasuredFromWebhookToMail()
    {
        var seen = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, all) =>
        {
            if (instrument.Meter.Name == Measures.MeterName) all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();

        await program.ShopifyAsync("customers/create", ShopPayloads.Customer(7101, "measure@example.com", "2026-03-02T14:59:00Z"));
        await program.SettleAsync();
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(4));

        // Instruments are the process's: other tests may add to them.
        Assert.True(seen["loyalty.intake.deliveries connector=shopify answer=accepted"] >= 1);
        Assert.True(seen["loyalty.events.applied outcome=applied"] >= 1);
        Assert.True(seen["loyalty.runs.turns journey=welcome"] >= 1);
        Assert.True(seen["loyalty.messages.handed_over template=welcome outcome=accepted"] >= 1);
        Assert.True(seen["loyalty.due.scans"] >= 1);
        Assert.True(seen.ContainsKey("loyalty.due.oldest_age"));
        var page = File.ReadAllText(SourceTree.File("docs", "operations", "metrics.md"));
        Assert.All(seen.Keys, key => Assert.Contains($"`{key.Split(' ')[0]}`", page, StringComparison.Ordinal));

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name;
            foreach (var (name, tag) in tags)
            {
                if (tag is not null) key += $" {name}={tag}";
            }

            seen.AddOrUpdate(key, value, (_, before) => before + value);
        }
    }
}
