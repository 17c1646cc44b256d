using System.Text;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.BigCommerce;

/// <summary>
/// BigCommerce's webhooks: signed by Standard Webhooks with the bytes of the app's client secret as key, and thin: a scope and an id. What changed is
/// fetched by <see cref="BigCommerceReader"/> after the answer. BigCommerce switches a webhook off that fails for days: a genuine body that cannot be
/// read is answered 200 and kept.
/// </summary>
public sealed class BigCommerceConnector : IConnector
{
    /// <inheritdoc/>
    public string Name => "bigcommerce";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => ["webhook-signature"];

    /// <summary>The secret as Standard Webhooks writes it: <c>whsec_</c> and the base64 of its own bytes.</summary>
    public static string StandardSecret(string clientSecret) => "whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes(clientSecret));

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Method != "POST") return Refuse(RefusalCode.MethodNotAllowed, "Only POST.");
        if (delivery.Body.Length > settings.MaxBodyBytes) return Refuse(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        if (delivery.Header("webhook-id") is not { } id || delivery.Header("webhook-timestamp") is not { } timestamp || delivery.Header("webhook-signature") is not { } signature)
            return Refuse(RefusalCode.BadSignature, "webhook-id, webhook-timestamp and webhook-signature are needed.");
        var secrets = settings.Secrets.Where(static secret => secret.Length > 0).Select(StandardSecret);
        if (!StandardSignature.MatchesAny(id, timestamp, delivery.Body.Span, signature, secrets))
            return Refuse(RefusalCode.BadSignature, "No v1 signature matches the raw body.");
        if (!StandardSignature.IsFresh(timestamp, settings.Tolerance, now))
            return Refuse(RefusalCode.StaleTimestamp, $"webhook-timestamp is more than {settings.Tolerance.TotalSeconds:0} s from now.");
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Kept(code, detail);
        using (document)
        {
            var problems = new Problems();
            return Read(new Node(document.RootElement, "", problems), problems, delivery, settings, id, now);
        }
    }

    private static ConnectorAnswer Read(Node body, Problems problems, WebhookDelivery delivery, ConnectorSettings settings, string id, Instant now)
    {
        var scope = body["scope"].RequiredText(100);
        if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
        if (KindOf(scope) is not { } kind) return new ConnectorAnswer.Nothing("unknown-topic", IntakeKeys.Bounded(scope, 100));
        if (scope.EndsWith("/deleted", StringComparison.Ordinal)) return new ConnectorAnswer.Nothing(kind + "-deleted", body["data"]["id"].Id() ?? "");
        var resource = body["data"]["id"].RequiredId();
        var producer = body["producer"].RequiredText(150);
        var shop = producer[(producer.LastIndexOf('/') + 1)..];
        if (!problems.Any && !string.Equals(settings.Api?.Url.Segments[^1].Trim('/'), shop, StringComparison.Ordinal))
            body["producer"].Fail("the store of Connectors__BigCommerce__Api__Url");
        if (problems.Any) return new ConnectorAnswer.Kept(problems.Code, problems.Detail!);
        var at = body["created_at"].AtSeconds() ?? now;
        var context = new ShopContext("bigcommerce", shop, IntakeKeys.Bounded(id, 180), at, now, settings.Currency, delivery.Header("traceparent"), problems);
        // The order of one thing's changes is kept by its session; whose it is will be told by the fetch.
        return new ConnectorAnswer.Accepted([context.Fetch(kind, resource, at, [])], IntakeKeys.Bounded($"bigcommerce:{id}", 300));
    }

    private static string? KindOf(string scope) => scope.Split('/') switch
    {
        ["store", "order", ..] => BigCommerceReader.Order,
        ["store", "customer", "created" or "updated" or "deleted"] => BigCommerceReader.Customer,
        _ => null,
    };

    private static ConnectorAnswer.Refused Refuse(RefusalCode code, string detail) => new(code, detail);
}
