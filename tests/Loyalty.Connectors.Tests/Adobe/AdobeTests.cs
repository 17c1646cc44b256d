using System.Security.Cryptography;
using System.Text;
using Loyalty.Connectors.Adobe;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Connectors.Tests.Adobe;

/// <summary>Adobe I/O Events: keys, recipients, and what Adobe Commerce's events become.</summary>
public sealed class AdobeTests : IDisposable
{
    private const string Path1 = "/prod/keys/pub-key-1.pem";
    private const string Path2 = "/prod/keys/pub-key-2.pem";
    private static readonly RSA First = RSA.Create(2048);
    private static readonly RSA Second = RSA.Create(2048);
    private static readonly ConnectorSettings Settings = new() { ClientIds = ["client-1"], Shop = "store" };
    private static readonly Dictionary<string, string> Keys = new() { [Path1] = First.ExportSubjectPublicKeyInfoPem(), [Path2] = Second.ExportSubjectPublicKeyInfoPem() };

    private const string Order = """
        {"entity_id":"15","increment_id":"000000015","state":"processing","order_currency_code":"EUR","created_at":"2026-02-28 10:00:00","updated_at":"2026-02-28 10:05:00","grand_total":"49.9000","total_paid":"49.9000",
         "shipping_amount":"5.0000","coupon_code":"SPRING","quote_id":"88","customer_id":"3","customer_email":"Three@Example.com","customer_firstname":"T","items":[
         {"item_id":"1","sku":"SHIRT-M","name":"Shirt","product_type":"configurable","qty_ordered":"1.0000","row_total":"30.0000","discount_amount":"3.6300","discount_tax_compensation_amount":"0.6300","tax_amount":"5.6700"},
         {"item_id":"2","sku":"SHIRT-M","name":"Shirt M","product_type":"simple","qty_ordered":"1.0000","row_total":"0.0000","parent_item_id":"1"},
         {"item_id":"3","sku":"SET","product_type":"bundle","qty_ordered":1,"row_total":0},
         {"item_id":"4","sku":"CUP","product_type":"simple","qty_ordered":2,"row_total":10,"parent_item_id":"3"}]}
        """;

    private readonly TestShop _host = new();
    private readonly HttpClient _client = ShopHttp.MakeClient();

    public void Dispose()
    {
        _client.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void Receive_Order_NetsItsRowsAndCountsParentsOrChildren()
    {
        var answer = Assert.IsType<ConnectorAnswer.Accepted>(Receive(Event("sales_order_place_after", Order)));

        Assert.Equal(["order.placed", "customer.updated"], answer.Events.Select(static e => e.Type));
        var order = ((EventData.Order)answer.Events[0].Data).Snapshot;
        Assert.Equal([("1", 1L, 2700L), ("4", 2L, 1000L)], order.Lines.Select(static line => (line.LineId, line.Quantity, line.NetMinor)));
        Assert.Equal(("adobe:store:15", PaymentStatus.Paid, 500L, Instant.FromUtc(2026, 2, 28, 10, 5)), (order.OrderId, order.Payment, order.ShippingMinor, order.UpdatedAt));
        Assert.Equal(["adobe:store:3", "email:three@example.com"], answer.Events[0].Identifiers.Select(static i => i.Value));
        RepositoryFiles.AssertGolden("adobe/sales_order_place_after.txt", GoldenEvents.Full(answer));
    }

    [Theory]
    [InlineData("processing", "49.90", "0", PaymentStatus.Paid, false)]
    [InlineData("processing", "20.00", "0", PaymentStatus.PartiallyPaid, false)]
    [InlineData("new", "0", "0", PaymentStatus.Pending, false)]
    [InlineData("canceled", "0", "0", PaymentStatus.Voided, false)]
    [InlineData("canceled", "49.90", "0", PaymentStatus.Paid, true)]
    [InlineData("complete", "49.90", "10.00", PaymentStatus.PartiallyRefunded, false)]
    [InlineData("closed", "49.90", "49.90", PaymentStatus.Refunded, false)]
    public void Receive_State_IsPaidOrNot(string state, string paid, string refunded, PaymentStatus expected, bool isCancelled)
    {
        var body = Order.Replace("processing", state).Replace("\"total_paid\":\"49.9000\"", $"\"total_paid\":\"{paid}\",\"total_refunded\":\"{refunded}\"");

        var e = Assert.IsType<ConnectorAnswer.Accepted>(Receive(Event("sales_order_save_after", body))).Events[0];

        Assert.Equal((expected, isCancelled), (((EventData.Order)e.Data).Snapshot.Payment, e.Type == EventTypes.OrderCancelled));
    }

    [Fact]
    public void Receive_CreditMemo_GivesBackRowsAndAdjustments()
    {
        var answer = Assert.IsType<ConnectorAnswer.Accepted>(Receive(Event(
            "sales_order_creditmemo_save_after",
            """{"entity_id":"4","order_id":"15","state":"2","order_currency_code":"EUR","created_at":"2026-03-01 08:00:00","adjustment_positive":"1.50","adjustment_negative":"0.50","items":[{"order_item_id":"1","qty":"1.0000","row_total":"30","discount_amount":"3.63","discount_tax_compensation_amount":"0.63"},{"order_item_id":"2","qty":"0"}]}""")));

        var refund = (EventData.Refund)Assert.Single(answer.Events).Data;
        Assert.Equal(("adobe:store:15", 100L), (refund.OrderId, refund.Details.AmountMinor));
        Assert.Equal(new RefundLine("1", 1, 2700), Assert.Single(refund.Details.Lines));
        Assert.Equal("failed-refund", Assert.IsType<ConnectorAnswer.Nothing>(Receive(Event("sales_order_creditmemo_save_after", """{"entity_id":"4","state":"1"}"""))).Reason);
    }

    [Fact]
    public void Receive_Customer_AloneOrInABatchWithWhatNothingFollowsFrom()
    {
        const string Person = """{"entity_id":"3","email":"three@example.com","firstname":"T","lastname":"H","dob":"1990-05-12","created_at":"2026-02-01 00:00:00","updated_at":"2026-02-01 00:00:00"}""";

        var answer = Assert.IsType<ConnectorAnswer.Accepted>(Receive($"[{Event("customer_save_after", Person, "1")},{Event("catalog_product_save_after", "{}", "2")},{Event("customer_register_success", $"{{\"customer\":{Person}}}", "3")}]"));

        Assert.Equal(["customer.updated", "customer.signed-up"], answer.Events.Select(static e => e.Type));
        Assert.Equal(new LocalDate(1990, 5, 12), ((EventData.Person)answer.Events[0].Data).Birthday);
        Assert.Equal("unknown-topic", Assert.IsType<ConnectorAnswer.Nothing>(Receive(Event("catalog_product_save_after", "{}"))).Reason);
    }

    [Fact]
    public void Receive_Envelope_IsTakenOffAndTheIdStays()
    {
        var bare = Event("sales_order_place_after", Order);
        var wrapped = $$"""{"event_id":"ignored","recipient_client_id":"client-1","event":{{bare.Replace(",\"recipient_client_id\":\"client-1\"", "")}}}""";

        Assert.Equal(((ConnectorAnswer.Accepted)Receive(bare)).Events[0].Key, Assert.IsType<ConnectorAnswer.Accepted>(Receive(wrapped)).Events[0].Key);
    }

    [Theory]
    [InlineData(true, true, 202)]
    [InlineData(true, false, 202)]
    [InlineData(false, true, 202)]
    [InlineData(false, false, 401)]
    public void Receive_EitherSignature_IsEnough(bool first, bool second, int status)
    {
        var body = Encoding.UTF8.GetBytes(Event("sales_order_place_after", Order));
        var headers = Headers(body);
        if (!first) headers["x-adobe-digital-signature-1"] = Sign(Second, body);
        if (!second) headers.Remove("x-adobe-digital-signature-2");

        Assert.Equal(status, new AdobeConnector().Receive(WebhookDelivery.From("POST", headers, body), Keys, Settings, Deliveries.Now).Status);
    }

    [Fact]
    public void Receive_OneByteChangedOrAKeyUnknown_IsRefused()
    {
        var body = Encoding.UTF8.GetBytes(Event("sales_order_place_after", Order));
        var headers = Headers(body);
        for (var at = 0; at < body.Length; at += 97)
        {
            var changed = (byte[])body.Clone();
            changed[at] ^= 1;
            Assert.Equal(401, new AdobeConnector().Receive(WebhookDelivery.From("POST", headers, changed), Keys, Settings, Deliveries.Now).Status);
        }

        Assert.Equal(401, new AdobeConnector().Receive(WebhookDelivery.From("POST", headers, body), new Dictionary<string, string> { [Path1] = "no pem", [Path2] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }, Settings, Deliveries.Now).Status);
        Assert.Equal(401, new AdobeConnector().Receive(WebhookDelivery.From("POST", headers, body), Settings, Deliveries.Now).Status);
    }

    [Theory]
    [InlineData("\"recipient_client_id\":\"client-1\"", "\"recipient_client_id\":\"client-2\"")]
    [InlineData(",\"recipient_client_id\":\"client-1\"", "")]
    public void Receive_SignedForSomebodyElse_IsRefused(string from, string to) =>
        Assert.Equal(RefusalCode.BadSignature, Assert.IsType<ConnectorAnswer.Refused>(Receive(Event("sales_order_place_after", Order).Replace(from, to))).Code);

    [Theory]
    [InlineData("https://evil.example/prod/keys/pub-key-1.pem")]
    [InlineData("//evil.example/keys/k.pem")]
    [InlineData("/prod/keys/../../k.pem")]
    [InlineData("/prod/keys/k.pem?x=1")]
    [InlineData("/prod/keys/k.pem\n")]
    [InlineData("/prod/other/k.pem")]
    public void KeyNames_WhatIsNoKeyOfAdobe_IsNeverAskedFor(string path) =>
        Assert.Empty(new AdobeConnector().KeyNames(new WebhookDelivery("POST", new Dictionary<string, string> { ["x-adobe-public-key1-path"] = path + (path.EndsWith('\n') ? "x" : "") }, default)));

    [Theory]
    [InlineData("8ec8d794-e0ab-42df-9017-e3dada8e84f7", true)]
    [InlineData("<script>", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("a\n", false)]
    public void Challenge_IsEchoedOnlyIfItIsOne(string? value, bool expected) => Assert.Equal(expected ? value : null, AdobeConnector.Challenge(value));

    [Fact]
    public async Task Find_Key_IsReadOnceADayAndAMissingOneOnceAMinute()
    {
        _host.Answer(Path1, "pem");
        var clock = new SteppedClock(Deliveries.Now);
        var keys = new AdobePublicKeys(new ShopHttp(_client), _host.Url, clock);

        for (var i = 0; i < 3; i++) Assert.Equal([KeyValuePair.Create(Path1, "pem")], (await keys.FindAsync([Path1, Path2], default))!);
        Assert.Equal(2, _host.Asked.Count);
        clock.Now += Duration.FromMinutes(2);
        await keys.FindAsync([Path1, Path2], default);
        Assert.Equal(3, _host.Asked.Count);
        clock.Now += Duration.FromHours(25);
        await keys.FindAsync([Path1], default);
        Assert.Equal(4, _host.Asked.Count);
    }

    [Fact]
    public async Task Find_HostAwayOrAFloodOfNames_CannotBeToldAndIsBounded()
    {
        _host.Answer(Path1, "", 503);
        var keys = new AdobePublicKeys(new ShopHttp(_client), _host.Url, new SteppedClock(Deliveries.Now));

        Assert.Null(await keys.FindAsync([Path1], default));
        for (var i = 0; i < 100; i++) await keys.FindAsync([$"/prod/keys/stranger-{i}.pem"], default);
        Assert.Null(await keys.FindAsync(["/prod/keys/one-more.pem"], default));
        Assert.Equal(20, _host.Asked.Count);
        Assert.Empty((await keys.FindAsync([], default))!);
    }

    private static ConnectorAnswer Receive(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var delivery = WebhookDelivery.From("POST", Headers(bytes), bytes);
        Assert.Equal([Path1, Path2], new AdobeConnector().KeyNames(delivery));
        return new AdobeConnector().Receive(delivery, Keys, Settings, Deliveries.Now);
    }

    private static string Event(string code, string value, string id = "e-1") =>
        $$"""{"id":"{{id}}","source":"urn:uuid:1","specversion":"1.0","type":"com.adobe.commerce.observer.{{code}}","time":"2026-02-28T10:05:01Z","data":{"key":"k","value":{{value}}},"recipient_client_id":"client-1"}""";

    private static Dictionary<string, string> Headers(byte[] body) => new()
    {
        ["content-type"] = "application/json",
        ["x-adobe-digital-signature-1"] = Sign(First, body),
        ["x-adobe-digital-signature-2"] = Sign(Second, body),
        ["x-adobe-public-key1-path"] = Path1,
        ["x-adobe-public-key2-path"] = Path2,
    };

    private static string Sign(RSA key, byte[] body) => Convert.ToBase64String(key.SignData(body, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private sealed class SteppedClock(Instant now) : IClock
    {
        public Instant Now { get; set; } = now;

        public Instant GetCurrentInstant() => Now;
    }
}
