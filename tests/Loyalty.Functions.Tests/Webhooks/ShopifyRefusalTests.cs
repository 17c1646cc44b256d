using System.Net.Http.Headers;
using System.Text;
using Loyalty.Connectors.Shopify;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>What is wrong is told with its code, and never harms what follows.</summary>
public sealed class ShopifyRefusalTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private static readonly string Good = ShopPayloads.Customer(8100, "after-the-storm@example.com", "2026-03-01T09:00:00Z");

    public static readonly TheoryData<string, string?> Signatures = new()
    {
        { "missing", null },
        { "blank", " " },
        { "no base64", "%%%" },
        { "short", "AAAA" },
        { "of another body", ShopifyConnector.Sign("{}"u8, ProgramFixture.Secret) },
        { "under another secret", ShopifyConnector.Sign(Encoding.UTF8.GetBytes(Good), "somebody-else") },
        { "very long", new string('A', 8000) },
    };

    [Theory]
    [MemberData(nameof(Signatures))]
    public async Task Post_WrongSignature_Is401(string what, string? signature)
    {
        var answer = await program.ShopifyAsync("customers/create", Good, request => request.Set("X-Shopify-Hmac-Sha256", signature));

        Assert.NotEmpty(what);
        answer.AssertProblem(401, "bad-signature");
        await AssertGoesOnAsync();
    }

    [Theory]
    [InlineData(ProgramFixture.Secret)]
    [InlineData(ProgramFixture.OlderSecret)]
    public async Task Post_SignedWithAnySecretOfTheList_IsTaken(string secret)
    {
        var answer = await program.ShopifyAsync(
            "customers/update", Good, request => request.Set("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign(Encoding.UTF8.GetBytes(Good), secret)));

        Assert.Equal("202", answer.Summary);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_MoreThanOneMebibyte_Is200AndItsBeginningIsKept(bool chunked)
    {
        var body = Encoding.UTF8.GetBytes($$"""{ "id": 1, "note": "{{new string('x', 1024 * 1024)}}" }""");
        var request = program.Shopify("customers/create", body);
        if (chunked) Chunk(request, body);

        Assert.Equal("200 body-too-large", (await program.SendAsync(request)).Summary);
        var kept = await KeptAsync();
        Assert.Contains(kept, static one => one.Code == Core.RefusalCode.BodyTooLarge && Convert.FromBase64String(one.Body).Length == 1024 * 1024);
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_MoreThanOneMebibyteUnsigned_Is401AndNothingIsKept()
    {
        var body = Encoding.UTF8.GetBytes($$"""{ "id": 2, "note": "{{new string('y', 1024 * 1024)}}" }""");

        (await program.ShopifyAsync("customers/create", body, static request => request.Set("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign("other"u8, ProgramFixture.Secret))))
            .AssertProblem(401, "bad-signature");
        Assert.DoesNotContain(await KeptAsync(), one => Convert.FromBase64String(one.Body).AsSpan().StartsWith("{ \"id\": 2"u8));
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_MoreThanIsReadAtAll_Is200AndNothingIsKept()
    {
        var before = (await KeptAsync()).Count;

        Assert.Equal("200 body-too-large", (await program.ShopifyAsync("customers/create", new byte[17 * 1024 * 1024])).Summary);

        Assert.Equal(before, (await KeptAsync()).Count);
        await AssertGoesOnAsync();
    }

    private async Task<IReadOnlyList<Engine.Intake.KeptBody>> KeptAsync()
    {
        var store = program.Host.Services.GetRequiredService<Engine.Storage.IDocumentStore>();
        var page = await store.QueryAsync(new Engine.Storage.DocumentQuery("kept:shopify", "", Limit: 200));
        return [.. page.Items.Select(static one => Core.Serialization.LoyaltyJson.Read<Engine.Intake.KeptBody>(one.Body.Span))];
    }

    [Fact]
    public async Task Post_ExactlyOneMebibyteInChunks_IsTaken()
    {
        var start = """{ "id": 8150, "email": "large@example.com", "note": """ + "\"";
        var body = Encoding.UTF8.GetBytes(start + new string('x', 1024 * 1024 - start.Length - 2) + "\"}");
        Assert.Equal(1024 * 1024, body.Length);
        var request = program.Shopify("customers/create", body);
        Chunk(request, body);

        Assert.Equal("202", (await program.SendAsync(request)).Summary);
    }

    public static readonly TheoryData<string, string, string> Bodies = new()
    {
        { "deep", """{ "id": 1, "note": """ + new string('[', 40) + new string(']', 40) + "}", "200 body-too-deep" },
        { "very deep", new string('[', 100_000), "200 body-too-deep" },
        { "cut off", """{ "id": 1, """, "200 malformed-body" },
        { "no JSON", "<customer/>", "200 malformed-body" },
        { "empty", "", "200 malformed-body" },
        { "large and no JSON", new string('x', 1024 * 1024), "200 malformed-body" },
        { "large and nobody's", """{ "note": """ + "\"" + new string('x', 1024 * 1024 - 100) + "\"}", "200 invalid-field" },
        { "half a pair", """{ "id": 1, "email": "\ud800" }""", "200 malformed-body" },
        { "a list", "[]", "200 invalid-field" },
        { "a number", "17", "200 invalid-field" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Post_SignedBodyThatCannotBeRead_Is200AndKept(string what, string body, string expected)
    {
        var answer = await program.ShopifyAsync("customers/create", body);

        Assert.Equal((what, expected), (what, answer.Summary));
        Assert.False(string.IsNullOrWhiteSpace((string?)answer.Body["detail"]));
        await AssertGoesOnAsync();
    }

    public static readonly TheoryData<string, string?, string> Headers = new()
    {
        { "X-Shopify-Topic", null, "200 missing-header" },
        { "X-Shopify-Topic", "planets/create", "200 unknown-topic" },
        { "X-Shopify-Topic", "CUSTOMERS/UPDATE", "202" },
        { "X-Shopify-Shop-Domain", null, "200 missing-header" },
        { "X-Shopify-Shop-Domain", "a shop/../../", "200 missing-header" },
        { "X-Shopify-Test", "true", "200 test-delivery" },
        { "X-Shopify-Event-Id", null, "202" },
        { "X-Shopify-Webhook-Id", null, "202" },
        { "X-Shopify-Triggered-At", "yesterday", "202" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Post_OtherHeaders_AreAnsweredAsTheTableSays(string header, string? value, string expected)
    {
        var answer = await program.ShopifyAsync("customers/update", Good, request => request.Set(header, value));

        Assert.Equal(expected, answer.Summary);
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_FormInsteadOfJson_Is200AndKept()
    {
        var answer = await program.ShopifyAsync(
            "customers/create", Good, request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"));

        Assert.Equal("200 unsupported-media-type", answer.Summary);
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_TheSameDeliveryAgain_IsTakenAndAppliedOnce()
    {
        const string Email = "again@example.com";
        var body = ShopPayloads.Customer(8201, Email, "2026-03-02T09:00:00Z");
        void Same(HttpRequestMessage request)
        {
            request.Set("X-Shopify-Event-Id", "event-of-8201");
            request.Set("X-Shopify-Webhook-Id", "webhook-of-8201");
        }

        for (var time = 0; time < 3; time++)
        {
            Assert.Equal("202", (await program.ShopifyAsync("customers/create", body, Same)).Summary);
            await program.SettleAsync();
        }

        // The platform may tell the same event under a new delivery id, too.
        Assert.Equal("202", (await program.ShopifyAsync("customers/create", body, request => request.Set("X-Shopify-Event-Id", "event-of-8201"))).Summary);
        await program.SettleAsync();

        var id = await program.IdOfAsync(Email);
        var lines = (await program.GetAsync($"api/customers/{id}/points/explain")).Body[0]!["lines"]!.AsArray();
        Assert.Equal(["grant 100"], lines.Select(static line => $"{line!["type"]} {line["points"]}"));
        Assert.Equal(2, (await program.GetAsync($"api/customers/{id}/runs")).Body.AsArray().Count);
        Assert.Single((await program.GetAsync($"api/customers/{id}/messages")).Body.AsArray());
    }

    [Fact]
    public async Task Post_TheSameDeliveryTenTimesAtOnce_IsAppliedOnce()
    {
        const string Email = "at-once@example.com";
        var body = ShopPayloads.Customer(8202, Email, "2026-03-02T09:00:00Z");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => program.ShopifyAsync("customers/create", body, request =>
        {
            request.Set("X-Shopify-Event-Id", "event-of-8202");
            request.Set("X-Shopify-Webhook-Id", "webhook-of-8202");
        })));
        await program.SettleAsync();

        Assert.All(answers, static answer => Assert.Equal("202", answer.Summary));
        var id = await program.IdOfAsync(Email);
        Assert.Single((await program.GetAsync($"api/customers/{id}/points/explain")).Body[0]!["lines"]!.AsArray());
        Assert.Single((await program.GetAsync($"api/customers/{id}/messages")).Body.AsArray());
    }

    [Theory]
    [InlineData("customers/data_request")]
    [InlineData("customers/redact")]
    [InlineData("shop/redact")]
    public async Task Post_PrivacyTopic_IsTakenAndAppliedWithoutDeadLetter(string topic)
    {
        // A shop that leaves takes everybody with it who is known from there only: it is another one than that of these tests.
        var answer = await program.ShopifyAsync(topic, ShopPayloads.ByTopic[topic], request =>
        {
            if (topic == "shop/redact") request.Set("X-Shopify-Shop-Domain", "closed.myshopify.com");
        });
        Assert.Equal("202", answer.Summary);

        await program.SettleAsync();
        Assert.Empty(program.DeadLetters());
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Get_OnAWebhookRoute_Is405()
    {
        var answer = await program.GetAsync("api/webhooks/shopify");

        Assert.Equal(405, answer.Status);
        await AssertGoesOnAsync();
    }

    private async Task AssertGoesOnAsync()
    {
        Assert.Equal("202", (await program.ShopifyAsync("customers/update", Good)).Summary);
        await program.SettleAsync();
        Assert.Equal(200, (await program.GetAsync("api/customers?email=after-the-storm@example.com")).Status);
    }

    private static void Chunk(HttpRequestMessage request, byte[] body)
    {
        var type = request.Content!.Headers.ContentType;
        request.Content = new StreamContent(new MemoryStream(body));
        request.Content.Headers.ContentType = type;
        request.Headers.TransferEncodingChunked = true;
    }
}
