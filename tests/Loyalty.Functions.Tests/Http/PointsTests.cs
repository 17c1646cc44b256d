using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Http;

public sealed class PointsTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Order = """{ "currency": "USD", "lines": [ { "sku": "TEA", "netMinor": 4250 } ] }""";

    [Fact]
    public async Task Explore_OrderOfANewcomer_TellsEachRule()
    {
        var answer = await PostAsync("api/points/explore", Order, "integration");
        Assert.Equal(200, answer.Status);
        Assert.Equal(42, (int)answer.Body["points"]!["spendable"]!);
        Assert.Equal("other-event", (string)answer.Body["rules"]![1]!["reason"]!);
        (await PostAsync("api/points/explore", """{ "customerId": "nobody", "lines": [ { "netMinor": 1 } ] }""", "support")).AssertProblem(404, "not-found");
        (await PostAsync("api/points/explore", """{ "lines": [] }""", "integration")).AssertProblem(422, "invalid-field");
        (await PostAsync("api/points/explore", "{", "integration")).AssertProblem(422, "malformed-body");
        var wrong = await PostAsync("api/points/explore", """{ "lines": [ { "sku": "TEA", "netMinor": "much" } ] }""", "integration");
        wrong.AssertProblem(422, "malformed-body");
        Assert.Contains("another kind", (string)wrong.Body["detail"]!, StringComparison.Ordinal);
        Assert.Contains("$.lines[0].netMinor, line 1", (string)wrong.Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adjust_SameKey_IsPostedOnceAndOtherInputIsRefused()
    {
        await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "adjusted@example.com" } } }""");
        await program.SettleAsync();
        var path = $"api/customers/{await program.IdOfAsync("adjusted@example.com")}/points/adjust";
        const string Body = """{ "points": 40, "actor": "ann", "reason": "late parcel" }""";
        var first = await PostAsync(path, Body, "support", "k-1");
        Assert.Equal((200, 140, "adjust"), (first.Status, (int)first.Body["available"]!, (string)first.Body["type"]!));
        Assert.Equal(first.Text, (await PostAsync(path, Body, "operator", "k-1")).Text);
        (await PostAsync(path, Body.Replace("40", "41", StringComparison.Ordinal), "support", "k-1")).AssertProblem(409, "idempotency-key-reused");
        (await PostAsync(path, Body, "support", key: null)).AssertProblem(422, "missing-header");
        (await PostAsync(path, """{ "points": -141, "actor": "ann", "reason": "x" }""", "support", "k-2")).AssertProblem(409, "insufficient-points");
        (await PostAsync(path, """{ "points": 5, "reason": "x" }""", "support", "k-3")).AssertProblem(422, "invalid-field");
        (await PostAsync("api/customers/nobody/points/adjust", Body, "support", "k-4")).AssertProblem(404, "not-found");
    }

    private Task<Answer> PostAsync(string path, string body, string role, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }
}
