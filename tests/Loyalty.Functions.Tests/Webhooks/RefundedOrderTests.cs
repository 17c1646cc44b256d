using System.Text;
using System.Text.Json.Nodes;
using NodaTime;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>
/// An order of 587.00 whose refund leaves 195.67: at a point per whole dollar 587 are earned, 392 reversed (flooring the refund's own lines gives
/// 391), 195 kept; in whatever order and however often the two are told.
/// </summary>
public sealed class RefundedOrderTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string OrderWith = "order with its refund";
    private const string OrderWithout = "order";
    private const string Refund = "refund";

    public static readonly TheoryData<string[]> Deliveries = new()
    {
        new[] { OrderWith },
        new[] { OrderWith, Refund, Refund },
        new[] { OrderWithout, Refund },
        new[] { OrderWithout, Refund, Refund },
        new[] { Refund, OrderWithout },
        new[] { Refund, Refund, OrderWithout, Refund },
        new[] { OrderWithout, OrderWith },
        new[] { Refund, OrderWith, OrderWithout },
    };

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Post_OwnOrderAndRefund_Keep195Of587(string[] deliveries)
    {
        var (order, refund) = OwnBodies();

        await AssertKeeps195Async(program, "own-" + Name(deliveries), order, refund, deliveries);
    }

    internal static async Task AssertKeeps195Async(ProgramFixture program, string scenario, string order, string refund, string[] deliveries)
    {
        // A shop and a person of its own, so that scenarios share one host.
        var (shop, email) = ($"{scenario}.myshopify.com", $"{scenario}@example.com");
        foreach (var delivery in deliveries)
        {
            var (topic, body) = delivery switch
            {
                Refund => ("refunds/create", refund),
                OrderWith => ("orders/paid", Personal(order, email, withRefund: true)),
                _ => ("orders/paid", Personal(order, email, withRefund: false)),
            };
            Assert.Equal("202", (await program.ShopifyAsync(topic, body, request => request.Set("X-Shopify-Shop-Domain", shop))).Summary);
            await program.SettleAsync();
        }

        var id = await program.IdOfAsync(email);
        var balances = (await program.GetAsync($"api/customers/{id}/points")).Body["wallets"]!.AsArray().Single()!["balances"]!;
        Assert.Equal(195, (long)balances["pending"]! + (long)balances["available"]!);
        Assert.Equal(392, (long)balances["reversed"]!);
        Assert.Equal(587, Math.Abs((long)balances["issued"]!));

        var explained = (await program.GetAsync($"api/customers/{id}/points/explain")).Body.AsArray().Single()!;
        var lines = explained["lines"]!.AsArray().Where(static line => (string)line!["type"]! is "grant" or "reverse").ToList();
        Assert.Equal(["grant 587", "reverse 392"], lines.Select(static line => $"{line!["type"]} {line["points"]}"));
        Assert.All(lines, line =>
        {
            Assert.Equal("one-per-dollar", (string)line!["cause"]!["ruleId"]!);
            Assert.True((int)line["cause"]!["ruleVersion"]! >= 1);
            Assert.Equal($"shopify:{shop}:450789469", (string)line["cause"]!["orderId"]!);
        });
        Assert.Equal("sale", (string)lines[0]!["cause"]!["revision"]!);
        Assert.Contains("509562969", (string)lines[1]!["cause"]!["revision"]!, StringComparison.Ordinal);
    }

    private static string Personal(string order, string email, bool withRefund)
    {
        var body = JsonNode.Parse(order)!;
        body["email"] = email;
        body["contact_email"] = email;
        body["phone"] = null;
        body["customer"]!["email"] = email;
        body["customer"]!["phone"] = null;
        if (withRefund) return body.ToJsonString();
        body["refunds"] = new JsonArray();
        body["financial_status"] = "paid";
        return body.ToJsonString();
    }

    internal static string Name(string[] deliveries) =>
        string.Concat(deliveries.Select(static one => one switch { OrderWith => 'w', OrderWithout => 'o', _ => 'r' }));

    private static (string Order, string Refund) OwnBodies()
    {
        const string RefundLines = """
            [{ "line_item_id": 11, "quantity": 1, "subtotal": "195.66" }, { "line_item_id": 12, "quantity": 1, "subtotal": 195.67 }]
            """;
        var refund = $$"""
            { "id": 509562969, "order_id": 450789469, "created_at": "2026-03-02T14:00:00Z", "refund_line_items": {{RefundLines}},
              "transactions": [{ "kind": "refund", "status": "success", "currency": "USD", "amount": "391.33" }] }
            """;
        var order = $$"""
            { "id": 450789469, "currency": "USD", "financial_status": "partially_refunded", "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z",
              "customer": { "id": 5, "email": "somebody@example.com" },
              "line_items": [
                { "id": 11, "quantity": 1, "price": "199.00", "discount_allocations": [{ "amount": "3.34" }] },
                { "id": 12, "quantity": 1, "price": "199.00", "discount_allocations": [{ "amount": "3.33" }] },
                { "id": 13, "quantity": 1, "price": "199.00", "discount_allocations": [{ "amount": "3.33" }] }],
              "refunds": [{{refund}}] }
            """;
        return (order, refund);
    }
}

/// <summary>The order that a published example tells, on the day after it was placed: 18 years later its points have ended.</summary>
public sealed class PublishedRefundTests(PublishedRefundTests.AtTheOrder program) : IClassFixture<PublishedRefundTests.AtTheOrder>
{
    [SharedDataTheory("shopify/shopify-api-js/order.01.json")]
    [MemberData(nameof(RefundedOrderTests.Deliveries), MemberType = typeof(RefundedOrderTests))]
    public async Task Post_PublishedOrder450789469AndItsRefund_Keep195Of587(string[] deliveries)
    {
        var order = Encoding.UTF8.GetString(SharedBodies.Read("shopify/shopify-api-js/order.01.json")[0]);
        var refund = Encoding.UTF8.GetString(SharedBodies.Read("shopify/shopify-api-js/refund.01.json")[0]);

        await RefundedOrderTests.AssertKeeps195Async(program, "real-" + RefundedOrderTests.Name(deliveries), order, refund, deliveries);
    }

    public sealed class AtTheOrder : ProgramFixture
    {
        protected override Instant Start => Instant.FromUtc(2008, 1, 11, 12, 0);
    }
}
