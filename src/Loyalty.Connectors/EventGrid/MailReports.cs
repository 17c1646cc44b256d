using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.EventGrid;

/// <summary>
/// Azure Communication Email's reports as canonical events. They name a message by the provider's id (fact <c>provider-id</c>, which is the operation id it
/// was handed over with); whose message that is, and which step sent it, is found when the event is applied.
/// </summary>
internal sealed class MailReports(Instant now)
{
    private const string Source = "azure-communication-email";
    private const string Delivery = "Microsoft.Communication.EmailDeliveryReportReceived";
    private const string Engagement = "Microsoft.Communication.EmailEngagementTrackingReportReceived";

    private readonly List<CanonicalEvent> _events = [];
    private string? _ignored;

    public Problems Problems { get; } = new();

    /// <summary>Takes one event of the grid.</summary>
    public void Add(string id, string type, string? time, Node data)
    {
        switch (type)
        {
            case Delivery: AddDelivery(id, time, data); break;
            case Engagement: AddEngagement(id, time, data); break;
            default: _ignored ??= type; break;
        }
    }

    /// <summary>The whole delivery: taken, or refused for its first fault.</summary>
    public ConnectorAnswer Close()
    {
        if (Problems.Any) return new ConnectorAnswer.Refused(Problems.Code, Problems.Detail!);
        if (_events.Count == 0) return _ignored is null ? new ConnectorAnswer.Nothing("empty-batch") : new ConnectorAnswer.Nothing("unknown-topic", _ignored);
        var key = _events.Count == 1 ? IntakeKeys.MessageId(_events[0]) : Hashing.Id(32, ["batch", .. _events.Select(static e => e.Key)]);
        return new ConnectorAnswer.Accepted(_events, key);
    }

    private void AddDelivery(string id, string? time, Node data)
    {
        var status = data["status"].RequiredText(40);
        var (type, kind) = status.ToUpperInvariant() switch
        {
            "DELIVERED" => (EventTypes.MessageDelivered, null),
            "BOUNCED" or "SUPPRESSED" => (EventTypes.MessageBounced, "hard"),
            "FAILED" or "FILTEREDSPAM" or "QUARANTINED" => (EventTypes.MessageBounced, "soft"),
            _ => (null, (string?)null),
        };
        if (type is null)
        {
            // "Expanded" (a list became its members) and whatever is invented after today.
            _ignored ??= $"{Delivery} {status}";
            return;
        }

        var facts = Facts(data).Add("status", System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(status));
        if (kind is not null) facts = facts.Add("kind", kind);
        if (data["deliveryStatusDetails"]["statusMessage"].Text(300) is { } detail) facts = facts.Add("detail", detail);
        Add(id, type, data["deliveryAttemptTimeStamp"].At() ?? data["deliveryAttemptTimestamp"].At(), time, data, facts);
    }

    private void AddEngagement(string id, string? time, Node data)
    {
        var kind = data["engagementType"].RequiredText(40);
        var type = kind.ToUpperInvariant() switch { "VIEW" => EventTypes.MessageOpened, "CLICK" => EventTypes.MessageClicked, _ => null };
        if (type is null)
        {
            _ignored ??= $"{Engagement} {kind}";
            return;
        }

        var facts = Facts(data);
        if (data["userAgent"].Text(400) is { } agent) facts = facts.Add("user-agent", agent);
        if (data["engagementContext"].Text() is { } context) facts = facts.Add("link", context);
        Add(id, type, data["userActionTimeStamp"].At() ?? data["userActionTimestamp"].At(), time, data, facts);
    }

    private static ImmutableDictionary<string, AttributeValue> Facts(Node data) =>
        ImmutableDictionary<string, AttributeValue>.Empty.Add("provider-id", data["messageId"].RequiredText(100).ToLowerInvariant()).Add("channel", "email");

    private void Add(string id, string type, Instant? at, string? toldAt, Node data, ImmutableDictionary<string, AttributeValue> facts) =>
        _events.Add(new CanonicalEvent
        {
            Id = IntakeKeys.Bounded(id, 200),
            Source = Source,
            Type = type,
            Time = at ?? Node.ParseInstant(toldAt ?? "") ?? now,
            ReceivedAt = now,
            Identifiers = Identifier.Email(data["recipient"].Text()) is { } recipient ? [recipient] : [],
            Data = new EventData.Facts(facts),
        });
}
