using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Loyalty.Connectors.Canonical;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.CloudEvents;

/// <summary>
/// CloudEvents 1.0 over HTTP. Who may send is checked before (the integration key or Entra ID). Types of the program
/// carry data as in docs/reference/events.md; any other type becomes the program's own event with its data as facts. A
/// batch is taken whole or not at all.
/// </summary>
public sealed class CloudEventsConnector : IConnector
{
    private const int MaxHops = 16;

    /// <inheritdoc/>
    public string Name => "cloudevents";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => [];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return new ConnectorAnswer.Refused(RefusalCode.MethodNotAllowed, "Only POST.");
        if (delivery.Body.Length > settings.MaxBodyBytes)
            return new ConnectorAnswer.Refused(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        var parsed = CloudEventParser.Parse(delivery, settings.MaxDepth);
        if (parsed.Code is { } code) return new ConnectorAnswer.Refused(code, parsed.Detail);
        if (parsed.Events.Count == 0) return new ConnectorAnswer.Nothing("empty-batch");
        var events = new List<CanonicalEvent>(parsed.Events.Count);
        foreach (var e in parsed.Events)
        {
            var (mapped, why, detail) = Map(e, settings, now, delivery.Header("traceparent"));
            if (mapped is null)
                return new ConnectorAnswer.Refused(
                    why, parsed.Events.Count > 1 ? $"[{events.Count}] {detail}" : detail);
            events.Add(mapped);
        }

        var key = events.Count == 1
            ? IntakeKeys.MessageId(events[0])
            : Hashing.Id(32, ["batch", .. events.Select(static e => e.Key)]);
        return new ConnectorAnswer.Accepted(events, key);
    }

    private static (CanonicalEvent? Event, RefusalCode Code, string Detail) Map(
        CloudEvent e, ConnectorSettings settings, Instant now, string? trace)
    {
        var hops = 0;
        if (e.Attributes.TryGetValue("hops", out var told))
        {
            if (!int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out hops))
                return (null, RefusalCode.InvalidField, "hops: a whole number, 0 or more, was expected.");
            if (hops > MaxHops)
                return (null, RefusalCode.CausalLoop, $"More than {MaxHops} events have caused each other.");
        }

        var at = Node.ParseInstant(e.Attributes.GetValueOrDefault("time") ?? "") ?? now;
        var problems = new Problems();
        var (data, identifiers) = (FactsReader.None as EventData, ImmutableArray<Identifier>.Empty);
        var reader = new CanonicalData(settings.Source, settings.Shop);
        if (e is { IsJson: true, Data: { } json })
        {
            var (document, code, detail) = JsonBody.Parse(json, settings.MaxDepth);
            if (document is null) return (null, code, $"data: {detail}");
            using (document) (data, identifiers) = reader.Read(
                e.Type, new Node(document.RootElement, "data", problems), e.Subject, at);
        }
        else
        {
            using var bare = JsonDocument.Parse(e.Data is { } raw && Utf8.IsValid(raw.Span)
                ? JsonSerializer.Serialize(Encoding.UTF8.GetString(raw.Span))
                : "null");
            (data, identifiers) = reader.Read(e.Type, new Node(bare.RootElement, "data", problems), e.Subject, at);
        }

        if (problems.Any) return (null, problems.Code, problems.Detail!);
        return (new CanonicalEvent
        {
            Id = IntakeKeys.Bounded(e.Id, 200),
            Source = IntakeKeys.Bounded(e.Source, 200),
            Type = IntakeKeys.Bounded(e.Type, 200),
            Time = at,
            ReceivedAt = now,
            Identifiers = identifiers,
            Data = data,
            Hops = hops,
            TraceParent = (e.Attributes.GetValueOrDefault("traceparent") ?? trace) is { Length: <= 100 } parent
                ? parent
                : null,
        }, default, "");
    }
}
