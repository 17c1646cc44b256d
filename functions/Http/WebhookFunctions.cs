using Loyalty.Connectors;
using Loyalty.Connectors.CloudEvents;
using Loyalty.Connectors.Mail;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Http;

/// <summary>The platforms' doors. Each delivery is verified, stored and enqueued, then answered; nothing business-like happens before.</summary>
public sealed class WebhookFunctions(WebhookDoor door)
{
    private static readonly ShopifyConnector Shopify = new();
    private static readonly StandardWebhooksConnector Standard = new();
    private static readonly CloudEventsConnector Events = new();
    private static readonly MailReplyConnector Mail = new();

    [Function("ShopifyWebhook")]
    [Access(Role.Signature)]
    [Operation("Takes a webhook of Shopify.", BodyMediaTypes = ["application/json"], Statuses = [202, 200], Refusals = [RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.BodyTooLarge])]
    public Task<IResult> ShopifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/shopify")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Shopify, cancellation);

    [Function("StandardWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes a delivery by Standard Webhooks 1.0.", BodyMediaTypes = ["application/json"], Statuses = [202, 200], Refusals =
        [
            RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.StaleTimestamp, RefusalCode.MissingHeader, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType,
            RefusalCode.MalformedBody, RefusalCode.BodyTooDeep, RefusalCode.InvalidField, RefusalCode.TooManyItems, RefusalCode.ReservedType,
        ])]
    public Task<IResult> StandardAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/standard")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Standard, cancellation);

    [Function("MailWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes a reply to a mail of the program, as an inbound mail service passes it on; signed by Standard Webhooks 1.0.", BodyMediaTypes = ["application/json"], Statuses = [202, 200], Refusals =
        [
            RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.StaleTimestamp, RefusalCode.BodyTooLarge, RefusalCode.MalformedBody, RefusalCode.BodyTooDeep, RefusalCode.InvalidField, RefusalCode.TooManyItems,
        ])]
    public Task<IResult> MailAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/mail")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Mail, cancellation);

    [Function("Events")]
    [Access(Role.Integration)]
    [Operation(
        "Takes CloudEvents: binary, structured or a batch.",
        BodyMediaTypes = ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"], Statuses = [202, 200], Refusals =
        [
            RefusalCode.MissingHeader, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType,
            RefusalCode.MalformedBody, RefusalCode.BodyTooDeep, RefusalCode.InvalidField, RefusalCode.TooManyItems, RefusalCode.ReservedType,
        ])]
    public Task<IResult> EventsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Events, cancellation);
}
