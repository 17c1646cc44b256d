using System.Text;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Tests;

public sealed class SignatureTests
{
    [Fact]
    public void ShopifySign_VectorSignedByOthers_IsEqual() =>
        Assert.Equal("3X6clrsy+C8mmzR/MeTh6b/EcLr46WLZaU+24GrPXOM=", ShopifyConnector.Sign("Bf"u8, "some-secret"));

    [Fact]
    public void StandardSign_VectorSignedByOthers_IsEqual() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            StandardSignature.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData("whsec_", null)]
    [InlineData("whsec_not base64!", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void StandardKey_Secret_IsItsBytesOrNull(string? secret, int? bytes) => Assert.Equal(bytes, StandardSignature.Key(secret)?.Length);

    public static readonly TheoryData<string, string, string> ShopifyHeaders = new()
    {
        { "other secret", ShopifyConnector.Sign("{}"u8, "other"), "BadSignature" },
        { "other body", ShopifyConnector.Sign("{ }"u8, Deliveries.Secret), "BadSignature" },
        { "not base64", "!!!", "BadSignature" },
        { "too short", "AAAA", "BadSignature" },
        { "too long", Convert.ToBase64String(new byte[33]), "BadSignature" },
        { "very long", new string('A', 10_000), "BadSignature" },
        { "blank", " ", "BadSignature" },
    };

    [Theory]
    [MemberData(nameof(ShopifyHeaders))]
    public void Receive_ShopifyWrongSignature_Is401(string why, string header, string code)
    {
        var answer = new ShopifyConnector().Receive(Deliveries.FromShopify("orders/create", "{}", h => h["X-Shopify-Hmac-Sha256"] = header), Deliveries.ShopifySettings, Deliveries.Now);

        var refused = Assert.IsType<ConnectorAnswer.Refused>(answer);
        Assert.True(refused.Code.ToString() == code && answer.Status == 401, why);
    }

    [Fact]
    public void Receive_ShopifySignedWithTheOlderOfTwoSecrets_IsTaken()
    {
        var settings = Deliveries.ShopifySettings with { Secrets = ["new", Deliveries.Secret] };
        var answer = new ShopifyConnector().Receive(Deliveries.FromShopify("app/uninstalled", "{}"), settings, Deliveries.Now);

        Assert.IsType<ConnectorAnswer.Nothing>(answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Receive_ShopifyWithoutUsableSecret_RefusesEverything(bool empty)
    {
        var settings = Deliveries.ShopifySettings with { Secrets = empty ? [""] : [] };
        var delivery = Deliveries.FromShopify("orders/create", "{}"u8.ToArray(), secret: "");

        Assert.Equal(401, new ShopifyConnector().Receive(delivery, settings, Deliveries.Now).Status);
    }

    [Theory]
    [InlineData(-301, RefusalCode.StaleTimestamp)]
    [InlineData(-300, null)]
    [InlineData(0, null)]
    [InlineData(300, null)]
    [InlineData(301, RefusalCode.StaleTimestamp)]
    public void Receive_StandardTimestamp_IsTakenWithinTheToleranceBothWays(int seconds, RefusalCode? code)
    {
        var delivery = Deliveries.FromStandard("""{"type":"x","data":{}}""", at: Deliveries.Now + Duration.FromSeconds(seconds));
        var answer = new StandardWebhooksConnector().Receive(delivery, Deliveries.StandardSettings, Deliveries.Now);

        Assert.Equal(code, (answer as ConnectorAnswer.Refused)?.Code);
        Assert.Equal(code is null, answer is ConnectorAnswer.Accepted);
    }

    [Theory]
    [InlineData("{0}", true)]
    [InlineData("v1,AAAA {0}", true)]
    [InlineData("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== {0}", true)]
    [InlineData("v2,AAAA  {0}  v1,BBBB", true)]
    [InlineData("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==", false)]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false)]
    [InlineData("v1", false)]
    [InlineData(",", false)]
    public void Receive_StandardSignatureList_AnyV1MayMatch(string list, bool taken)
    {
        var delivery = Deliveries.FromStandard("""{"type":"x","data":{}}""", change: h => h["webhook-signature"] = list.Replace("{0}", h["webhook-signature"]));
        var answer = new StandardWebhooksConnector().Receive(delivery, Deliveries.StandardSettings, Deliveries.Now);

        Assert.Equal(taken ? 202 : 401, answer.Status);
        if (list.StartsWith("v1a", StringComparison.Ordinal) && !taken) Assert.Contains("ed25519", Assert.IsType<ConnectorAnswer.Refused>(answer).Detail);
    }

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public void Receive_StandardHeaderMissing_Is401(string header)
    {
        var delivery = Deliveries.FromStandard("""{"type":"x","data":{}}""", change: h => h.Remove(header));

        Assert.Equal(401, new StandardWebhooksConnector().Receive(delivery, Deliveries.StandardSettings, Deliveries.Now).Status);
    }

    [Fact]
    public void Receive_StandardRepeat_HasTheSameKeys()
    {
        static ConnectorAnswer.Accepted Once(Instant at) => Assert.IsType<ConnectorAnswer.Accepted>(
            new StandardWebhooksConnector().Receive(Deliveries.FromStandard("""{"type":"x","data":{}}""", at: at), Deliveries.StandardSettings, at));
        var first = Once(Deliveries.Now);
        var second = Once(Deliveries.Now + Duration.FromHours(5));

        Assert.Equal(first.DeliveryKey, second.DeliveryKey);
        Assert.Equal(IntakeKeys.MessageId(first.Events[0]), IntakeKeys.MessageId(second.Events[0]));
        Assert.Equal(first.Events[0].Key, second.Events[0].Key);
    }

    [Fact]
    public void Receive_StandardBodyChangedByOneByte_Is401()
    {
        var good = Deliveries.FromStandard("""{"type":"x","data":{}}""");
        var bytes = Encoding.UTF8.GetBytes("""{"type":"y","data":{}}""");

        Assert.Equal(401, new StandardWebhooksConnector().Receive(good with { Body = bytes }, Deliveries.StandardSettings, Deliveries.Now).Status);
    }
}
