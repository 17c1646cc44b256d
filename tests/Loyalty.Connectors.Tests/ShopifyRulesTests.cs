using System.Text;
using Loyalty.Connectors.Shopify;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Refusals;
using static Loyalty.Connectors.Tests.Deliveries;

namespace Loyalty.Connectors.Tests;

public sealed class ShopifyRulesTests
{
    private const string Lines = """[{"id":1,"quantity":1,"price":"10.00"}]""";

    public static readonly TheoryData<string, string, string> Bodies = new()
    {
        // topic, body, answer
        { "orders/create", """{"id":1,"test":true,"currency":"USD","cancelled_at":"2026-01-01T00:00:00Z","financial_status":"voided","line_items":[]}""", "nothing test-order" },
        { "orders/create", "", "kept malformed-body The body is empty." },
        { "orders/create", "{", "kept malformed-body Not JSON at line 1, byte 2." },
        { "orders/create", "[]", "kept invalid-field the body: an object was expected." },
        { "orders/create", "null", "kept invalid-field currency: a currency of ISO 4217 was expected." },
        { "orders/create", """{"id":1.5,"currency":"USD","line_items":[]}""", "kept invalid-field id: a whole number as id was expected." },
        { "orders/create", """{"currency":"USD","line_items":[]}""", "kept invalid-field id: an id was expected." },
        { "orders/create", """{"id":1,"currency":"USD"}""", "kept invalid-field line_items: the order's lines was expected." },
        { "orders/create", """{"id":1,"currency":"QQQ","line_items":[]}""", "kept invalid-field currency: a currency of ISO 4217 was expected." },
        { "orders/create", """{"id":1,"currency":"USD","line_items":{"a":1}}""", "kept invalid-field line_items: an array was expected." },
        { "orders/create", """{"id":1,"currency":"USD","line_items":[{"id":1,"price":"ten"}]}""", "kept invalid-field line_items[0].price: a decimal amount was expected." },
        { "orders/create", """{"id":1,"currency":"USD","line_items":[{"id":1,"price":"1e400"}]}""", "kept invalid-field line_items[0].price: a decimal amount was expected." },
        { "orders/create", """{"id":1,"currency":"USD","line_items":[{"id":1,"price":"1","quantity":-1}]}""", "kept invalid-field line_items[0].quantity: a quantity from 0 to 1,000,000 was expected." },
        { "orders/create", """{"id":1,"currency":"USD","line_items":[{"id":1,"price":"999999999999999","quantity":1000000}]}""", "kept invalid-field line_items[0].price: an amount within ±10^15 minor units was expected." },
        { "orders/create", """{"id":1,"currency":"USD","updated_at":"yesterday","line_items":[]}""", "kept invalid-field updated_at: a moment such as 2026-01-31T09:00:00Z was expected." },
        { "orders/create", """{"id":1,"currency":"USD","updated_at":"9999-01-01T00:00:00Z","line_items":[]}""", "kept invalid-field updated_at: a moment such as 2026-01-31T09:00:00Z was expected." },
        { "orders/create", """{"id":1,"note":"\ud800","currency":"USD","line_items":[]}""", "kept malformed-body A text has half of a surrogate pair." },
        { "refunds/create", """{"id":1,"order_id":2,"refund_line_items":[],"transactions":[{"kind":"refund","status":"failure"},{"kind":"refund","status":"error"}]}""", "nothing failed-refund" },
        { "refunds/create", """{"order_id":2,"refund_line_items":[],"transactions":[]}""", "nothing calculated-refund" },
        { "refunds/create", """{"id":1,"refund_line_items":[]}""", "kept invalid-field order_id: an id was expected." },
        { "refunds/create", """{"id":1,"order_id":2,"refund_line_items":[{"line_item_id":1,"quantity":1,"subtotal":"1"}]}""", "kept invalid-field currency: a currency of ISO 4217 was expected." },
        { "customers/create", """{"email":"a@example.com"}""", "kept invalid-field id: an id was expected." },
        { "customers/redact", """{"shop_domain":"x"}""", "kept invalid-field customer: the person's id, e-mail or phone, or their orders was expected." },
        { "products/create", "no JSON at all", "nothing unknown-topic" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Receive_Body_IsAnsweredWithAReason(string topic, string body, string expected)
    {
        var answer = ReceiveShopify(topic, body);

        Assert.Equal(expected, ShopifyRealPayloadTests.Describe(answer));
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public void Receive_TooLarge_IsKeptWhenGenuineAndRefusedWhenNot()
    {
        var body = new byte[1024 * 1024 + 1];
        var settings = ShopifySettings;

        Assert.Equal(RefusalCode.BodyTooLarge, Assert.IsType<ConnectorAnswer.Kept>(new ShopifyConnector().Receive(FromShopify("orders/create", body), settings, Now)).Code);
        Assert.Equal(401, new ShopifyConnector().Receive(FromShopify("orders/create", body, secret: "other"), settings, Now).Status);
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    [InlineData(5000, false)]
    public void Receive_Deep_IsKeptBeyond32Levels(int levels, bool taken)
    {
        var inner = string.Concat(Enumerable.Repeat("[", levels)) + string.Concat(Enumerable.Repeat("]", levels));
        var answer = ReceiveShopify("orders/create", $$"""{"id":1,"currency":"USD","line_items":{{Lines}},"note_attributes":{{inner}}}""");

        Assert.Equal(taken, answer is ConnectorAnswer.Accepted);
        if (!taken) Assert.True(Assert.IsType<ConnectorAnswer.Kept>(answer).Code is RefusalCode.BodyTooDeep or RefusalCode.MalformedBody);
    }

    [Fact]
    public void Receive_InvalidUtf8_IsKept()
    {
        var answer = new ShopifyConnector().Receive(FromShopify("orders/create", [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D]), ShopifySettings, Now);

        Assert.Equal(RefusalCode.MalformedBody, Assert.IsType<ConnectorAnswer.Kept>(answer).Code);
    }

    [Fact]
    public void Receive_ByteOrderMark_IsSkippedAfterTheSignature()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($$"""{"id":1,"currency":"USD","line_items":{{Lines}}}""")];

        Assert.IsType<ConnectorAnswer.Accepted>(new ShopifyConnector().Receive(FromShopify("orders/create", body), ShopifySettings, Now));
    }

    public static readonly TheoryData<string, string?, string> Headers = new()
    {
        { "X-Shopify-Test", "true", "nothing test-delivery" },
        { "X-Shopify-Topic", null, "kept missing-header X-Shopify-Topic is missing." },
        { "X-Shopify-Shop-Domain", null, "kept missing-header X-Shopify-Shop-Domain is missing or no domain." },
        { "X-Shopify-Shop-Domain", "a:b/c", "kept missing-header X-Shopify-Shop-Domain is missing or no domain." },
        { "Content-Type", "application/xml", "kept unsupported-media-type Set the webhook's format to JSON." },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Receive_Header_IsAnsweredWithAReason(string header, string? value, string expected)
    {
        var delivery = FromShopify("orders/create", $$"""{"id":1,"currency":"USD","line_items":{{Lines}}}""", h =>
        {
            if (value is null) h.Remove(header);
            else h[header] = value;
        });

        Assert.Equal(expected, ShopifyRealPayloadTests.Describe(new ShopifyConnector().Receive(delivery, ShopifySettings, Now)));
    }

    [Fact]
    public void Receive_Get_Is405() =>
        Assert.Equal(405, new ShopifyConnector().Receive(FromShopify("orders/create", "{}") with { Method = "GET" }, ShopifySettings, Now).Status);

    [Fact]
    public void Receive_SameEventIdUnderTwoTopics_AreTwoEvents_AndTwoDeliveriesOfOneAreOne()
    {
        var body = $$"""{"id":1,"currency":"USD","line_items":{{Lines}}}""";
        CanonicalEvent One(string topic, string webhookId) => ((ConnectorAnswer.Accepted)new ShopifyConnector()
            .Receive(FromShopify(topic, body, h => h["X-Shopify-Webhook-Id"] = webhookId), ShopifySettings, Now)).Events[0];

        Assert.Equal(IntakeKeys.MessageId(One("orders/create", "a")), IntakeKeys.MessageId(One("orders/create", "b")));
        Assert.NotEqual(IntakeKeys.MessageId(One("orders/create", "a")), IntakeKeys.MessageId(One("orders/updated", "a")));
    }

    [Fact]
    public void Receive_WithoutAnyId_TheBodyIsTheId()
    {
        static CanonicalEvent One(string body) => ((ConnectorAnswer.Accepted)new ShopifyConnector().Receive(
            FromShopify("orders/create", body, h =>
            {
                h.Remove("X-Shopify-Webhook-Id");
                h.Remove("X-Shopify-Event-Id");
            }),
            ShopifySettings,
            Now)).Events[0];
        var first = $$"""{"id":1,"currency":"USD","line_items":{{Lines}}}""";

        Assert.Equal(One(first).Id, One(first).Id);
        Assert.NotEqual(One(first).Id, One(first.Replace("\"id\":1,\"currency", "\"id\":2,\"currency")).Id);
    }

    public static readonly TheoryData<string, string> FinancialStatus = new()
    {
        { "paid", EventTypes.OrderPaid },
        { "partially_refunded", EventTypes.OrderPaid },
        { "refunded", EventTypes.OrderPaid },
        { "partially_paid", EventTypes.OrderUpdated },
        { "pending", EventTypes.OrderUpdated },
        { "authorized", EventTypes.OrderUpdated },
        { "voided", EventTypes.OrderUpdated },
        { "something new", EventTypes.OrderUpdated },
    };

    [Theory]
    [MemberData(nameof(FinancialStatus))]
    public void Receive_OrdersPaid_IsPaidOnlyIfTheBodySaysSo(string status, string type)
    {
        var answer = ReceiveShopify("orders/paid", $$"""{"id":1,"currency":"USD","financial_status":"{{status}}","line_items":{{Lines}}}""");

        Assert.Equal(type, ((ConnectorAnswer.Accepted)answer).Events[0].Type);
    }

    [Fact]
    public void SessionId_OrderAndCustomerOfOnePerson_AreEqual_GuestsByEmail_RefundsByOrder()
    {
        static string Session(string topic, string body) => IntakeKeys.SessionId(((ConnectorAnswer.Accepted)ReceiveShopify(topic, body)).Events[0]);
        var order = Session("orders/create", $$"""{"id":1,"currency":"USD","customer":{"id":5,"email":"a@x.org"},"line_items":{{Lines}}}""");

        Assert.Equal(order, Session("customers/update", """{"id":"5","email":"changed@x.org"}"""));
        Assert.Equal(
            Session("orders/create", $$"""{"id":1,"currency":"USD","email":"A@x.org","line_items":{{Lines}}}"""),
            Session("checkouts/create", """{"token":"t","email":" a@x.org","line_items":[]}"""));
        Assert.Equal(
            Session("orders/create", $$"""{"id":1,"currency":"USD","line_items":{{Lines}}}"""),
            Session("refunds/create", """{"id":9,"order_id":1,"refund_line_items":[]}"""));
    }

    public static readonly TheoryData<string, string, string> Bundles = new()
    {
        // why, further members of the child row, which line ids count
        { "the row names its parent", """ "sku":"BOX","price":"0.00","parent_line_item_id":1 """, "1" },
        { "the child carries the price", """ "sku":"BOX","price":"99.00","parent_id":1 """, "2" },
        { "both carry the price", """ "sku":"BOX","price":"30.00","bundled_by":"1" """, "1" },
        { "a property names the parent", """ "sku":"BOX","price":"0","properties":[{"name":"_parent_item_id","value":"1"}] """, "1" },
        { "a property object names the parent", """ "sku":"BOX","price":"0","properties":{"bundled_by":1} """, "1" },
        { "another SKU is a part of its own", """ "sku":"CUP","price":"5.00","parent_line_item_id":1 """, "1,2" },
        { "no tie: two purchases", """ "sku":"BOX","price":"30.00" """, "1,2" },
        { "the parent is not on the order", """ "sku":"BOX","price":"30.00","parent_line_item_id":77 """, "1,2" },
        { "its own parent", """ "sku":"BOX","price":"30.00","parent_line_item_id":2 """, "1,2" },
        { "no parent is written as 0", """ "sku":"BOX","price":"30.00","parent_id":0 """, "1,2" },
    };

    [Theory]
    [MemberData(nameof(Bundles))]
    public void Receive_BundleRows_AreCountedOnce(string why, string child, string counted)
    {
        var rows = $$"""[{"id":1,"sku":"BOX","quantity":1,"price":"30.00"},{"id":2,"quantity":1,{{child}}}]""";
        var answer = ReceiveShopify("orders/create", $$"""{"id":1,"currency":"USD","line_items":{{rows}} }""");
        var order = ((EventData.Order)((ConnectorAnswer.Accepted)answer).Events[0].Data).Snapshot;

        Assert.True(counted == string.Join(',', order.Lines.Select(line => line.LineId)), why);
    }

    public static readonly TheoryData<string, string> Buyers = new()
    {
        { """ "customer":{"id":5,"email":"a@x.org","phone":"+35988111222"},"email":"gift@y.org","phone":"+35988999999" """, "shopify:tea.myshopify.com:5,email:a@x.org,phone:+35988111222" },
        { """ "customer":{"id":5,"email":null},"email":"a@x.org" """, "shopify:tea.myshopify.com:5,email:a@x.org" },
        { """ "customer":null,"email":"a@x.org","phone":"+35988111222" """, "email:a@x.org" },
        { """ "email":"","contact_email":"b@x.org" """, "email:b@x.org" },
        { """ "customer":null,"email":"","phone":"+359 88 111-222" """, "phone:+35988111222" },
        { """ "email":"not an address" """, "" },
    };

    [Theory]
    [MemberData(nameof(Buyers))]
    public void Receive_Order_IsIdentifiedByItsCustomerElseByItsEmail(string members, string expected)
    {
        var answer = ReceiveShopify("orders/updated", $$"""{"id":1,"currency":"USD","line_items":{{Lines}},{{members}} }""");

        Assert.Equal(expected, string.Join(',', ((ConnectorAnswer.Accepted)answer).Events[0].Identifiers));
    }
}
