using System.Security.Cryptography;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.BigCommerce;

/// <summary>
/// Reads what a webhook pointed at: an order (V2) with its products (V2), coupons (V2) and refunds (V3), or a customer (V3). Token by
/// <c>X-Auth-Token</c>, with the scopes to read orders and customers.
/// </summary>
public sealed class BigCommerceReader(ShopHttp http, ConnectorSettings settings, IClock clock) : IShopReader
{
    internal const string Order = "order";
    internal const string Customer = "customer";

    private static readonly ReadOnlyMemory<byte> EmptyList = "[]"u8.ToArray();

    /// <inheritdoc/>
    public string Platform => "bigcommerce";

    /// <inheritdoc/>
    public async Task<ShopReading> ReadAsync(CanonicalEvent told, CancellationToken cancellation)
    {
        if (settings.Api is not { } api || ShopResource.Of(told) is not { } resource)
            return new ShopReading.Refused("shop-not-configured", "Set Connectors__BigCommerce__Api__Url and __Token.");
        var id = Uri.EscapeDataString(resource.Id);
        string[] paths = resource.Kind == Customer
            ? [$"/v3/customers?id:in={id}"]
            : [$"/v2/orders/{id}", $"/v2/orders/{id}/products?limit=250", $"/v2/orders/{id}/coupons?limit=250", $"/v3/orders/{id}/payment_actions/refunds"];
        var bodies = new List<ReadOnlyMemory<byte>>(paths.Length);
        foreach (var path in paths)
        {
            var (body, failure) = await http.GetAsync(api.At(path), "X-Auth-Token", api.Token, cancellation);
            // An order without coupons or refunds has none of them to read; one without itself is gone.
            if (failure is ShopReading.Nothing && bodies.Count > 0) (body, failure) = (EmptyList, null);
            if (failure is not null) return failure;
            bodies.Add(body);
        }

        return Read(told, resource, bodies);
    }

    private ShopReading Read(CanonicalEvent told, ShopResource resource, List<ReadOnlyMemory<byte>> bodies)
    {
        var problems = new Problems();
        var documents = new List<JsonDocument>(bodies.Count);
        try
        {
            foreach (var body in bodies)
            {
                var (document, _, detail) = JsonBody.Parse(body, settings.MaxDepth);
                if (document is null) return new ShopReading.Refused("shop-answer-malformed", detail);
                documents.Add(document);
            }

            var hash = Convert.ToHexStringLower(SHA256.HashData([.. bodies.SelectMany(static body => body.ToArray())]))[..32];
            var context = new ShopContext(
                "bigcommerce", resource.Shop, IntakeKeys.Bounded($"{resource.Kind}:{resource.Id}:{hash}", 180), told.Time, clock.GetCurrentInstant(), settings.Currency, told.TraceParent, problems);
            var roots = documents.Select(document => new Node(document.RootElement, "", problems)).ToList();
            var mapped = resource.Kind == Customer
                ? BigCommercePeople.Map(roots[0]["data"], context)
                : BigCommerceOrders.Map(roots[0], roots[1], roots[2], roots[3].Element.ValueKind == JsonValueKind.Object ? roots[3]["data"] : roots[3], context);
            return ShopAnswers.Accept(mapped, problems);
        }
        finally
        {
            foreach (var document in documents) document.Dispose();
        }
    }
}
