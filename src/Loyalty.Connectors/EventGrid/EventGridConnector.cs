using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Loyalty.Connectors.CloudEvents;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.EventGrid;

/// <summary>
/// Azure Event Grid: what Azure Communication Email tells of the messages it was handed (delivery reports, opens, clicks), in either of Event Grid's two
/// schemas, alone or in batches. Every request carries a secret of ours that was set with the subscription: the grid signs nothing.
/// </summary>
/// <remarks>
/// Event Grid drops what it cannot deliver after its retries, and never a subscription, so a body that is no event is refused. An event that is none of
/// the two types, or has a status that is not known, is answered 200 and counted.
/// </remarks>
public sealed class EventGridConnector : IConnector
{
    /// <summary>The header that carries the secret, as the subscription's delivery attribute.</summary>
    public const string SecretHeader = "X-Loyalty-Secret";

    /// <summary>The header of Event Grid's own schema: <c>SubscriptionValidation</c> or <c>Notification</c>.</summary>
    public const string TypeHeader = "aeg-event-type";

    private const int MaxEvents = 100;
    private const string Validation = "Microsoft.EventGrid.SubscriptionValidationEvent";

    /// <inheritdoc/>
    public string Name => "eventgrid";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => [SecretHeader];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (Authenticate(delivery, settings) is { } refused) return refused;
        if (delivery.Body.Length > settings.MaxBodyBytes)
            return new ConnectorAnswer.Refused(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        return delivery.MediaType.StartsWith("application/cloudevents", StringComparison.Ordinal) || delivery.Header("ce-specversion") is not null
            ? Clouds(delivery, settings, now)
            : Grid(delivery, settings, now);
    }

    /// <summary>
    /// The code that Event Grid wants back when a subscription in its own schema is made; null: the delivery is no such request. It carries no secret, and
    /// needs none: whoever subscribes something else to this address is refused with every delivery.
    /// </summary>
    public static string? ValidationCode(WebhookDelivery delivery, ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(settings);
        if (delivery.Header(TypeHeader) != "SubscriptionValidation") return null;
        if (delivery.Body.Length > settings.MaxBodyBytes) return null;
        var (document, _, _) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return null;
        using (document)
        {
            var first = document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.GetArrayLength() == 1 ? document.RootElement[0] : default;
            var node = new Node(first, "[0]", new Problems());
            return node["eventType"].Text() == Validation && node["data"]["validationCode"].Text(100) is { } code && code.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-')
                ? code
                : null;
        }
    }

    /// <summary>Every secret is compared, in constant time.</summary>
    private static ConnectorAnswer.Refused? Authenticate(WebhookDelivery delivery, ConnectorSettings settings)
    {
        if (delivery.Header(SecretHeader) is not { } given) return new ConnectorAnswer.Refused(RefusalCode.BadSignature, $"{SecretHeader} is missing.");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        var matches = false;
        foreach (var secret in settings.Secrets) matches |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        return matches ? null : new ConnectorAnswer.Refused(RefusalCode.BadSignature, $"{SecretHeader} is none of Connectors__EventGrid__Secrets.");
    }

    private static ConnectorAnswer Clouds(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        var parsed = CloudEventParser.Parse(delivery, settings.MaxDepth);
        if (parsed.Code is { } code) return new ConnectorAnswer.Refused(code, parsed.Detail);
        var answer = new MailReports(now);
        foreach (var e in parsed.Events)
        {
            var data = e is { IsJson: true, Data: { } json } ? json : "null"u8.ToArray();
            var (document, why, detail) = JsonBody.Parse(data, settings.MaxDepth);
            if (document is null) return new ConnectorAnswer.Refused(why, $"data: {detail}");
            using (document) answer.Add(e.Id, e.Type, e.Attributes.GetValueOrDefault("time"), new Node(document.RootElement, "data", answer.Problems));
        }

        return answer.Close();
    }

    private static ConnectorAnswer Grid(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.MediaType != "application/json")
            return new ConnectorAnswer.Refused(RefusalCode.UnsupportedMediaType, "Send application/json or CloudEvents.");
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Refused(code, detail);
        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array) return new ConnectorAnswer.Refused(RefusalCode.MalformedBody, "A list of events was expected.");
            if (root.GetArrayLength() > MaxEvents) return new ConnectorAnswer.Refused(RefusalCode.TooManyItems, $"More than {MaxEvents} events.");
            var answer = new MailReports(now);
            foreach (var e in root.EnumerateArray().Select(one => new Node(one, "event", answer.Problems)))
            {
                if (e["id"].Text() is not { } id || e["eventType"].Text() is not { } type)
                    return new ConnectorAnswer.Refused(RefusalCode.InvalidField, "Every event has an id and an eventType.");
                answer.Add(id, type, e["eventTime"].Text(), e["data"]);
            }

            return answer.Close();
        }
    }
}
