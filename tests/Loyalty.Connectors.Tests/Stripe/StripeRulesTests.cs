using System.Text;
using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Connectors.Tests.Stripe;

/// <summary>What Stripe's events taught.</summary>
public sealed class StripeRulesTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(Intent("usd", 2000));
    private static readonly long Now = Deliveries.Now.ToUnixTimeSeconds();

    public static readonly TheoryData<string, string, bool> Headers = new()
    {
        { "one", Signed(PlatformDeliveries.Secret), true },
        { "two of a rotation, ours second", $"t={Now},{V1("other")},{V1(PlatformDeliveries.Secret)}", true },
        { "spaces", $" t={Now} , {V1(PlatformDeliveries.Secret)} ", true },
        { "upper case", $"t={Now},{V1(PlatformDeliveries.Secret).ToUpperInvariant().Replace("V1", "v1")}", true },
        { "an unknown scheme beside it", $"t={Now},v2=ab,{V1(PlatformDeliveries.Secret)}", true },
        { "another secret", Signed("other"), false },
        { "v0 alone", $"t={Now},{V1(PlatformDeliveries.Secret).Replace("v1", "v0")}", false },
        { "no time", V1(PlatformDeliveries.Secret), false },
        { "another time", $"t={Now + 1},{V1(PlatformDeliveries.Secret)}", false },
        { "cut", Signed(PlatformDeliveries.Secret)[..^1], false },
        { "not hex", $"t={Now},v1={new string('z', 64)}", false },
        { "empty", "t=,v1=", false },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Receive_Header_IsGenuineOrNot(string what, string header, bool isGenuine)
    {
        var answer = new StripeConnector().Receive(PlatformDeliveries.FromStripe(Body, signature: header), PlatformDeliveries.StripeTest, Deliveries.Now);

        Assert.Equal((what, isGenuine ? 202 : 401), (what, answer.Status));
    }

    [Theory]
    [InlineData(-301, false)]
    [InlineData(-300, true)]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void Receive_Time_MayBe300SecondsAwayEitherWay(int seconds, bool isFresh)
    {
        var answer = new StripeConnector().Receive(PlatformDeliveries.FromStripe(Body, Deliveries.Now + Duration.FromSeconds(seconds)), PlatformDeliveries.StripeTest, Deliveries.Now);

        Assert.Equal(isFresh, answer is ConnectorAnswer.Accepted);
        if (!isFresh) Assert.Equal(RefusalCode.StaleTimestamp, ((ConnectorAnswer.Refused)answer).Code);
    }

    [Theory]
    [InlineData(99_999_999_999_999)]
    [InlineData(long.MaxValue)]
    public void Receive_TimeBeyondAnyCalendar_IsStaleAndNoFault(long seconds)
    {
        var answer = new StripeConnector().Receive(
            PlatformDeliveries.FromStripe(Body, signature: StripeSignature.Sign(seconds, Body, PlatformDeliveries.Secret)), PlatformDeliveries.StripeTest, Deliveries.Now);

        Assert.Equal(RefusalCode.StaleTimestamp, Assert.IsType<ConnectorAnswer.Refused>(answer).Code);
    }

    [Theory]
    [InlineData("usd", 1999, 1999)]
    [InlineData("jpy", 5000, 5000)]
    [InlineData("krw", 5000, 5000)]
    [InlineData("kwd", 12340, 12340)]
    // ISO 4217 gives MGA two decimals, Stripe none; the other way round with ISK and UGX.
    [InlineData("mga", 50, 5000)]
    [InlineData("isk", 5000, 50)]
    [InlineData("ugx", 5000, 50)]
    public void Receive_Amount_IsReadByStripesOwnDecimals(string currency, long amount, long minor) =>
        Assert.Equal(minor, Order(PlatformDeliveries.Stripes(Intent(currency, amount))).Lines.Single().NetMinor);

    [Theory]
    [InlineData("""{"id":"evt_1","type":"customer.created","livemode":true,"data":{"object":null}}""", "no-object")]
    [InlineData("""{"id":"evt_1","type":"customer.created","livemode":true,"data":null}""", "no-object")]
    [InlineData("""{"id":"evt_1","type":"customer.created","livemode":true}""", "no-object")]
    [InlineData("""{"id":"evt_1","type":"foo.created","livemode":true,"data":{"object":{"object":"foo"}}}""", "unknown-topic")]
    [InlineData("""{"id":"evt_1","type":"checkout.session.completed","livemode":true,"data":{"object":{"mode":"setup"}}}""", "no-payment")]
    [InlineData("""{"id":"evt_1","type":"checkout.session.completed","livemode":true,"data":{"object":{"mode":"subscription"}}}""", "told-by-invoice")]
    [InlineData("""{"id":"evt_1","type":"payment_intent.succeeded","livemode":true,"data":{"object":{"id":"pi_1","invoice":"in_1"}}}""", "told-by-invoice")]
    [InlineData("""{"id":"evt_1","type":"invoice.paid","livemode":true,"data":{"object":{"id":"in_1","amount_paid":0}}}""", "nothing-paid")]
    [InlineData("""{"id":"evt_1","type":"invoice.paid","livemode":true,"data":{"object":{"id":"in_1","amount_paid":5,"currency":"eur"}}}""", "told-by-payment-intent")]
    [InlineData("""{"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"object":{"id":"ch_1","currency":"eur","refunds":{"data":[{"id":"re_1","amount":5,"status":"pending"}]}}}}""", "failed-refund")]
    public void Receive_WhatNothingFollowsFrom_IsCounted(string body, string reason) =>
        Assert.Equal(reason, Assert.IsType<ConnectorAnswer.Nothing>(PlatformDeliveries.Stripes(body)).Reason);

    [Fact]
    public void Receive_TestMode_ChangesNothingUnlessTheSettingSaysSo()
    {
        var body = Encoding.UTF8.GetBytes(Intent("usd", 100).Replace("\"livemode\":true", "\"livemode\":false"));

        Assert.IsType<ConnectorAnswer.Accepted>(PlatformDeliveries.Stripes(body));
        Assert.Equal(
            "test-delivery",
            Assert.IsType<ConnectorAnswer.Nothing>(new StripeConnector().Receive(PlatformDeliveries.FromStripe(body), PlatformDeliveries.StripeTest with { TakesTestMode = false }, Deliveries.Now)).Reason);
    }

    [Fact]
    public void Fold_SessionAndIntentOfOnePayment_AreOneOrderAsTheSessionTellsItInEitherOrder()
    {
        var session = Event(PlatformDeliveries.Stripes(RepositoryFiles.Fixture("stripe/checkout.session.completed.yen.json")));
        var intent = Event(PlatformDeliveries.Stripes(Intent("jpy", 6000, "pi_a1", 1_772_354_500)));

        foreach (var events in new[] { new[] { session, intent }, [intent, session], [intent, session, intent, session] })
        {
            var facts = events.Aggregate(new OrderFacts(), OrderMerge.Fold);
            Assert.Equal((5000L, 500L), (OrderValue.Net(facts.Latest!), facts.Latest!.ShippingMinor));
            Assert.Single(events.Select(OrderMerge.OrderIdOf).Distinct());
        }
    }

    [Fact]
    public void Kept_AfterRefundsInAnyOrder_IsTheSame()
    {
        var paid = Event(PlatformDeliveries.Stripes(RepositoryFiles.Fixture("stripe/invoice.paid.json")));
        var back = ((ConnectorAnswer.Accepted)PlatformDeliveries.Stripes(Refunded())).Events;

        foreach (var events in new[] { [paid, .. back], new[] { back[1], paid, back[0], back[1] }, [.. back, paid] })
        {
            var kept = OrderValue.Lines(events.Aggregate(new OrderFacts(), OrderMerge.Fold).Latest!, events.Aggregate(new OrderFacts(), OrderMerge.Fold).Refunds).Single();
            // 120.00 were paid, 20.00 of it tax; 30.00 came back.
            Assert.Equal((7500L, 9000L), (kept.NetMinor, kept.GrossMinor));
        }
    }

    private static string Refunded() => """
        {"id":"evt_r","type":"charge.refunded","created":1772355400,"livemode":true,"data":{"object":{"id":"ch_1","currency":"eur","payment_intent":"pi_a4",
         "refunds":{"data":[{"id":"re_2","amount":2000,"created":1772355399,"status":"succeeded"},{"id":"re_1","amount":1000,"created":1772355350,"status":"succeeded"}]}}}}
        """;

    private static string Intent(string currency, long amount, string id = "pi_1", long created = 1_772_355_000) =>
        $$$"""{"id":"evt_{{{id}}}","type":"payment_intent.succeeded","created":1772355600,"livemode":true,"data":{"object":{"id":"{{{id}}}","amount":{{{amount}}},"amount_received":{{{amount}}},"created":{{{created}}},"currency":"{{{currency}}}","customer":"cus_1"} } }""";

    private static string Signed(string secret) => StripeSignature.Sign(Now, Body, secret);

    private static string V1(string secret) => Signed(secret).Split(',')[1];

    private static CanonicalEvent Event(ConnectorAnswer answer) => Assert.IsType<ConnectorAnswer.Accepted>(answer).Events[0];

    private static OrderSnapshot Order(ConnectorAnswer answer) => ((EventData.Order)Event(answer).Data).Snapshot;
}
