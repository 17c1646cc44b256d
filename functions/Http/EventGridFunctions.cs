using Loyalty.Connectors;
using Loyalty.Connectors.EventGrid;
using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Http;

/// <summary>
/// Event Grid's door: what the mail service tells of messages. Both handshakes are answered without a secret, for they promise nothing: a delivery
/// without the subscription's secret is refused.
/// </summary>
public sealed class EventGridFunctions(WebhookDoor door, LoyaltySettings settings)
{
    private const string Origin = "WebHook-Request-Origin";
    private const int OriginLimit = 253;
    private static readonly EventGridConnector Reports = new();

    [Function("EventGridHandshake")]
    [Access(Role.Signature)]
    [Operation("Says that Event Grid may deliver here (the CloudEvents handshake).", Statuses = [200], Refusals = [RefusalCode.MissingHeader])]
    [Parameter(Origin, "Who wants to deliver, e.g. eventgrid.azure.net.", In = "header", Required = true)]
    public static IResult Handshake([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "webhooks/eventgrid")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var origin = request.Headers[Origin].ToString();
        if (origin.Length is 0 or > OriginLimit || !origin.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
            return Problems.Result(RefusalCode.MissingHeader, $"{Origin}: the name of a host was expected.");
        var headers = request.HttpContext.Response.Headers;
        headers["WebHook-Allowed-Origin"] = origin;
        headers["WebHook-Allowed-Rate"] = "*";
        headers.Allow = "POST, OPTIONS";
        return Results.Ok();
    }

    [Function("EventGridWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes what Azure Communication Email reports of messages, by Event Grid: CloudEvents or Event Grid's own schema.",
        BodyMediaTypes = ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"], Statuses = [202, 200], Refusals =
        [
            RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.MissingHeader, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType,
            RefusalCode.MalformedBody, RefusalCode.BodyTooDeep, RefusalCode.InvalidField, RefusalCode.TooManyItems,
        ])]
    [Parameter(EventGridConnector.SecretHeader, "One of Connectors__EventGrid__Secrets; a delivery attribute of the subscription.", In = "header", Required = true)]
    public async Task<IResult> ReportsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/eventgrid")] HttpRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.ContainsKey(EventGridConnector.TypeHeader) && await ValidationAsync(request, cancellation) is { } code
            ? Problems.Json(new Validated(code))
            : await door.ReceiveAsync(request, Reports, cancellation);
    }

    /// <summary>The body is read here and put back for the door: a request that only looks like the handshake is a delivery like any other.</summary>
    private async Task<string?> ValidationAsync(HttpRequest request, CancellationToken cancellation)
    {
        var limits = settings.Connector(Reports.Name);
        request.EnableBuffering(limits.MaxBodyBytes + 1);
        var body = await RequestBody.ReadAsync(request, limits.MaxBodyBytes, cancellation);
        request.Body.Position = 0;
        var headers = request.Headers.Select(static header => KeyValuePair.Create(header.Key, header.Value.ToString()));
        return EventGridConnector.ValidationCode(WebhookDelivery.From(request.Method, headers, body), limits);
    }

    /// <summary>What Event Grid wants back.</summary>
    private sealed record Validated(string ValidationResponse);
}
