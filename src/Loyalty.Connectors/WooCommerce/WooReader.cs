using System.Security.Cryptography;
using System.Text;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.WooCommerce;

/// <summary>Reads an order with its refunds by line, or a customer, of WooCommerce's REST interface (version 3, basic authentication).</summary>
public sealed class WooReader(ShopHttp http, ConnectorSettings settings, IClock clock) : IShopReader
{
    /// <summary>An order with its refunds.</summary>
    internal const string Refunds = "refunds";

    /// <summary>A customer.</summary>
    internal const string Customer = "customer";

    /// <summary>Where the interface begins.</summary>
    internal const string Root = "/wp-json/wc/v3";

    /// <inheritdoc/>
    public string Platform => "woocommerce";

    /// <inheritdoc/>
    public async Task<ShopReading> ReadAsync(CanonicalEvent told, CancellationToken cancellation)
    {
        if (settings.Api is not { } api || ShopResource.Of(told) is not { } resource)
            return new ShopReading.Refused("shop-not-configured", "Set Connectors__WooCommerce__Api__Url, __Key and __Token.");
        var id = Uri.EscapeDataString(resource.Id);
        var (first, failure) = await GetAsync(http, api, resource.Kind == Customer ? $"/customers/{id}" : $"/orders/{id}", cancellation);
        if (failure is not null) return failure;
        if (resource.Kind == Customer) return Read(told, resource.Shop, first, default);
        var (refunds, missing) = await GetAsync(http, api, $"/orders/{id}/refunds?per_page=100", cancellation);
        return missing ?? Read(told, resource.Shop, first, refunds);
    }

    internal static Task<(ReadOnlyMemory<byte> Body, ShopReading? Failure)> GetAsync(ShopHttp http, ShopApi api, string path, CancellationToken cancellation) =>
        http.GetAsync(api.At(Root + path), "Authorization", Basic(api), cancellation);

    /// <summary>Basic authentication: the consumer key is the name, the consumer secret the password.</summary>
    internal static string Basic(ShopApi api) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{api.Key}:{api.Token}"));

    private ShopReading Read(CanonicalEvent told, string shop, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> refunds)
    {
        var (document, _, detail) = JsonBody.Parse(first, settings.MaxDepth);
        if (document is null) return new ShopReading.Refused("shop-answer-malformed", detail);
        using (document)
        {
            var problems = new Problems();
            var body = new Node(document.RootElement, "", problems);
            byte[] all = [.. first.Span, .. refunds.Span];
            var context = WooConnector.Context(
                body, shop, refunds.IsEmpty ? "fetch.customer" : "fetch.order", all, clock.GetCurrentInstant(), settings.Currency, told.TraceParent, problems);
            return refunds.IsEmpty
                ? ShopAnswers.Accept(WooPeople.Map(body, context, EventTypes.CustomerUpdated), problems)
                : Order(body, context, refunds, problems);
        }
    }

    private ShopReading Order(Node body, ShopContext context, ReadOnlyMemory<byte> refunds, Problems problems)
    {
        var (list, _, detail) = JsonBody.Parse(refunds, settings.MaxDepth);
        if (list is null) return new ShopReading.Refused("shop-answer-malformed", detail);
        using (list)
        {
            // canFetch: the order's own list of totals is left out, for here is the one by line.
            var mapped = WooOrders.Map(body, context, EventTypes.OrderUpdated, canFetch: true);
            if (mapped.Nothing is not null) return ShopAnswers.Accept(mapped, problems);
            var e = mapped.Events[0];
            var order = ((EventData.Order)e.Data).Snapshot;
            order = order with
            {
                Refunds = [.. new Node(list.RootElement, "refunds", problems).Items().Select(refund => WooRefunds.Split(refund, context, order.Currency))],
            };
            return ShopAnswers.Accept(Mapped.Of(e with { Data = new EventData.Order(order) }), problems);
        }
    }
}
