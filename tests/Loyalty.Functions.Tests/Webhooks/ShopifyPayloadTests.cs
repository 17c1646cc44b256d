using Loyalty.Connectors.Shopify;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>Real payloads and our own, posted with a right signature: file → topic → answer.</summary>
public sealed class ShopifyPayloadTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Taken = "202";
    private const string Unknown = "200 unknown-topic";

    public static readonly TheoryData<string, string, string[]> Published = new()
    {
        { "shopify-api-js/order.01.json", "orders/updated", [Taken] },
        { "shopify-api-js/order.03.json", "orders/paid", [Taken] },
        { "shopify-api-js/order.11.json", "orders/create", [Taken] },
        { "shopify-api-js/order.12.json", "orders/paid", [Taken] },
        { "shopify-api-js/refund.01.json", "refunds/create", [Taken] },
        { "shopify-api-js/refund.02.json", "refunds/create", [Taken] },
        { "shopify-api-js/refund.03.json", "refunds/create", [Taken] },
        { "shopify-api-js/refund.05.json", "refunds/create", ["200 calculated-refund"] },
        { "shopify-api-js/customer.01.json", "customers/create", [Taken, Taken] },
        { "shopify-api-js/gift_card.01.json", "gift_cards/create", [Unknown, Unknown] },
        { "shopify_python_api/order.json", "orders/create", [Taken] },
        { "shopify_python_api/orders.json", "orders/updated", ["200 invalid-field"] },
        { "shopify_python_api/refund.json", "refunds/create", [Taken] },
        { "shopify_python_api/customer.json", "customers/update", [Taken] },
        { "shopify_python_api/customers_search.json", "customers/update", [Taken] },
        { "shopify_python_api/checkouts.json", "checkouts/create", [Taken] },
        { "shopify_python_api/draft_order.json", "draft_orders/create", [Unknown] },
        { "shopify_python_api/discount_code.json", "discounts/create", [Unknown] },
        { "shopify_python_api/gift_card.json", "gift_cards/create", [Unknown] },
        { "shopify_python_api/gift_card_adjustment.json", "gift_card_adjustments/create", [Unknown] },
        { "shopify_python_api/price_rule.json", "price_rules/create", [Unknown] },
        { "shopify_python_api/transaction.json", "order_transactions/create", [Unknown] },
        { "ShopifySharp/cart_updated_payload.json", "carts/update", [Taken] },
        { "ShopifySharp/cart_updated_payload_with_null_note.json", "carts/update", [Taken] },
        { "ShopifySharp/cart_updated_payload_with_properties.json", "carts/update", [Taken] },
    };

    public static readonly TheoryData<string, string, string> Own = new()
    {
        { "orders/paid", ShopPayloads.Order(7201, "test-order@example.com", "paid", isTest: true), "200 test-order" },
        { "orders/updated", """{ "id": 7202, "currency": "USD", "financial_status": "paid" }""", "200 invalid-field" },
        { "orders/create", """{ "id": 7203, "currency": "XXQ", "line_items": [] }""", "200 invalid-field" },
        { "refunds/create", """{ "transactions": [{ "kind": "suggested_refund" }], "refund_line_items": [] }""", "200 calculated-refund" },
        { "refunds/create", """{ "id": 7204, "order_id": 1, "transactions": [{ "kind": "refund", "status": "failure" }], "refund_line_items": [] }""", "200 failed-refund" },
        { "customers/update", """{ "id": 7205, "email": "not an address" }""", Taken },
        { "price_rules/create", """{ "id": 1 }""", Unknown },
        { "app/uninstalled", "[", Unknown },
    };

    [SharedDataTheory("shopify")]
    [MemberData(nameof(Published))]
    public async Task Post_PublishedPayload_IsAnsweredAsTheTableSays(string file, string topic, string[] expected)
    {
        var answers = new List<string>();
        foreach (var body in SharedBodies.Read("shopify/" + file)) answers.Add((await program.ShopifyAsync(topic, body)).Summary);

        Assert.Equal(expected, answers);
        await AssertDrainedAsync();
    }

    [SharedDataFact("shopify")]
    public void Table_NamesEveryPublishedPayload()
    {
        var folder = SharedData.Full("shopify");
        var present = Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'));

        Assert.Equal(present.Order(StringComparer.Ordinal), Published.Select(static row => (string)row[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Post_EveryTopic_IsTakenAndApplied()
    {
        Assert.Equal(ShopifyConnector.KnownTopics.Order(StringComparer.Ordinal), ShopPayloads.ByTopic.Keys.Order(StringComparer.Ordinal));
        foreach (var (topic, body) in ShopPayloads.ByTopic.Where(static one => !IsErasure(one.Key))) Assert.Equal((topic, Taken), (topic, (await program.ShopifyAsync(topic, body)).Summary));

        await AssertDrainedAsync();
        var person = $"api/customers?external=shopify:{ProgramFixture.Shop}:7101";
        Assert.Equal(200, (await program.GetAsync(person)).Status);

        // A shop that is closed, so that the others' people stay.
        foreach (var (topic, body) in ShopPayloads.ByTopic.Where(static one => IsErasure(one.Key)))
            Assert.Equal((topic, Taken), (topic, (await program.ShopifyAsync(topic, body, request => OfAClosedShop(topic, request))).Summary));

        await AssertDrainedAsync();
        Assert.Equal(404, (await program.GetAsync(person)).Status);
    }

    private static bool IsErasure(string topic) => topic.EndsWith("/redact", StringComparison.Ordinal);

    private static void OfAClosedShop(string topic, HttpRequestMessage request)
    {
        if (topic == "shop/redact") request.Set("X-Shopify-Shop-Domain", "closed.myshopify.com");
    }

    [Theory]
    [MemberData(nameof(Own))]
    public async Task Post_OwnPayload_IsAnsweredAsTheTableSays(string topic, string body, string expected)
    {
        Assert.Equal(expected, (await program.ShopifyAsync(topic, body)).Summary);
        await AssertDrainedAsync();
    }

    [Theory]
    [InlineData("orders/paid")]
    [InlineData("carts/update")]
    [InlineData("checkouts/update")]
    public async Task Post_AThousandLinesInAboutOneMebibyte_AreApplied(string topic)
    {
        var title = new string('ж', 290);
        var lines = string.Join(',', Enumerable.Range(1, 1000).Select(line =>
            $$"""{ "id": {{line}}, "sku": "{{new string('s', 90)}}-{{line}}", "product_id": {{line}}, "title": "{{title}}", "quantity": 1, "price": "1.00", "line_price": "1.00" }"""));
        var email = topic.Replace('/', '-') + "@example.com";
        var id = topic.Length + 9000;
        var body = $$"""
            { "id": {{id}}, "token": "{{topic}}", "email": "{{email}}", "currency": "USD", "financial_status": "paid", "created_at": "2026-03-02T09:00:00Z",
              "updated_at": "2026-03-02T09:00:00Z", "customer": { "id": {{id}}, "email": "{{email}}" }, "line_items": [{{lines}}] }
            """;

        Assert.Equal(Taken, (await program.ShopifyAsync(topic, body)).Summary);
        await AssertDrainedAsync();
        if (topic == "carts/update") return;
        var points = (await program.GetAsync($"api/customers/{await program.IdOfAsync(email)}/points")).Body["wallets"]!.AsArray();
        if (topic == "orders/paid") Assert.Equal(1000, (long)points.Single()!["balances"]!["pending"]!);
    }

    /// <summary>Everything accepted was taken from the queue, and nothing had to be given up.</summary>
    private async Task AssertDrainedAsync()
    {
        await program.SettleAsync();
        Assert.All(program.Host.Queues, static queue => Assert.Equal((0, 0), (queue.Counts.Ready, queue.Counts.Delivered)));
        Assert.Empty(program.DeadLetters());
    }
}
