using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Shopify;

/// <summary>
/// The three mandatory privacy topics: a person's data request, a person's erasure, a shop's erasure.
/// </summary>
internal static class ShopifyPrivacy
{
    public static Mapped Map(Node body, ShopContext context, string type)
    {
        var facts = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        facts["shop-domain"] = body["shop_domain"].Text(200) ?? context.Shop;
        if (body["shop_id"].Id() is { } shopId) facts["shop-id"] = shopId;
        if (body["data_request"]["id"].Id() is { } request) facts["request-id"] = request;
        var orders = (body["orders_requested"].Exists ? body["orders_requested"] : body["orders_to_redact"]).Items();
        if (orders.Count > 0)
            facts["orders"] = new AttributeValue.List(
                [.. orders.Select(static order => order.Id()).OfType<string>().Select(context.Global)]);
        var customer = body["customer"];
        var identifiers = type == EventTypes.ShopErasureRequested
            ? []
            : context.Identify(customer["id"].Id(), customer["email"].Text(254), customer["phone"].Text(40));
        if (type != EventTypes.ShopErasureRequested && identifiers.IsEmpty && !facts.ContainsKey("orders"))
            customer.Fail("the person's id, e-mail or phone, or their orders");
        return Mapped.Of(context.Event(type, null, identifiers, new EventData.Facts(facts.ToImmutable())));
    }
}
