using System.Diagnostics;
using System.Diagnostics.Metrics;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Intake;

/// <summary>Counts what came in and what became of it: <c>loyalty.intake.deliveries</c> and <c>loyalty.events.applied</c>.</summary>
public sealed class IntakeCounters : IDisposable
{
    private readonly Meter _meter = new("Loyalty");
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _applied;
    private readonly Counter<long> _fetched;

    public IntakeCounters()
    {
        _deliveries = _meter.CreateCounter<long>("loyalty.intake.deliveries", "{delivery}", "Webhook deliveries by connector and answer.");
        _applied = _meter.CreateCounter<long>("loyalty.events.applied", "{event}", "Events by what became of them.");
        _fetched = _meter.CreateCounter<long>("loyalty.intake.fetches", "{fetch}", "Questions to shops' interfaces by what came of them.");
    }

    /// <summary>A delivery was answered.</summary>
    public void CountDelivery(string connector, string answer, string? reason) =>
        _deliveries.Add(1, new TagList { { "connector", connector }, { "answer", answer }, { "reason", reason } });

    /// <summary>An event was taken from the queue.</summary>
    public void Count(ApplyOutcome outcome) => _applied.Add(1, new TagList
    {
        { "outcome", outcome switch { ApplyOutcome.Applied => "applied", ApplyOutcome.AppliedBefore => "applied-before", ApplyOutcome.Refused => "refused", ApplyOutcome.AwaitsOrder => "awaits-order", ApplyOutcome.AwaitsMessage => "awaits-message", ApplyOutcome.Taken => "taken", _ => "impossible" } },
        { "reason", outcome is ApplyOutcome.Refused refused ? Refusals.RefusalTable.Name(refused.Code) : null },
    });

    /// <summary>A shop's interface was asked.</summary>
    public void CountFetch(ShopReading reading) => _fetched.Add(1, reading switch
    {
        ShopReading.Found => new("outcome", "found"),
        ShopReading.Nothing nothing => new("outcome", "nothing:" + nothing.Reason),
        ShopReading.Later => new("outcome", "later"),
        ShopReading.Refused refused => new("outcome", "refused:" + refused.Reason),
        _ => new KeyValuePair<string, object?>("outcome", "unknown"),
    });

    public void Dispose() => _meter.Dispose();
}
