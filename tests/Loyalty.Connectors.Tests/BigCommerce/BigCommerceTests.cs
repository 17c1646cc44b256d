using System.Text;
using Loyalty.Connectors.BigCommerce;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Standard;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Tests.BigCommerce;

/// <summary>A thin webhook, and what is read for it through the real HTTP client from a server on loopback.</summary>
public sealed class BigCommerceTests : IDisposable
{
    private const string Secret = "the client secret, any bytes: ü";
    private const string Thin = """{"scope":"store/order/statusUpdated","store_id":"1","data":{"type":"order","id":250},"hash":"x","created_at":1772355000,"producer":"stores/abc123"}""";
    private const string Order = """
        {"id":250,"status_id":11,"status":"Awaiting Fulfillment","customer_id":7,"date_created":"Sat, 28 Feb 2026 09:00:00 +0000","date_modified":"Sun, 01 Mar 2026 08:00:00 +0000","date_shipped":"",
         "currency_code":"EUR","payment_status":"captured","shipping_cost_ex_tax":"4.9000","order_source":"www","cart_id":"c-1","billing_address":{"first_name":"A","country_iso2":"BG","email":"other@example.com"}}
        """;
    private const string Products = """
        [{"id":31,"product_id":5,"sku":"TEA","name":"Tea","quantity":3,"total_ex_tax":"30.0000","total_tax":"6.0000","type":"physical","applied_discounts":[{"id":"coupon","amount":"3.0000"}],"parent_order_product_id":null},
         {"id":32,"product_id":6,"sku":"GIFT","name":"Card","quantity":1,"total_ex_tax":"25.0000","total_tax":"0.0000","type":"giftcertificate","applied_discounts":[]}]
        """;
    private const string Refunds = """
        {"data":[{"id":9,"order_id":250,"created":"2026-03-01T07:59:00Z","total_amount":9,"items":[{"item_type":"PRODUCT","item_id":31,"quantity":1,"requested_amount":null},{"item_type":"SHIPPING","item_id":1,"quantity":1,"requested_amount":4.9}]},
                 {"id":10,"order_id":250,"created":"2026-03-01T07:59:30Z","total_amount":2.5,"items":[{"item_type":"ORDER","item_id":250,"quantity":1,"requested_amount":2.5}]}],"meta":{}}
        """;

    private readonly TestShop _shop = new();
    private readonly HttpClient _client = ShopHttp.MakeClient();

    private ConnectorSettings Settings => new() { Secrets = ["before", Secret], Api = new ShopApi(new Uri(_shop.Url, "stores/abc123"), null, "token") };

    public void Dispose()
    {
        _client.Dispose();
        _shop.Dispose();
    }

    [Fact]
    public void Receive_OrderScope_BecomesAnEventToFetch()
    {
        var answer = Assert.IsType<ConnectorAnswer.Accepted>(Receive(Thin));

        var e = Assert.Single(answer.Events);
        Assert.Equal(new ShopResource("bigcommerce", "abc123", "order", "250"), ShopResource.Of(e));
        Assert.Equal("bigcommerce:msg_1", answer.DeliveryKey);
        Assert.Equal(e.Key, ((ConnectorAnswer.Accepted)Receive(Thin)).Events[0].Key);
    }

    [Theory]
    [InlineData("store/order/statusUpdated", "store/product/updated", "nothing unknown-topic")]
    [InlineData("store/order/statusUpdated", "store/customer/address/created", "nothing unknown-topic")]
    [InlineData("store/order/statusUpdated", "store/customer/deleted", "nothing customer-deleted")]
    [InlineData("store/order/statusUpdated", "store/order/deleted", "nothing order-deleted")]
    [InlineData("stores/abc123", "stores/another", "kept invalid-field producer: the store of Connectors__BigCommerce__Api__Url was expected.")]
    [InlineData("\"id\":250", "\"id\":{}", "kept invalid-field data.id: an id was expected.")]
    [InlineData("\"scope\":", "\"scope\"", "kept malformed-body Not JSON at line 1, byte 9.")]
    public void Receive_OtherBody_IsAnswered200(string from, string to, string expected)
    {
        var answer = Receive(Thin.Replace(from, to));

        Assert.Equal((200, expected), (answer.Status, GoldenEvents.Facts(answer)));
    }

    [Fact]
    public void Receive_EveryBitOfBodyAndSignature_IsChecked()
    {
        var body = Encoding.UTF8.GetBytes(Thin);
        var good = Headers(body, Deliveries.Now);
        for (var bit = 0; bit < body.Length * 8; bit += 7)
        {
            var changed = (byte[])body.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(RefusalCode.BadSignature, Code(new BigCommerceConnector().Receive(WebhookDelivery.From("POST", good, changed), Settings, Deliveries.Now)));
        }

        var signature = Convert.FromBase64String(good["webhook-signature"][3..]);
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            var changed = (byte[])signature.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            var headers = new Dictionary<string, string>(good) { ["webhook-signature"] = "v1," + Convert.ToBase64String(changed) };
            Assert.Equal(RefusalCode.BadSignature, Code(new BigCommerceConnector().Receive(WebhookDelivery.From("POST", headers, body), Settings, Deliveries.Now)));
        }

        Assert.Equal(RefusalCode.StaleTimestamp, Code(new BigCommerceConnector().Receive(WebhookDelivery.From("POST", Headers(body, Deliveries.Now + Duration.FromSeconds(301)), body), Settings, Deliveries.Now)));
        Assert.Equal(RefusalCode.BadSignature, Code(new BigCommerceConnector().Receive(WebhookDelivery.From("POST", good, body), Settings with { Secrets = [""] }, Deliveries.Now)));
    }

    [Fact]
    public async Task Read_Order_TellsEverythingKnownOfIt()
    {
        AnswerOrder();

        var found = Assert.IsType<ShopReading.Found>(await ReadAsync("order", "250"));

        var e = Assert.Single(found.Events).Event;
        var order = ((EventData.Order)e.Data).Snapshot;
        Assert.Equal("bigcommerce:abc123:7", Assert.Single(e.Identifiers).Value);
        Assert.Equal(("EUR", PaymentStatus.Paid, 490L, "web", "bigcommerce:abc123:c-1"), (order.Currency, order.Payment, order.ShippingMinor, order.Channel, order.CartId));
        Assert.Equal([("31", 3L, 2700L, 600L, false), ("32", 1L, 2500L, 0L, true)], order.Lines.Select(static line => (line.LineId, line.Quantity, line.NetMinor, line.TaxMinor, line.IsGiftCard)));
        Assert.Equal(["SPRING"], order.DiscountCodes.AsEnumerable());
        Assert.Equal((1L, 900L, (long?)null), (order.Refunds[0].Lines[0].Quantity, order.Refunds[0].Lines[0].NetMinor, order.Refunds[0].AmountMinor));
        Assert.Equal((0, (long?)250), (order.Refunds[1].Lines.Length, order.Refunds[1].AmountMinor));
        Assert.All(_shop.Asked, static asked => Assert.EndsWith(" token", asked, StringComparison.Ordinal));
        Assert.Equal(found.Events[0].MessageId, ((ShopReading.Found)await ReadAsync("order", "250")).Events[0].MessageId);
    }

    [Theory]
    [InlineData("\"status_id\":11", "\"status_id\":0", "draft-order")]
    public async Task Read_Checkout_IsNoOrder(string from, string to, string reason)
    {
        AnswerOrder();
        _shop.Answer("/stores/abc123/v2/orders/250", Order.Replace(from, to));

        Assert.Equal(new ShopReading.Nothing(reason), await ReadAsync("order", "250"));
    }

    [Theory]
    [InlineData(11, "captured", PaymentStatus.Paid, false)]
    [InlineData(1, "", PaymentStatus.Pending, false)]
    [InlineData(7, "authorized", PaymentStatus.Authorized, false)]
    [InlineData(11, "", PaymentStatus.Paid, false)]
    [InlineData(5, "", PaymentStatus.Voided, false)]
    [InlineData(5, "paid", PaymentStatus.Paid, true)]
    [InlineData(6, "declined", PaymentStatus.Voided, false)]
    [InlineData(4, "refunded", PaymentStatus.Refunded, false)]
    [InlineData(14, "partially refunded", PaymentStatus.PartiallyRefunded, false)]
    public async Task Read_Status_IsPaidOrNot(int status, string payment, PaymentStatus expected, bool isCancelled)
    {
        AnswerOrder();
        _shop.Answer("/stores/abc123/v2/orders/250", Order.Replace("\"status_id\":11", $"\"status_id\":{status}").Replace("captured", payment));

        var e = Assert.IsType<ShopReading.Found>(await ReadAsync("order", "250")).Events[0].Event;

        Assert.Equal((expected, isCancelled), (((EventData.Order)e.Data).Snapshot.Payment, e.Type == EventTypes.OrderCancelled));
    }

    [Fact]
    public async Task Read_Guest_IsKnownByTheirAddress()
    {
        AnswerOrder();
        _shop.Answer("/stores/abc123/v2/orders/250", Order.Replace("\"customer_id\":7", "\"customer_id\":0"));

        var found = Assert.IsType<ShopReading.Found>(await ReadAsync("order", "250"));

        Assert.Equal(["order.updated", "customer.updated"], found.Events.Select(static one => one.Event.Type));
        Assert.All(found.Events, static one => Assert.Equal("email:other@example.com", Assert.Single(one.Event.Identifiers).Value));
    }

    [Theory]
    [InlineData("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "customer.signed-up")]
    [InlineData("2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z", "customer.updated")]
    public async Task Read_Customer_IsNewOrChanged(string created, string modified, string type)
    {
        _shop.Answer("/stores/abc123/v3/customers", $$"""{"data":[{"id":7,"email":"Seven@Example.com","first_name":"S","date_created":"{{created}}","date_modified":"{{modified}}"}]}""");

        var e = Assert.IsType<ShopReading.Found>(await ReadAsync("customer", "7")).Events.Single().Event;

        Assert.Equal((type, "email:seven@example.com"), (e.Type, e.Identifiers[1].Value));
        Assert.StartsWith("/stores/abc123/v3/customers?id:in=7 ", _shop.Asked.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_CustomerOrOrderGone_IsCounted()
    {
        _shop.Answer("/stores/abc123/v3/customers", """{"data":[]}""");

        Assert.Equal(new ShopReading.Nothing("gone"), await ReadAsync("customer", "7"));
        Assert.Equal(new ShopReading.Nothing("gone"), await ReadAsync("order", "251"));
    }

    [Theory]
    [InlineData(429, "Later")]
    [InlineData(401, "Refused")]
    public async Task Read_SecondQuestionFails_NothingIsToldByHalf(int status, string expected)
    {
        AnswerOrder();
        _shop.Answer("/stores/abc123/v2/orders/250/products", "", status);

        Assert.Equal(expected, (await ReadAsync("order", "250")).GetType().Name);
    }

    private void AnswerOrder()
    {
        _shop.Answer("/stores/abc123/v2/orders/250", Order);
        _shop.Answer("/stores/abc123/v2/orders/250/products", Products);
        _shop.Answer("/stores/abc123/v2/orders/250/coupons", """[{"id":1,"code":"SPRING"}]""");
        _shop.Answer("/stores/abc123/v3/orders/250/payment_actions/refunds", Refunds);
    }

    private Task<ShopReading> ReadAsync(string kind, string id) => new BigCommerceReader(new ShopHttp(_client), Settings, new FixedClock(Deliveries.Now)).ReadAsync(
        new CanonicalEvent
        {
            Id = "1",
            Source = "bigcommerce:abc123",
            Type = EventTypes.ShopChanged,
            Time = Deliveries.Now,
            ReceivedAt = Deliveries.Now,
            Data = new EventData.Facts(ShopResource.Facts("bigcommerce", "abc123", kind, id)),
        },
        default);

    private ConnectorAnswer Receive(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new BigCommerceConnector().Receive(WebhookDelivery.From("POST", Headers(bytes, Deliveries.Now), bytes), Settings, Deliveries.Now);
    }

    private static Dictionary<string, string> Headers(byte[] body, Instant at) => new()
    {
        ["content-type"] = "application/json",
        ["webhook-id"] = "msg_1",
        ["webhook-timestamp"] = $"{at.ToUnixTimeSeconds()}",
        ["webhook-signature"] = StandardSignature.Sign("msg_1", at.ToUnixTimeSeconds(), body, BigCommerceConnector.StandardSecret(Secret)),
    };

    private static RefusalCode Code(ConnectorAnswer answer) => Assert.IsType<ConnectorAnswer.Refused>(answer).Code;
}
