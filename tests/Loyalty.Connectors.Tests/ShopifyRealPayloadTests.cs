using System.Text.Json;
using Loyalty.Connectors.Shopify;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;

namespace Loyalty.Connectors.Tests;

/// <summary>
/// Payloads published by Shopify's own libraries. Those of two of them are REST envelopes: each element is posted as one webhook. Kinds outside
/// the topic list go under their own topic.
/// </summary>
public sealed class ShopifyRealPayloadTests
{
    public static readonly TheoryData<string, string, string[]> Table = new()
    {
        { "shopify-api-js/order.01.json", "orders/updated", ["order.updated 450789469 USD PartiallyRefunded net 19566+19567+19567 refunds 509562969:19566+19567 by shopify:tea.myshopify.com:207119551,email:bob.norman@mail.example.com,phone:+16136120707"] },
        { "shopify-api-js/order.03.json", "orders/paid", ["order.paid 1073459972 USD Paid net 19900 by nobody"] },
        { "shopify-api-js/order.11.json", "orders/create", ["order.placed 1073459975 EUR Paid net 22497 by nobody"] },
        { "shopify-api-js/order.12.json", "orders/paid", ["order.updated 1073459969 USD PartiallyPaid net 19900 by shopify:tea.myshopify.com:1073339463,email:paul.norman@example.com"] },
        { "shopify-api-js/refund.01.json", "refunds/create", ["order.refunded 509562969 of 450789469: 19566+19567"] },
        { "shopify-api-js/refund.02.json", "refunds/create", ["order.refunded 929361466 of 450789469: 0"] },
        { "shopify-api-js/refund.03.json", "refunds/create", ["order.refunded 929361467 of 450789469: -"] },
        { "shopify-api-js/refund.05.json", "refunds/create", ["nothing calculated-refund"] },
        { "shopify-api-js/customer.01.json", "customers/create", ["customer.signed-up Steve Lastnameson CA offers ? by shopify:tea.myshopify.com:1073339482,email:steve.lastnameson@example.com,phone:+15142546011", "customer.signed-up Bob Norman US offers False by shopify:tea.myshopify.com:207119551,email:bob.norman@mail.example.com,phone:+16136120707"] },
        { "shopify-api-js/gift_card.01.json", "gift_cards/create", ["nothing unknown-topic", "nothing unknown-topic"] },
        { "shopify_python_api/order.json", "orders/create", ["order.placed 450789469 USD Authorized net 19900+19900+19900 by shopify:tea.myshopify.com:207119551,email:bob.norman@hostmail.com"] },
        { "shopify_python_api/orders.json", "orders/updated", ["kept invalid-field line_items: the order's lines was expected."] },
        { "shopify_python_api/refund.json", "refunds/create", ["order.refunded 509562969 of 450789469: 19900+19900"] },
        { "shopify_python_api/customer.json", "customers/update", ["customer.updated Bob Norman US offers ? by shopify:tea.myshopify.com:207119551,email:bob.norman@hostmail.com"] },
        { "shopify_python_api/customers_search.json", "customers/update", ["customer.updated Bob Norman US offers ? by shopify:tea.myshopify.com:207119551,email:bob.norman@hostmail.com"] },
        { "shopify_python_api/checkouts.json", "checkouts/create", ["cart.updated checkout 68778783ad298f1c80c3bafcddeea02f USD 39800: 1x19900+1x19900 by shopify:tea.myshopify.com:207119551,email:bob.norman@hostmail.com"] },
        { "shopify_python_api/draft_order.json", "draft_orders/create", ["nothing unknown-topic"] },
        { "shopify_python_api/discount_code.json", "discounts/create", ["nothing unknown-topic"] },
        { "shopify_python_api/gift_card.json", "gift_cards/create", ["nothing unknown-topic"] },
        { "shopify_python_api/gift_card_adjustment.json", "gift_card_adjustments/create", ["nothing unknown-topic"] },
        { "shopify_python_api/price_rule.json", "price_rules/create", ["nothing unknown-topic"] },
        { "shopify_python_api/transaction.json", "order_transactions/create", ["nothing unknown-topic"] },
        { "ShopifySharp/cart_updated_payload.json", "carts/update", ["cart.updated cart c1-f880804cdbfc39c683dc9fad79ab940a USD 224985: 3x74995 by nobody"] },
        { "ShopifySharp/cart_updated_payload_with_null_note.json", "carts/update", ["cart.updated cart c1-f880804cdbfc39c683dc9fad79ab940a USD 224985: 3x74995 by nobody"] },
        { "ShopifySharp/cart_updated_payload_with_properties.json", "carts/update", ["cart.updated cart c1-3d906b8fc6190196853b56bd73e0591f USD 60000: 1x60000 by nobody"] },
    };

    [SharedDataTheory("shopify")]
    [MemberData(nameof(Table))]
    public void Receive_PublishedPayload_IsAnsweredAsTheTableSays(string file, string topic, string[] expected)
    {
        var answers = Unwrap(RepositoryFiles.Shared("shopify/" + file))
            .Select(body => Describe(new ShopifyConnector().Receive(Deliveries.FromShopify(topic, body), Deliveries.ShopifySettings, Deliveries.Now)))
            .ToArray();

        Assert.Equal(expected, answers);
    }

    [SharedDataFact("shopify")]
    public void Table_NamesEveryPublishedPayload()
    {
        var folder = RepositoryFiles.SharedPath("shopify");
        var present = Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'));

        Assert.Equal(present.Order(StringComparer.Ordinal), Table.Select(row => (string)row[0]).Order(StringComparer.Ordinal));
    }

    [SharedDataFact("shopify")]
    public void Receive_Order450789469_IsWorth587BeforeAndAbout195AfterItsRefund()
    {
        var body = Unwrap(RepositoryFiles.Shared("shopify/shopify-api-js/order.01.json")).Single();
        var answer = (ConnectorAnswer.Accepted)new ShopifyConnector().Receive(Deliveries.FromShopify("orders/create", body), Deliveries.ShopifySettings, Deliveries.Now);
        var order = ((EventData.Order)answer.Events[0].Data).Snapshot;

        Assert.Equal(58_700, order.Lines.Sum(l => l.NetMinor));
        Assert.Equal(39_133, order.Refunds.Single().Lines.Sum(l => l.NetMinor));
        Assert.Equal(["TENOFF"], order.DiscountCodes.AsEnumerable());
        Assert.Equal("shopify:tea.myshopify.com:68778783ad298f1c80c3bafcddeea02f", order.CartId);
        Assert.Null(order.FulfilledAt);
    }

    /// <summary>A body as it is, or the elements of a REST envelope.</summary>
    internal static IEnumerable<byte[]> Unwrap(byte[] file)
    {
        using var document = JsonDocument.Parse(file);
        var root = document.RootElement;
        var members = root.EnumerateObject().ToList();
        if (members.Count != 1) return [file];
        var only = members[0].Value;
        return only.ValueKind == JsonValueKind.Array
            ? [.. only.EnumerateArray().Select(e => JsonSerializer.SerializeToUtf8Bytes(e))]
            : [JsonSerializer.SerializeToUtf8Bytes(only)];
    }

    internal static string Describe(ConnectorAnswer answer) => answer switch
    {
        ConnectorAnswer.Nothing nothing => $"nothing {nothing.Reason}",
        ConnectorAnswer.Kept kept => $"kept {RefusalTable.Name(kept.Code)} {kept.Detail}",
        ConnectorAnswer.Refused refused => $"refused {RefusalTable.Name(refused.Code)} {refused.Detail}",
        ConnectorAnswer.Accepted accepted => Describe(accepted.Events[0]),
        _ => "?",
    };

    private static string Describe(CanonicalEvent e)
    {
        var who = " by " + (e.Identifiers.IsEmpty ? "nobody" : string.Join(',', e.Identifiers));
        const string Shop = "shopify:tea.myshopify.com:";
        return e.Data switch
        {
            EventData.Order o => $"{e.Type} {o.Snapshot.OrderId.Replace(Shop, "")} {o.Snapshot.Currency} {o.Snapshot.Payment} net {string.Join('+', o.Snapshot.Lines.Select(l => l.NetMinor))}"
                + string.Concat(o.Snapshot.Refunds.Select(r => $" refunds {r.RefundId}:{string.Join('+', r.Lines.Select(l => l.NetMinor))}")) + who,
            EventData.Refund r => $"{e.Type} {r.Details.RefundId} of {r.OrderId.Replace(Shop, "")}: "
                + (r.Details.Lines.IsEmpty ? "-" : string.Join('+', r.Details.Lines.Select(l => l.NetMinor))),
            EventData.Person p => $"{e.Type} {p.FirstName} {p.LastName} {p.Country} offers {(p.Consent.TryGetValue("offers", out var given) ? given : "?")}{who}",
            EventData.Cart c => $"{e.Type} {(c.IsCheckout ? "checkout" : "cart")} {c.CartId.Replace(Shop, "")} {c.Currency} {c.TotalMinor}: "
                + string.Join('+', c.Lines.Select(l => $"{l.Quantity}x{l.UnitPriceMinor}")) + who,
            _ => e.Type + who,
        };
    }
}
