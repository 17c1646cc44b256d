namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>Bodies of Shopify's topics, written for these tests.</summary>
internal static class ShopPayloads
{
    /// <summary>A body for every topic that becomes an event.</summary>
    public static IReadOnlyDictionary<string, string> ByTopic { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["customers/create"] = Customer(7101, "all-topics@example.com", "2026-03-01T09:00:00Z"),
        ["customers/update"] = Customer(7101, "all-topics@example.com", "2026-03-01T10:00:00Z"),
        ["carts/create"] = Cart("cart-7101"),
        ["carts/update"] = Cart("cart-7101"),
        ["checkouts/create"] = Checkout("cart-7101"),
        ["checkouts/update"] = Checkout("cart-7101"),
        ["orders/create"] = Order(7101, "all-topics@example.com", "pending"),
        ["orders/paid"] = Order(7101, "all-topics@example.com", "paid"),
        ["orders/updated"] = Order(7101, "all-topics@example.com", "paid"),
        ["orders/fulfilled"] = Order(7101, "all-topics@example.com", "paid", fulfilledAt: "2026-03-02T10:00:00Z"),
        ["orders/cancelled"] = Order(7101, "all-topics@example.com", "voided", cancelledAt: "2026-03-02T11:00:00Z"),
        ["refunds/create"] = """{ "id": 71, "order_id": 7101, "created_at": "2026-03-02T11:00:00Z", "refund_line_items": [{ "line_item_id": 1, "quantity": 1, "subtotal": "20.00" }] }""",
        ["customers/data_request"] = """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 7101, "email": "all-topics@example.com" }, "orders_requested": [7101] }""",
        ["customers/redact"] = """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 7101, "email": "all-topics@example.com" }, "orders_to_redact": [7101] }""",
        ["shop/redact"] = """{ "shop_id": 1, "shop_domain": "tea.myshopify.com" }""",
    };

    public static string Customer(long id, string email, string updatedAt, string state = "subscribed") => $$"""
        { "id": {{id}}, "email": "{{email}}", "first_name": "Mira", "last_name": "Petrova", "created_at": "{{updatedAt}}", "updated_at": "{{updatedAt}}",
          "tags": "zone:America/New_York, locale:en",
          "email_marketing_consent": { "state": "{{state}}", "opt_in_level": "single_opt_in", "consent_updated_at": "{{updatedAt}}" } }
        """;

    /// <summary>Goods for 120.00 USD in two lines, 20.00 and 100.00.</summary>
    public static string Order(
        long id, string email, string payment, string at = "2026-03-02T09:00:00Z", string? fulfilledAt = null, string? cancelledAt = null, bool isTest = false) => $$"""
        { "id": {{id}}, "name": "#{{id}}", "email": "{{email}}", "currency": "USD", "financial_status": "{{payment}}", "test": {{(isTest ? "true" : "false")}},
          "created_at": "{{at}}", "processed_at": "{{at}}", "updated_at": "{{fulfilledAt ?? cancelledAt ?? at}}", "cancelled_at": {{Text(cancelledAt)}},
          "fulfillment_status": {{(fulfilledAt is null ? "null" : "\"fulfilled\"")}},
          "fulfillments": [{{(fulfilledAt is null ? "" : $$"""{ "status": "success", "created_at": "{{fulfilledAt}}" }""")}}],
          "customer": { "id": {{id}}, "email": "{{email}}" },
          "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00" }, { "id": 2, "sku": "POT", "title": "Pot", "quantity": 1, "price": "100.00" }] }
        """;

    private static string Cart(string token) => $$"""
        { "id": "{{token}}", "token": "{{token}}", "updated_at": "2026-03-02T08:00:00Z",
          "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00", "line_price": "20.00", "properties": null }] }
        """;

    private static string Checkout(string cart) => $$"""
        { "id": 1, "token": "checkout-7101", "cart_token": "{{cart}}", "currency": "USD", "subtotal_price": "20.00", "email": "all-topics@example.com", "updated_at": "2026-03-02T08:30:00Z",
          "customer": { "id": 7101, "email": "all-topics@example.com" }, "line_items": [{ "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00", "line_price": "20.00" }] }
        """;

    private static string Text(string? value) => value is null ? "null" : $"\"{value}\"";
}
