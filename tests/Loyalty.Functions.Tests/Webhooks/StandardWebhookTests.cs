using System.Net.Http.Headers;
using System.Text;
using NodaTime;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>Standard Webhooks over HTTP: senders who are told what is wrong.</summary>
public sealed class StandardWebhookTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Good = """{ "type": "feedback.given", "data": { "customer": { "email": "talker@example.com" }, "kind": "idea" } }""";

    public static readonly TheoryData<string, string, string> Bodies = new()
    {
        { "good", Good, "202" },
        { "two", $"[{Good}, {Good}]", "202" },
        { "none", "[]", "422 too-many-items" },
        { "a hundred and one", "[" + string.Join(',', Enumerable.Repeat(Good, 101)) + "]", "422 too-many-items" },
        { "without a type", """{ "data": {} }""", "422 invalid-field" },
        { "reserved", """{ "type": "customer.merged", "data": {} }""", "422 reserved-type" },
        { "malformed", """{ "type": """, "422 malformed-body" },
        { "deep", """{ "type": "x", "data": """ + new string('[', 40) + new string(']', 40) + "}", "422 body-too-deep" },
        { "no address", """{ "type": "x", "data": { "customer": { "email": "nobody" } } }""", "422 invalid-field" },
        { "an order without lines", """{ "type": "order.paid", "data": { "order": { "id": "1", "currency": "USD" } } }""", "422 invalid-field" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Post_Body_IsAnsweredAsTheTableSays(string what, string body, string expected)
    {
        var answer = await program.StandardAsync(body);

        Assert.Equal((what, expected), (what, answer.Summary));
        if (answer.Status >= 400) answer.AssertProblem(answer.Status, expected[4..]);
        await AssertGoesOnAsync();
    }

    [Theory]
    [InlineData("webhook-id", null, "bad-signature")]
    [InlineData("webhook-id", "msg_other", "bad-signature")]
    [InlineData("webhook-timestamp", null, "bad-signature")]
    [InlineData("webhook-timestamp", "1", "bad-signature")]
    [InlineData("webhook-signature", null, "bad-signature")]
    [InlineData("webhook-signature", "v1,AAAA", "bad-signature")]
    [InlineData("webhook-signature", "v1a,AAAA", "bad-signature")]
    public async Task Post_HeaderChanged_Is401(string header, string? value, string code)
    {
        (await program.StandardAsync(Good, change: request => request.Set(header, value))).AssertProblem(401, code);
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_Text_Is415()
    {
        var answer = await program.StandardAsync(Good, change: request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain"));

        answer.AssertProblem(415, "unsupported-media-type");
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task Post_MoreThanOneMebibyte_Is413()
    {
        (await program.StandardAsync($$"""{ "type": "x", "data": "{{new string('x', 1024 * 1024)}}" }""")).AssertProblem(413, "body-too-large");
        await AssertGoesOnAsync();
    }

    private async Task AssertGoesOnAsync()
    {
        Assert.Equal("202", (await program.StandardAsync(Good)).Summary);
        await program.SettleAsync();
        Assert.Empty(program.DeadLetters());
    }
}

/// <summary>The vector of the specification, at its own time.</summary>
public sealed class StandardVectorTests(StandardVectorTests.AtTheVector program) : IClassFixture<StandardVectorTests.AtTheVector>
{
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly Instant Signed = Instant.FromUnixTimeSeconds(1614265330);

    [Fact]
    public async Task Post_TheKnownVector_VerifiesUntilItIsStale()
    {
        // Its body has no type: verified, and then told so. Anything else would be a 401.
        (await PostAsync(Signature)).AssertProblem(422, "invalid-field");
        (await PostAsync("v1,Z0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")).AssertProblem(401, "bad-signature");

        await program.Host.Clock.RunUntilAsync(Signed + Duration.FromSeconds(300));
        (await PostAsync(Signature)).AssertProblem(422, "invalid-field");

        await program.Host.Clock.RunUntilAsync(Signed + Duration.FromSeconds(301));
        (await PostAsync(Signature)).AssertProblem(401, "stale-timestamp");
        Assert.Equal("202", (await program.StandardAsync("""{ "type": "seminar.attended", "subject": "email:late@example.com", "data": {} }""")).Summary);
    }

    private Task<Answer> PostAsync(string signature)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/standard") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("{\"test\": 2432232314}")) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        request.Set("webhook-timestamp", "1614265330");
        request.Set("webhook-signature", signature);
        return program.SendAsync(request);
    }

    public sealed class AtTheVector : ProgramFixture
    {
        protected override Instant Start => Signed - Duration.FromSeconds(1);
    }
}
