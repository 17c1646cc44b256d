using System.Text;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Connectors.WooCommerce;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Tests.WooCommerce;

/// <summary>What WooCommerce's deliveries taught.</summary>
public sealed class WooRulesTests
{
    private const string Paid = """{"id":1,"status":"processing","currency":"USD","date_created_gmt":"2026-01-01T10:00:00","date_modified_gmt":"2026-01-01T10:00:01","date_paid_gmt":"2026-01-01T10:00:01","customer_id":5,"line_items":[{"id":1,"quantity":1,"total":"10.00","total_tax":"0"}],"refunds":[]}""";

    [Fact]
    public void Receive_Ping_IsFineWithoutASignature()
    {
        var ping = WebhookDelivery.From("POST", [KeyValuePair.Create("content-type", "application/x-www-form-urlencoded")], "webhook_id=142"u8.ToArray());

        Assert.Equal(new ConnectorAnswer.Nothing("ping"), new WooConnector().Receive(ping, PlatformDeliveries.Woo, Deliveries.Now));
    }

    [Theory]
    [InlineData("webhook_id=", "application/x-www-form-urlencoded")]
    [InlineData("webhook_id=1&x=2", "application/x-www-form-urlencoded")]
    [InlineData("webhook_id=1", "application/json")]
    [InlineData("webhook_id=1111111111111111111111111111111111111111", "application/x-www-form-urlencoded")]
    public void Receive_AlmostAPing_NeedsASignature(string body, string mediaType)
    {
        var delivery = WebhookDelivery.From("POST", [KeyValuePair.Create("content-type", mediaType)], Encoding.UTF8.GetBytes(body));

        Assert.Equal(RefusalCode.BadSignature, Assert.IsType<ConnectorAnswer.Refused>(new WooConnector().Receive(delivery, PlatformDeliveries.Woo, Deliveries.Now)).Code);
    }

    [Fact]
    public void Receive_EveryBitOfTheSignature_IsChecked()
    {
        var body = Encoding.UTF8.GetBytes(Paid);
        var signature = Convert.FromBase64String(WooConnector.Sign(body, PlatformDeliveries.Secret));
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            var flipped = (byte[])signature.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var delivery = PlatformDeliveries.FromWoo("order.updated", body, headers => headers["X-WC-Webhook-Signature"] = Convert.ToBase64String(flipped));
            Assert.IsType<ConnectorAnswer.Refused>(new WooConnector().Receive(delivery, PlatformDeliveries.Woo, Deliveries.Now));
        }

        Assert.IsType<ConnectorAnswer.Refused>(new WooConnector().Receive(PlatformDeliveries.FromWoo("order.updated", body), new ConnectorSettings { Secrets = ["", "other"] }, Deliveries.Now));
    }

    [Fact]
    public void Receive_TwoOrdersInOneSecond_AreTwoEventsAndARepeatIsOne()
    {
        // Both carry delivery id 1: WooCommerce makes it of the second.
        var one = Key(PlatformDeliveries.Woos("order.updated", Paid));
        var other = Key(PlatformDeliveries.Woos("order.updated", Paid.Replace("\"id\":1,\"status\"", "\"id\":2,\"status\"")));
        var changed = Key(PlatformDeliveries.Woos("order.updated", Paid.Replace("10.00", "9.00")));

        Assert.Equal(3, new HashSet<string> { one, other, changed }.Count);
        Assert.Equal(one, Key(PlatformDeliveries.Woos("order.updated", Paid)));
    }

    [Theory]
    [InlineData("processing", true, PaymentStatus.Paid, false)]
    [InlineData("completed", false, PaymentStatus.Paid, false)]
    [InlineData("on-hold", false, PaymentStatus.Pending, false)]
    [InlineData("pending", false, PaymentStatus.Pending, false)]
    [InlineData("failed", false, PaymentStatus.Voided, false)]
    [InlineData("cancelled", false, PaymentStatus.Voided, false)]
    [InlineData("cancelled", true, PaymentStatus.Paid, true)]
    [InlineData("refunded", true, PaymentStatus.Refunded, false)]
    [InlineData("some-plugin-status", true, PaymentStatus.Paid, false)]
    [InlineData("some-plugin-status", false, PaymentStatus.Pending, false)]
    public void Receive_Status_IsPaidOrNot(string status, bool hasPaidDate, PaymentStatus expected, bool isCancelled)
    {
        var body = Paid.Replace("processing", status);
        if (!hasPaidDate) body = body.Replace("\"date_paid_gmt\":\"2026-01-01T10:00:01\"", "\"date_paid_gmt\":null");

        var order = Order(PlatformDeliveries.Woos("order.updated", body));

        Assert.Equal((expected, isCancelled), (order.Payment, order.CancelledAt is not null));
    }

    [Fact]
    public void Receive_DraftOfACheckout_IsNothing() =>
        Assert.Equal("draft-order", Assert.IsType<ConnectorAnswer.Nothing>(PlatformDeliveries.Woos("order.created", Paid.Replace("processing", "checkout-draft"))).Reason);

    [Theory]
    [InlineData("order.deleted", "order-deleted")]
    [InlineData("customer.deleted", "customer-deleted")]
    [InlineData("product.updated", "unknown-topic")]
    [InlineData("action.woocommerce_add_to_cart", "unknown-topic")]
    public void Receive_WhatNothingFollowsFrom_IsCounted(string topic, string reason) =>
        Assert.Equal(reason, Assert.IsType<ConnectorAnswer.Nothing>(PlatformDeliveries.Woos(topic, """{"id":15}""")).Reason);

    [Theory]
    [InlineData("not json", RefusalCode.MalformedBody)]
    [InlineData("""{"id":1,"status":"processing","currency":"USD"}""", RefusalCode.InvalidField)]
    [InlineData("""{"id":1,"status":"processing","currency":"EURO","line_items":[]}""", RefusalCode.InvalidField)]
    [InlineData("""{"status":"processing","currency":"EUR","line_items":[]}""", RefusalCode.InvalidField)]
    public void Receive_GenuineBodyThatCannotBeMapped_IsKeptAndAnswered200(string body, RefusalCode code)
    {
        var answer = PlatformDeliveries.Woos("order.updated", body);

        Assert.Equal((200, code), (answer.Status, Assert.IsType<ConnectorAnswer.Kept>(answer).Code));
    }

    [Fact]
    public void Receive_WithAccessToTheShop_FetchesRefundsAndTheCustomerInsteadOfGuessing()
    {
        var settings = PlatformDeliveries.Woo with { Api = new(new Uri("https://tea.example"), "ck", "cs") };
        var body = Encoding.UTF8.GetBytes(Paid.Replace("\"refunds\":[]", "\"refunds\":[{\"id\":7,\"total\":\"-3.00\"}]"));

        var answer = (ConnectorAnswer.Accepted)new WooConnector().Receive(PlatformDeliveries.FromWoo("order.created", body), settings, Deliveries.Now);

        Assert.Equal(["order.placed", "shop.changed", "shop.changed"], answer.Events.Select(static e => e.Type));
        Assert.Empty(((EventData.Order)answer.Events[0].Data).Snapshot.Refunds);
        Assert.Single(answer.Events.Select(IntakeKeys.SessionId).Distinct());
        Assert.Equal(3, answer.Events.Select(IntakeKeys.MessageId).Distinct().Count());
        // Another shop's orders cannot be asked for with this shop's key.
        var other = (ConnectorAnswer.Accepted)new WooConnector().Receive(
            PlatformDeliveries.FromWoo("order.created", body, static headers => headers["X-WC-Webhook-Source"] = "https://coffee.example/"), settings, Deliveries.Now);
        Assert.Equal(["order.placed"], other.Events.Select(static e => e.Type));
        Assert.Equal(300, ((EventData.Order)other.Events[0].Data).Snapshot.Refunds.Single().AmountMinor);
    }

    [Theory]
    [InlineData("https://tea.example/", "woocommerce:tea.example")]
    [InlineData("https://Tea.Example/shop/", "woocommerce:tea.example/shop")]
    [InlineData("http://tea.example:8080", "woocommerce:tea.example-8080")]
    [InlineData("not an address", "woocommerce:default")]
    [InlineData("ftp://tea.example", "woocommerce:default")]
    public void Receive_Source_NamesTheShop(string header, string source)
    {
        var answer = (ConnectorAnswer.Accepted)new WooConnector().Receive(
            PlatformDeliveries.FromWoo("order.updated", Encoding.UTF8.GetBytes(Paid), headers => headers["X-WC-Webhook-Source"] = header), PlatformDeliveries.Woo, Deliveries.Now);

        Assert.Equal(source, answer.Events[0].Source);
    }

    private static string Key(ConnectorAnswer answer) => Assert.IsType<ConnectorAnswer.Accepted>(answer).Events[0].Key;

    private static OrderSnapshot Order(ConnectorAnswer answer) => ((EventData.Order)Assert.IsType<ConnectorAnswer.Accepted>(answer).Events[0].Data).Snapshot;
}
