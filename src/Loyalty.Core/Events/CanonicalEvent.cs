using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Events;

/// <summary>
/// One thing that happened to one person, in the program's own words, whatever platform it came from.
/// It is what a CloudEvents 1.0 envelope carries; <see cref="Type"/> is one of <see cref="EventTypes"/> or a type of the program's own.
/// </summary>
public sealed record CanonicalEvent
{
    /// <summary>Unique within <see cref="Source"/>; a redelivery has the same id. 1 to 200 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Who tells it, e.g. <c>shopify:shop.example</c>, <c>import:cdnow</c>, <c>program</c>. 1 to 200 characters.</summary>
    public required string Source { get; init; }

    /// <summary>Dotted lower case, e.g. <c>order.paid</c>.</summary>
    public required string Type { get; init; }

    /// <summary>When it occurred (not when it arrived).</summary>
    public required Instant Time { get; init; }

    /// <summary>When intake accepted it.</summary>
    public required Instant ReceivedAt { get; init; }

    /// <summary>Everything in the payload that identifies the person, strongest first; empty: the event belongs to nobody.</summary>
    public ImmutableArray<Identifier> Identifiers { get; init; } = [];

    /// <summary>What happened.</summary>
    public required EventData Data { get; init; }

    /// <summary>How many events of the program's own lie between this one and the outside; above 16 it is refused as <c>causal-loop</c>.</summary>
    public int Hops { get; init; }

    /// <summary>W3C trace context of the delivery, if any.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The key that makes a redelivery the same event: <c>source</c> and <c>id</c>.</summary>
    [JsonIgnore]
    public string Key => $"{Source}\n{Id}";
}
