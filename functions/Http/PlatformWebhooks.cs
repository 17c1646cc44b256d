using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Http;

/// <summary>The doors of WooCommerce and Stripe.</summary>
public sealed class PlatformWebhooks(WebhookDoor door)
{
    private static readonly WooConnector WooCommerce = new();
    private static readonly StripeConnector Stripe = new();

    [Function("WooCommerceWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes a webhook of WooCommerce.", BodyMediaTypes = ["application/json", "application/x-www-form-urlencoded"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature])]
    public Task<IResult> WooCommerceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/woocommerce")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, WooCommerce, cancellation);

    [Function("StripeWebhook")]
    [Access(Role.Signature)]
    [Operation(
        "Takes an event of Stripe.", BodyMediaTypes = ["application/json"], Statuses = [202, 200],
        Refusals = [RefusalCode.BadSignature, RefusalCode.StaleTimestamp, RefusalCode.BodyTooLarge])]
    public Task<IResult> StripeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/stripe")] HttpRequest request, CancellationToken cancellation) =>
        door.ReceiveAsync(request, Stripe, cancellation);
}
