using System.Collections.Frozen;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Stripe;

/// <summary>
/// Stripe's events. They come twice and in any order; the event's id makes a repeat the same event, and what is known of a payment is merged by the
/// time of its change. Stripe switches an endpoint off that fails for days: a genuine body that cannot be mapped is answered 200 and kept.
/// </summary>
public sealed class StripeConnector : IConnector
{
    private delegate Mapped Mapper(Node stripeObject, Node body, ShopContext context);

    private static readonly FrozenDictionary<string, Mapper> Types =
        new Dictionary<string, Mapper>(StringComparer.Ordinal)
        {
            ["customer.created"] = static (o, _, context) => StripePeople.Map(o, context, EventTypes.CustomerSignedUp),
            ["customer.updated"] = static (o, _, context) => StripePeople.Map(o, context, EventTypes.CustomerUpdated),
            ["checkout.session.completed"] = static (o, _, context) => StripeSessions.Map(o, context),
            ["checkout.session.async_payment_succeeded"] = static (o, _, context) => StripeSessions.Map(o, context),
            ["checkout.session.async_payment_failed"] = static (o, _, context) => StripeSessions.Map(o, context, isFailed: true),
            ["payment_intent.succeeded"] = static (o, _, context) => StripePayments.MapIntent(o, context),
            ["invoice.paid"] = static (o, _, context) => StripePayments.MapInvoice(o, context),
            ["charge.refunded"] = static (o, body, context) => StripePayments.MapRefunds(o, body["data"]["previous_attributes"], context),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The event types that are read; every other is answered 200 and counted.</summary>
    public static IReadOnlyCollection<string> KnownTypes => Types.Keys;

    /// <inheritdoc/>
    public string Name => "stripe";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => ["Stripe-Signature"];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return Refuse(RefusalCode.MethodNotAllowed, "Only POST.");
        // No event of Stripe comes near this; without its end nothing is signed.
        if (delivery.Body.Length > settings.MaxBodyBytes) return Refuse(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        if (delivery.Header("Stripe-Signature") is not { } header) return Refuse(RefusalCode.BadSignature, "Stripe-Signature is missing.");
        if (StripeSignature.Verify(delivery.Body.Span, header, settings.Secrets) is not { } seconds)
            return Refuse(RefusalCode.BadSignature, "No v1 signature of Stripe-Signature matches the raw body.");
        // In decimals: what is signed may be any number.
        if (Math.Abs((decimal)seconds - now.ToUnixTimeSeconds()) > (decimal)settings.Tolerance.TotalSeconds)
            return Refuse(RefusalCode.StaleTimestamp, $"t is more than {settings.Tolerance.TotalSeconds:0} s from now.");
        if (delivery.MediaType is not ("application/json" or "text/json" or "")) return new ConnectorAnswer.Kept(RefusalCode.UnsupportedMediaType, "application/json was expected.");
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Kept(code, detail);
        using (document)
        {
            var problems = new Problems();
            return Read(new Node(document.RootElement, "", problems), problems, delivery, settings, now);
        }
    }

    private static ConnectorAnswer Read(Node body, Problems problems, WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        var type = body["type"].RequiredText(200);
        var id = body["id"].RequiredId();
        var isTest = body["livemode"].Flag() == false;
        if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
        if (!Types.TryGetValue(type, out var map)) return new ConnectorAnswer.Nothing("unknown-topic", IntakeKeys.Bounded(type, 100));
        if (isTest && !settings.TakesTestMode) return new ConnectorAnswer.Nothing("test-delivery", type);
        if (!body["data"]["object"].Exists) return new ConnectorAnswer.Nothing("no-object", type);
        // The account of a platform's connected seller, if the event is about one; else one account is one shop.
        var shop = body["account"].Id() ?? settings.Shop;
        var context = new ShopContext(
            "stripe", shop, IntakeKeys.Bounded(id, 180), body["created"].AtSeconds() ?? now, now, settings.Currency, delivery.Header("traceparent"), problems);
        var mapped = map(body["data"]["object"], body, context);
        if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
        return mapped.Nothing is { } nothing
            ? new ConnectorAnswer.Nothing(nothing, type)
            : new ConnectorAnswer.Accepted(mapped.Events, IntakeKeys.Bounded($"stripe:{shop}:{id}", 300));
    }

    private static ConnectorAnswer.Refused Refuse(RefusalCode code, string detail) => new(code, detail);
}
