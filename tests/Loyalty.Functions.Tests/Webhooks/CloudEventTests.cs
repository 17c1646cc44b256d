using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>CloudEvents over HTTP with the integration key: binary, structured, batch.</summary>
public sealed class CloudEventTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private int _count;

    [Theory]
    [InlineData(null, "401 unauthorized")]
    [InlineData("not-a-key-anybody-has", "401 unauthorized")]
    [InlineData("the-key-of-support-0001", "403 forbidden")]
    [InlineData("the-key-of-marketer-0001", "403 forbidden")]
    [InlineData("the-key-of-integration-0001", "202")]
    [InlineData("the-key-of-admin-0001", "202")]
    public async Task Post_Key_IsAskedBeforeAnythingElse(string? key, string expected)
    {
        var answer = await PostAsync(Structured, Event("signed"), key: key, hasKey: key is not null);

        Assert.Equal(expected, answer.Summary);
        if (answer.Status >= 400) answer.AssertProblem(answer.Status, expected[4..]);
        Assert.Equal(answer.Status == 401 ? "Bearer" : null, answer.Challenge);
    }

    [Fact]
    public async Task Post_BinaryStructuredAndBatch_AreAppliedOnceEach()
    {
        const string Person = """{ "customer": { "externalId": "77" }, "person": { "email": "three-modes@example.com", "firstName": "Ann", "consent": { "offers": true } } }""";
        Assert.Equal("202", (await PostAsync("application/json", Person, Attributes("sign-up-1", "customer.signed-up"))).Summary);
        Assert.Equal("202", (await PostAsync(Structured, $$"""{ "specversion": "1.0", "id": "sign-up-1", "source": "/crm", "type": "customer.signed-up", "data": {{Person}} }""")).Summary);
        Assert.Equal("202", (await PostAsync(Batch, $"[{Event("b1")}, {Event("b2")}]")).Summary);
        Assert.Equal("200 empty-batch", (await PostAsync(Batch, "[]")).Summary);
        await program.SettleAsync();

        var id = await program.IdOfAsync("three-modes@example.com");
        // Told in two modes with the same source and id: one event.
        var lines = (await program.GetAsync($"api/customers/{id}/points/explain")).Body[0]!["lines"]!.AsArray();
        Assert.Equal(["grant 100"], lines.Select(static line => $"{line!["type"]} {line["points"]}"));
        Assert.Equal("Ann", (string?)(await program.GetAsync($"api/customers/{id}")).Body["name"]);
        Assert.Empty(program.DeadLetters());
    }

    public static readonly TheoryData<string, string, string> Bodies = new()
    {
        { Structured, """{ "specversion": "0.3", "id": "1", "source": "/crm", "type": "x" }""", "422 invalid-field" },
        { Structured, """{ "specversion": "1.0", "source": "/crm", "type": "x" }""", "422 invalid-field" },
        { Structured, """{ "specversion": "1.0", """, "422 malformed-body" },
        { Structured, """{ "specversion": "1.0", "id": "1", "source": "/crm", "type": "tier.changed", "data": {} }""", "422 reserved-type" },
        { Structured, """{ "specversion": "1.0", "id": "1", "source": "/crm", "type": "x", "hops": 17, "data": {} }""", "422 causal-loop" },
        { Batch, """{ "specversion": "1.0" }""", "422 invalid-field" },
        { "application/cloudevents+avro", "x", "415 unsupported-media-type" },
        { "application/json", "{}", "415 unsupported-media-type" },
        { "application/xml", "<a/>", "415 unsupported-media-type" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Post_Wrong_IsToldWhatIsWrong(string type, string body, string expected)
    {
        var answer = await PostAsync(type, body);

        answer.AssertProblem(int.Parse(expected[..3], System.Globalization.CultureInfo.InvariantCulture), expected[4..]);
        Assert.Equal("202", (await PostAsync(Structured, Event("after"))).Summary);
    }

    [Fact]
    public async Task Post_MoreThanOneMebibyte_Is413()
    {
        var body = $$"""{ "specversion": "1.0", "id": "1", "source": "/crm", "type": "x", "data": "{{new string('x', 1024 * 1024)}}" }""";

        (await PostAsync(Structured, body)).AssertProblem(413, "body-too-large");
        Assert.Equal("202", (await PostAsync(Structured, Event("after"))).Summary);
    }

    [Fact]
    public async Task Post_OwnIdThatNobodyHas_IsKnownByThatIdWhereItIsPlainAndShort()
    {
        var longId = "id with spaces " + new string('ж', 60);
        Assert.Equal("202", (await PostAsync(Structured, SignUp("plain", "crm-4711", "plain@example.com"))).Summary);
        Assert.Equal("202", (await PostAsync(Structured, SignUp("long", longId, "long@example.com"))).Summary);
        await program.SettleAsync();

        Assert.Equal("crm-4711", await program.IdOfAsync("plain@example.com"));
        Assert.Matches("^c[0-9a-z]{21}$", await program.IdOfAsync("long@example.com"));
    }

    private static string SignUp(string eventId, string id, string email) => $$"""
        { "specversion": "1.0", "id": "{{eventId}}", "source": "/crm", "type": "customer.signed-up", "data": { "customer": { "id": "{{id}}" }, "person": { "email": "{{email}}" } } }
        """;

    private string Event(string id) => $$"""
        { "specversion": "1.0", "id": "{{id}}-{{Interlocked.Increment(ref _count)}}", "source": "/crm", "type": "seminar.attended", "subject": "email:guest@example.com", "data": { "seminar": "green-teas" } }
        """;

    private static Action<HttpRequestMessage> Attributes(string id, string type) => request =>
    {
        request.Set("ce-specversion", "1.0");
        request.Set("ce-id", id);
        request.Set("ce-source", "/crm");
        request.Set("ce-type", type);
    };

    private Task<Answer> PostAsync(string type, string body, Action<HttpRequestMessage>? change = null, string? key = null, bool hasKey = true)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/events") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (hasKey) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? ProgramFixture.KeyOf("integration"));
        change?.Invoke(request);
        return program.SendAsync(request);
    }
}
