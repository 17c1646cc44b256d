using Loyalty.Connectors.Adobe;
using Loyalty.Connectors.BigCommerce;
using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Http;

/// <summary>The doors of WooCommerce, Stripe, BigCommerce and Adobe.</summary>
public sealed class PlatformWebhooks(WebhookDoor door)
{
    private static readonly WooConnector WooCommerce = new();
    private static readonly StripeConnector Stripe = new();
    private static readonly BigCommerceConnector BigCommerce = new();
    private static readonly AdobeConnector Adobe = new();

    [Function("WooCommerceWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes a webhook of WooCommerce.", BodyMediaTypes = ["application/json", "application/x-www-form-urlencoded"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature, RefusalCode.NoSecret])]
    public Task<IResult> WooCommerceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/woocommerce")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, WooCommerce, cancellation);

    [Function("StripeWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes an event of Stripe.", BodyMediaTypes = ["application/json"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.StaleTimestamp, RefusalCode.BodyTooLarge])]
    public Task<IResult> StripeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/stripe")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Stripe, cancellation);

    [Function("BigCommerceWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes a webhook of BigCommerce; what it points at is fetched after the answer.", BodyMediaTypes = ["application/json"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.StaleTimestamp, RefusalCode.BodyTooLarge])]
    public Task<IResult> BigCommerceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/bigcommerce")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, BigCommerce, cancellation);

    [Function("AdobeWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes events of Adobe Commerce from Adobe I/O Events.", BodyMediaTypes = ["application/json"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature, RefusalCode.NoSecret, RefusalCode.BodyTooLarge, RefusalCode.Unavailable])]
    public Task<IResult> AdobeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/adobe")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Adobe, cancellation);

    [Function("AdobeChallenge")]
    [Access(Role.Signature)]
    [Operation("Echoes the challenge with which Adobe I/O Events checks a new registration.", Refusals = [RefusalCode.InvalidField])]
    [Parameter("challenge", "1 to 200 letters, digits, dashes or underscores.")]
    public IResult AdobeChallenge([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "webhooks/adobe")] HttpRequest request) =>
        AdobeConnector.Challenge(request.Query["challenge"].FirstOrDefault()) is { } challenge
            ? Results.Text(challenge, "text/plain")
            : Problems.Result(RefusalCode.InvalidField, "challenge: 1 to 200 letters, digits, dashes or underscores were expected.");
}
