using Loyalty.Connectors;
using Loyalty.Engine.Intake;
using Loyalty.Functions.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Functions.Http;

/// <summary>One way in for every connector: read with a bound, ask the connector, store, enqueue, answer, count.</summary>
public sealed partial class WebhookDoor(
    LoyaltySettings settings, IntakeService intake, KeptBodies kept, IntakeCounters counters, UnsetConnectors unset, IPublicKeys keys, IClock clock, ILogger<WebhookDoor> logger)
{
    /// <summary>Answers a delivery.</summary>
    public async Task<IResult> ReceiveAsync(HttpRequest request, IConnector connector, CancellationToken cancellation)
    {
        var limits = settings.Connector(connector.Name);
        var body = await RequestBody.ReadAsync(request, limits.MaxBodyBytes, cancellation);
        var headers = request.Headers.Select(static header => KeyValuePair.Create(header.Key, header.Value.ToString()));
        var delivery = WebhookDelivery.From(request.Method, headers, body);
        var answer = body.Length <= limits.MaxBodyBytes ? await AnswerAsync(delivery, connector, limits, cancellation)
            : connector is IOversizeConnector patient ? await OversizeBody.AnswerAsync(request, delivery, patient, limits, cancellation)
            // Not read to its end, so no signature over it can be checked.
            : new ConnectorAnswer.Refused(Core.RefusalCode.BodyTooLarge, $"More than {limits.MaxBodyBytes} bytes.");
        answer = await WithoutSecretAsync(connector, delivery, answer, limits, cancellation);
        CountAnswer(connector.Name, answer);
        switch (answer)
        {
            case ConnectorAnswer.Accepted accepted:
                await intake.AcceptAsync(
                    [.. accepted.Events.Select(static e => new AcceptedEvent(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e)))], cancellation);
                return Accepted.Instance;
            case ConnectorAnswer.Nothing nothing:
                return Problems.Json(new NothingDone(nothing.Reason, nothing.Detail));
            case ConnectorAnswer.Kept refused:
                await kept.KeepAsync(connector.Name, refused.Code, refused.Detail, Topic(delivery), body.Length > limits.MaxBodyBytes ? body[..limits.MaxBodyBytes] : body, refused.Source, cancellation);
                return Problems.Json(new NothingDone(Engine.Refusals.RefusalTable.Name(refused.Code), refused.Detail));
            case ConnectorAnswer.Refused refused:
                return Problems.Result(refused.Code, refused.Detail);
            default:
                throw new InvalidOperationException("A connector's answer without a case.");
        }
    }

    /// <summary>
    /// A signature that nothing is set for matches nothing: that is the operator's to mend, not the sender's. Whoever only tries learns that nothing gets in here; what is
    /// not even signed comes from no platform, and the operator is not told of it.
    /// </summary>
    private async Task<ConnectorAnswer> WithoutSecretAsync(
        IConnector connector, WebhookDelivery delivery, ConnectorAnswer answer, ConnectorSettings limits, CancellationToken cancellation)
    {
        if (answer is not ConnectorAnswer.Refused { Code: Core.RefusalCode.BadSignature } || ConnectorConfiguration.Unset(connector.Name, limits) is not { } setting) return answer;
        var isSigned = connector.SignatureHeaders.Any(header => delivery.Header(header) is not null);
        if (isSigned && await unset.NoteAsync(connector.Name, cancellation)) NoSecret(logger, connector.Name, setting);
        return new ConnectorAnswer.Refused(Core.RefusalCode.NoSecret, $"{setting} is not set, so every delivery is refused.");
    }

    [LoggerMessage(4102, LogLevel.Warning, "A delivery of {Connector} was refused: {Setting} is not set, so none can be verified (told once an hour)")]
    private static partial void NoSecret(ILogger logger, string connector, string setting);

    private async Task<ConnectorAnswer> AnswerAsync(WebhookDelivery delivery, IConnector connector, ConnectorSettings limits, CancellationToken cancellation)
    {
        if (connector is not IKeyedConnector keyed) return connector.Receive(delivery, limits, clock.GetCurrentInstant());
        return await keys.FindAsync(keyed.KeyNames(delivery), cancellation) is { } found
            ? keyed.Receive(delivery, found, limits, clock.GetCurrentInstant())
            : new ConnectorAnswer.Refused(Core.RefusalCode.Unavailable, "The platform's public keys cannot be read now; send the delivery again.");
    }

    private static string? Topic(WebhookDelivery delivery) => delivery.Header("X-Shopify-Topic") ?? delivery.Header("X-WC-Webhook-Topic");

    private void CountAnswer(string connector, ConnectorAnswer answer)
    {
        var (name, reason) = answer switch
        {
            ConnectorAnswer.Accepted => ("accepted", null),
            ConnectorAnswer.Nothing nothing => ("nothing", nothing.Reason),
            ConnectorAnswer.Kept refused => ("kept", Engine.Refusals.RefusalTable.Name(refused.Code)),
            ConnectorAnswer.Refused refused => ("refused", Engine.Refusals.RefusalTable.Name(refused.Code)),
            _ => ("unknown", null),
        };
        counters.CountDelivery(connector, name, reason);
    }

    /// <summary>200: genuine, and nothing follows from it.</summary>
    private sealed record NothingDone(string Nothing, string Detail);

    /// <summary>202 without a body, and without the logger that the framework's own answer looks up each time.</summary>
    private sealed class Accepted : IResult
    {
        public static Accepted Instance { get; } = new();

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        }
    }
}
