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

    /// <summary>What no event of an order may say is not asked about: sums would leave their range, and days the calendar.</summary>
    [Theory]
    [InlineData("""{ "lines": [ { "netMinor": 1 }, { "netMinor": 1, "taxMinor": 9223372036854775807 } ] }""", "lines[1].taxMinor: ")]
    [InlineData("""{ "lines": [ { "netMinor": 1, "quantity": 9223372036854775807 } ] }""", "lines[0].quantity: ")]
    [InlineData("""{ "lines": [ { "netMinor": -1 } ] }""", "lines[0].netMinor: ")]
    [InlineData("""{ "lines": [ { "netMinor": 9000000000000 }, { "netMinor": 900000000000, "taxMinor": 200000000000 } ] }""", "lines: together ")]
    [InlineData("""{ "lines": [ { "netMinor": 1 } ], "paidAt": "-9998-01-01T00:00:00Z" }""", "paidAt: ")]
    [InlineData("""{ "lines": [ { "netMinor": 1 } ], "paidAt": "1969-12-31T23:59:59Z" }""", "paidAt: ")]
    [InlineData("""{ "lines": [ { "netMinor": 1 } ], "paidAt": "2200-01-01T00:00:00Z" }""", "paidAt: ")]
    public async Task Explore_OrderThatCannotBe_IsRefusedWithTheField(string order, string expected)
    {
        var refused = await PostAsync("api/points/explore", order, "integration");
        refused.AssertProblem(422, "invalid-field");
        Assert.StartsWith(expected, (string)refused.Body["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0, 10_000_000_000_000)]
    [InlineData("2199-12-31T23:59:59Z", 10_000_000_000_000, 0)]
    public async Task Explore_OrderAtTheBounds_IsAnswered(string paidAt, long net, long tax) =>
        Assert.Equal(200, (await PostAsync("api/points/explore", $$"""{ "paidAt": "{{paidAt}}", "lines": [ { "netMinor": {{net}}, "taxMinor": {{tax}}, "quantity": 10000000000000 } ] }""", "integration")).Status);

    [Fact]
    public async Task Adjust_FieldTwice_IsRefusedAndPostsNothing()
    {
        await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "twice@example.com" } } }""");
        await program.SettleAsync();
        var path = $"api/customers/{await program.IdOfAsync("twice@example.com")}/points/adjust";
        var refused = await PostAsync(path, """{ "points": 1, "points": 500, "actor": "ann", "reason": "x" }""", "support", "twice");
        refused.AssertProblem(422, "malformed-body");
        Assert.Equal("The body has a field twice at $.points, line 1: leave one.", (string)refused.Body["detail"]!);
        // The same key is free: what was refused has not used it.
        Assert.Equal(101, (int)(await PostAsync(path, """{ "points": 1, "actor": "ann", "reason": "x" }""", "support", "twice")).Body["available"]!);
        var unknown = await PostAsync(path, """{ "points": 1, "wallet": "spendible", "actor": "ann", "reason": "x" }""", "support", "wallet");
        unknown.AssertProblem(422, "unknown-wallet");
        Assert.StartsWith("wallet: ", (string)unknown.Body["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "lines": [ { "netMinor": 1 }, null ] }""", "lines[1]: null is no item of a list.")]
    [InlineData("""{ "lines": [ { "netMinor": 1, "sku": null, "labels": [ "a", null ] } ] }""", "lines[0].labels[1]: null is no item of a list.")]
    [InlineData("""{ "lines": [ { "netMinor": 1, "netMinor": 2 } ] }""", "The body has a field twice at $.lines[0].netMinor, line 1: leave one.")]
    public async Task Explore_ItemThatIsNullOrFieldTwice_IsNamed(string order, string expected)
    {
        var refused = await PostAsync("api/points/explore", order, "integration");
        refused.AssertProblem(422, "malformed-body");
        Assert.Equal(expected, (string)refused.Body["detail"]!);
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
