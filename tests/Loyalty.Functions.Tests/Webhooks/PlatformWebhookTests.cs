using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Connectors;
using Loyalty.Connectors.Adobe;
using Loyalty.Connectors.BigCommerce;
using Loyalty.Connectors.Standard;
using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.Tests.Platforms;
using Loyalty.Connectors.WooCommerce;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>WooCommerce and Stripe over HTTP to points; what a webhook leaves out is fetched from a shop on loopback.</summary>
public sealed class PlatformWebhookTests(PlatformWebhookTests.Fixture program) : IClassFixture<PlatformWebhookTests.Fixture>
{
    private const string Secret = ProgramFixture.Secret;

    [Fact]
    public async Task BigCommerceWebhook_IsFetchedAfterTheAnswerAndTriedAgainWhileTheStoreIsAway()
    {
        const string Thin = """{"scope":"store/order/created","data":{"type":"order","id":250},"created_at":1772355000,"producer":"stores/abc123"}""";
        const string Products = """[{"id":31,"quantity":2,"total_ex_tax":"40.00","total_tax":"0","applied_discounts":[]}]""";
        var asked = 0;
        // Away twice; no request waits for it.
        _shop.Answers["/stores/abc123/v2/orders/250"] = _ => ++asked <= 2
            ? (503, "")
            : (200, """{"id":250,"status_id":11,"customer_id":0,"date_created":"Sat, 28 Feb 2026 09:00:00 +0000","date_modified":"Sun, 01 Mar 2026 08:00:00 +0000","currency_code":"USD","payment_status":"captured","billing_address":{"email":"big@example.com"}}""");
        _shop.Answer("/stores/abc123/v2/orders/250/products", Products);

        Assert.Equal("202", (await BigAsync(Thin)).Summary);
        Assert.Equal("202", (await BigAsync(Thin)).Summary);
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromMinutes(1));

        var customer = await GetAsync("api/customers?email=big@example.com");
        Assert.Equal((1, 4000), ((int)customer["orders"]!, (int)customer["spendMinor"]!));
        Assert.Equal(3, asked);
        Assert.Empty(program.DeadLetters());
    }

    [Fact]
    public async Task BigCommerceWebhook_TokenRefused_GoesToTheDeadLettersWithItsReason()
    {
        _shop.Answer("/stores/abc123/v2/orders/251", "", 401);

        Assert.Equal("202", (await BigAsync("""{"scope":"store/order/created","data":{"type":"order","id":251},"created_at":1772355000,"producer":"stores/abc123"}""")).Summary);
        await program.SettleAsync();

        Assert.Contains(program.DeadLetters(), static dead => dead.StartsWith("shop-access-denied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AdobeDelivery_SignedWithAKeyOfItsHost_IsAcceptedAndTheChallengeEchoed()
    {
        using var rsa = RSA.Create(2048);
        _shop.Answer("/prod/keys/pub-key-1.pem", rsa.ExportSubjectPublicKeyInfoPem());
        var body = Encoding.UTF8.GetBytes("""{"id":"e1","type":"com.adobe.commerce.observer.customer_save_after","recipient_client_id":"client-1","data":{"value":{"entity_id":"3","email":"adobe@example.com","updated_at":"2026-02-01 00:00:00"}}}""");
        var signature = Convert.ToBase64String(rsa.SignData(body, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        var answer = await program.SendAsync(Request("api/webhooks/adobe", body, ("x-adobe-digital-signature-1", signature), ("x-adobe-public-key1-path", "/prod/keys/pub-key-1.pem")));
        await program.SettleAsync();

        Assert.Equal("202", answer.Summary);
        await GetAsync("api/customers?email=adobe@example.com");
        Assert.Equal("abc-1", (await program.GetAsync("api/webhooks/adobe?challenge=abc-1")).Text);
        _shop.Answer("/prod/keys/pub-key-2.pem", "", 503);
        Assert.Equal(
            "503 unavailable",
            (await program.SendAsync(Request("api/webhooks/adobe", body, ("x-adobe-digital-signature-1", signature), ("x-adobe-public-key1-path", "/prod/keys/pub-key-2.pem")))).Summary);
    }

    private const string Order = """{"id":9,"number":"9","status":"completed","currency":"USD","created_via":"checkout","date_created_gmt":"2026-02-01T00:00:00","date_modified_gmt":"2026-02-20T10:30:00","date_paid_gmt":"2026-02-01T00:00:00","customer_id":5,"billing":{"email":"somebody@example.com"},"line_items":[{"id":11,"quantity":2,"total":"60.00","total_tax":"0"}],"refunds":[{"id":500,"total":"-30.00"}]}""";

    private readonly TestShop _shop = program.Api;

    [Fact]
    public async Task WooOrderWithARefund_IsFetchedByLineAndCountedOnceHoweverItIsTold()
    {
        _shop.Answer("/wp-json/wc/v3/orders/9", Order);
        _shop.Answer("/wp-json/wc/v3/orders/9/refunds", """[{"id":500,"date_created_gmt":"2026-02-20T10:30:00","amount":"30.00","line_items":[{"id":70,"quantity":-1,"total":"-30.00","meta_data":[{"key":"_refunded_item_id","value":"11"}]}]}]""");
        _shop.Answer("/wp-json/wc/v3/customers/5", """{"id":5,"email":"five@example.com","first_name":"Five","date_modified_gmt":"2026-01-01T00:00:00","billing":{}}""");
        _shop.Answers["/wp-json/wc/v3/orders"] = static request => (200, request.QueryString["page"] == "1" ? $"[{Order}]" : "[]");

        Assert.Equal("202", (await WooAsync("order.created", Order)).Summary);
        await program.SettleAsync();
        // Told again, told by the poll, and polled again.
        Assert.Equal("202", (await WooAsync("order.updated", Order)).Summary);
        var reconciler = program.Host.Services.GetRequiredService<WooReconciler>();
        Assert.Equal((1, 0, null), Summary(await reconciler.PollAsync()));
        Assert.Equal((1, 0, null), Summary(await reconciler.PollAsync()));
        await program.SettleAsync();

        Assert.Empty(program.DeadLetters());
        var customer = await GetAsync("api/customers?email=five@example.com");
        Assert.Equal((1, 3000), ((int)customer["orders"]!, (int)customer["spendMinor"]!));
        Assert.Equal("Five", (string?)customer["name"]);
        Assert.Contains(_shop.Asked, static asked => asked.StartsWith("/wp-json/wc/v3/orders?modified_after=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WooReconcile_LostWebhook_IsMadeUpForAndABodyThatCannotBeMappedIsKept()
    {
        _shop.Answers["/wp-json/wc/v3/orders"] = static _ => (200, $$"""[{{Order.Replace("\"id\":9,", "\"id\":19,").Replace("\"refunds\":[{\"id\":500,\"total\":\"-30.00\"}]", "\"refunds\":[]").Replace("\"customer_id\":5", "\"customer_id\":0")}},{"id":10,"status":"processing","currency":"EUR"}]""");

        Assert.Equal((1, 1, null), Summary(await program.Host.Services.GetRequiredService<WooReconciler>().PollAsync()));
        await program.SettleAsync();

        Assert.Equal(6000, (int)(await GetAsync("api/customers?email=somebody@example.com"))["spendMinor"]!);
    }

    [Fact]
    public async Task WooReconcile_ShopAway_EndsWithoutAFault()
    {
        _shop.Answer("/wp-json/wc/v3/orders", "", 503);

        Assert.Equal((0, 0, "Later"), Summary(await program.Host.Services.GetRequiredService<WooReconciler>().PollAsync()));
    }

    [Fact]
    public void WooApi_IsWhereTheShopsCodesAreMade() =>
        Assert.IsType<WooCodes>(program.Host.Services.GetRequiredService<Loyalty.Engine.Ports.IShopCodes>());

    [Fact]
    public async Task WooPing_IsAnswered200()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/woocommerce") { Content = new FormUrlEncodedContent([KeyValuePair.Create("webhook_id", "142")]) };

        Assert.Equal("200 ping", (await program.SendAsync(request)).Summary);
    }

    [Fact]
    public async Task StripePaymentAndRefund_CountOnce()
    {
        const string Paid = """{"id":"evt_1","type":"checkout.session.completed","created":1772462000,"livemode":true,"data":{"object":{"id":"cs_1","mode":"payment","amount_total":12000,"created":1772461000,"currency":"usd","customer":"cus_1","customer_details":{"email":"pays@example.com"},"payment_intent":"pi_1","payment_status":"paid","total_details":{"amount_tax":1000,"amount_shipping":1000}}}}""";
        const string Intent = """{"id":"evt_2","type":"payment_intent.succeeded","created":1772462000,"livemode":true,"data":{"object":{"id":"pi_1","amount":12000,"amount_received":12000,"created":1772461500,"currency":"usd","customer":"cus_1"}}}""";
        const string Back = """{"id":"evt_3","type":"charge.refunded","created":1772462100,"livemode":true,"data":{"object":{"id":"ch_1","currency":"usd","payment_intent":"pi_1","amount_refunded":6000},"previous_attributes":{"amount_refunded":0}}}""";

        foreach (var body in new[] { Intent, Paid, Paid, Back, Back }) Assert.Equal("202", (await StripeAsync(body)).Summary);
        await program.SettleAsync();

        var customer = await GetAsync("api/customers?email=pays@example.com");
        Assert.Equal((1, 5000), ((int)customer["orders"]!, (int)customer["spendMinor"]!));
    }

    private static (int, int, string?) Summary(ReconcileReport report) => (report.Orders, report.Unmapped, report.Ended?.GetType().Name);

    private Task<Answer> WooAsync(string topic, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return program.SendAsync(Request("api/webhooks/woocommerce", bytes, ("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Source", _shop.Url.ToString()), ("X-WC-Webhook-Signature", WooConnector.Sign(bytes, Secret))));
    }

    private Task<Answer> StripeAsync(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return program.SendAsync(Request("api/webhooks/stripe", bytes, ("Stripe-Signature", StripeSignature.Sign(program.Host.Clock.Now.ToUnixTimeSeconds(), bytes, Secret))));
    }

    private Task<Answer> BigAsync(string body)
    {
        var (bytes, seconds) = (Encoding.UTF8.GetBytes(body), program.Host.Clock.Now.ToUnixTimeSeconds());
        var id = "msg_" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        return program.SendAsync(Request(
            "api/webhooks/bigcommerce",
            bytes,
            ("webhook-id", id),
            ("webhook-timestamp", $"{seconds}"),
            ("webhook-signature", StandardSignature.Sign(id, seconds, bytes, BigCommerceConnector.StandardSecret(Secret)))));
    }

    private static HttpRequestMessage Request(string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        var answer = await program.GetAsync(path);
        Assert.Equal(200, answer.Status);
        return answer.Body;
    }

    /// <summary>The program with a shop to ask.</summary>
    public sealed class Fixture : ProgramFixture
    {
        internal TestShop Api { get; } = new();

        protected override ProgramHostOptions Adjust(ProgramHostOptions options) => options with
        {
            Override = services => services.AddSingleton<IPublicKeys>(provider => ActivatorUtilities.CreateInstance<AdobePublicKeys>(provider, Api.Url)),
            Settings = new Dictionary<string, string?>(options.Settings, StringComparer.OrdinalIgnoreCase)
            {
                ["Connectors:WooCommerce:Secrets:0"] = Secret,
                ["Connectors:WooCommerce:Api:Url"] = Api.Url.ToString(),
                ["Connectors:WooCommerce:Api:Key"] = "ck",
                ["Connectors:WooCommerce:Api:Token"] = "cs",
                ["Connectors:Stripe:Secrets:0"] = Secret,
                ["Connectors:BigCommerce:Secrets:0"] = Secret,
                ["Connectors:BigCommerce:Api:Url"] = new Uri(Api.Url, "stores/abc123").ToString(),
                ["Connectors:BigCommerce:Api:Token"] = "token",
                ["Connectors:Adobe:ClientIds:0"] = "client-1",
            },
        };

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            Api.Dispose();
        }
    }
}
