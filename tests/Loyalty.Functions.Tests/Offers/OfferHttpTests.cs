using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Offers;

/// <summary>Offers and redemptions over HTTP, with the shipped program.</summary>
public sealed class OfferHttpTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Basket = """{ "lines": [ { "sku": "TEA", "netMinor": 4000 } ], "deliveryMinor": 490 }""";

    [Fact]
    public async Task Claim_QuoteHoldCommit_OverHttp()
    {
        var id = await MemberAsync("offers@example.com", 900);
        var claimed = await PostAsync($"api/customers/{id}/offers", """{ "offer": "five-off" }""", "k1");
        Assert.Equal(200, claimed.Status);
        Assert.Equal(claimed.Text, (await PostAsync($"api/customers/{id}/offers", """{ "offer": "five-off" }""", "k1")).Text);
        (await PostAsync($"api/customers/{id}/offers", """{ "offer": "five-off" }""", "k2")).AssertProblem(409, "insufficient-points");
        (await PostAsync($"api/customers/{id}/offers", """{ "offer": "nothing" }""", "k3")).AssertProblem(404, "not-found");
        var code = (string)claimed.Body["code"]!;
        var wish = $$"""{ "customerId": "{{id}}", "basket": {{Basket}} }""";
        Assert.Equal(500, (int)(await PostAsync($"api/offers/{code}/quote", wish, null)).Body["discountMinor"]!);
        (await PostAsync($"api/offers/{code}/quote", """{ "basket": { "lines": [ { "netMinor": 1000 } ] } }""", null)).AssertProblem(409, "offer-not-applicable");
        (await PostAsync($"api/offers/{code}/hold", wish, null)).AssertProblem(422, "missing-header");
        (await PostAsync($"api/offers/{code}/hold", """{ "minutes": 31 }""", "h0")).AssertProblem(422, "invalid-field");
        var held = await PostAsync($"api/offers/{code}/hold", wish, "h1");
        Assert.Equal("held", (string)held.Body["status"]!);
        var commit = $$"""{ "holdId": "{{(string)held.Body["holdId"]!}}", "orderId": "o-1" }""";
        Assert.Equal("redeemed", (string)(await PostAsync($"api/offers/{code}/commit", commit, "c1")).Body["status"]!);
        Assert.Equal("redeemed", (string)(await PostAsync($"api/offers/{code}/commit", commit, "c2")).Body["status"]!);
        (await PostAsync($"api/offers/{code}/commit", commit.Replace("o-1", "o-2", StringComparison.Ordinal), "c3")).AssertProblem(409, "code-used");
        (await PostAsync($"api/offers/{code}/hold", wish, "h2")).AssertProblem(409, "code-used");
        (await PostAsync("api/offers/NOSUCHCODE/quote", wish, null)).AssertProblem(404, "not-found");
        Assert.Equal("used", (string)(await program.GetAsync($"api/customers/{id}/offers")).Body[0]!["status"]!);
        Assert.Equal(499_500, (int)(await program.GetAsync("api/offers/five-off")).Body["budgetLeft"]!);

        var delivery = await PostAsync($"api/customers/{id}/offers", """{ "offer": "free-delivery" }""", "k4");
        var both = $$"""{ "basket": {{Basket}}, "with": [ "{{code}}" ] }""";
        Assert.Equal(490, (int)(await PostAsync($"api/offers/{(string)delivery.Body["code"]!}/quote", both, null)).Body["discountMinor"]!);
        var welcome = await PostAsync($"api/customers/{id}/offers", """{ "offer": "welcome" }""", "k5");
        (await PostAsync($"api/offers/{(string)welcome.Body["code"]!}/quote", both, null)).AssertProblem(409, "not-combinable");
        (await PostAsync($"api/customers/{id}/offers", """{ "offer": "welcome" }""", "k6")).AssertProblem(409, "limit-reached");
    }

    [Theory]
    [InlineData("""{ "with": [ null ] }""", "malformed-body")]
    [InlineData("""{ "basket": { "lines": [ null ] } }""", "malformed-body")]
    [InlineData("""{ "customerId": "{long}" }""", "invalid-field")]
    public async Task Code_HostileBody_IsRefusedAndNoFault(string body, string refusal)
    {
        var id = await MemberAsync("hostile@example.com", 0);
        var code = (string)(await PostAsync($"api/customers/{id}/offers", """{ "offer": "come-back-10" }""", "hostile")).Body["code"]!;
        body = body.Replace("{long}", new string('x', 2000), StringComparison.Ordinal);
        foreach (var act in new[] { "quote", "hold" }) (await PostAsync($"api/offers/{code}/{act}", body, "hostile-" + act)).AssertProblem(422, refusal);
    }

    [Theory]
    [InlineData("redemptions", """{ "action": "quote", "customerId": null, "basket": { "lines": [ { "netMinor": 1 } ] } }""", "malformed-body")]
    [InlineData("redemptions", """{ "action": "quote", "customerId": "x", "basket": { "lines": [ null ] } }""", "malformed-body")]
    [InlineData("redemptions", """{ "action": "quote", "customerId": "{long}", "basket": { "lines": [ { "netMinor": 1 } ] } }""", "invalid-field")]
    [InlineData("points/explore", """{ "lines": [ null ] }""", "malformed-body")]
    [InlineData("referrals/joins", """{ "code": null, "friend": null }""", "malformed-body")]
    [InlineData("feedback", """{ "customerId": "{long}", "kind": "idea", "text": "x" }""", "invalid-field")]
    public async Task Post_HostileBody_IsRefusedAndNoFault(string route, string body, string refusal) =>
        (await SendAsync("api/" + route, new StringContent(body.Replace("{long}", new string('x', 2000), StringComparison.Ordinal), Encoding.UTF8, "application/json"), "hostile", "admin")).AssertProblem(422, refusal);

    [Fact]
    public async Task Post_BodyOfNull_IsTold() => Assert.Equal(
        "The body is null.",
        (string)(await SendAsync("api/redemptions", new StringContent("null", Encoding.UTF8, "application/json"), "null", "admin")).Body["detail"]!);

    [Theory]
    [InlineData("redemptions", """{ "action": "hold", "customerId": "x", "points": 5 }""")]
    [InlineData("redemptions/a~b~c/restore", """{ "points": 5 }""")]
    [InlineData("offers/ANY/commit", """{ "holdId": "x" }""")]
    public async Task Post_WithoutAKey_SaysWhichHeader(string route, string body)
    {
        var answer = await SendAsync("api/" + route, new StringContent(body, Encoding.UTF8, "application/json"), null, "admin");
        answer.AssertProblem(422, "missing-header");
        Assert.Contains("Idempotency-Key", (string)answer.Body["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("release")]
    public async Task Code_WithoutAHold_IsRefused(string act)
    {
        var answer = await SendAsync("api/offers/ANY/" + act, new StringContent("{}", Encoding.UTF8, "application/json"), "no-hold", "admin");
        answer.AssertProblem(422, "invalid-field");
        Assert.Contains("holdId", (string)answer.Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool_ImportOverHttp_TellsFaultsByLine()
    {
        var csv = new StringContent("code\nA1\nB 2\n", Encoding.UTF8, "text/csv");
        var answer = await SendAsync("api/offers/welcome/pool", csv, null, "marketer");
        answer.AssertProblem(422, "invalid-field");
        Assert.Contains("line 3", (string)answer.Body["detail"]!, StringComparison.Ordinal);
        var done = await SendAsync("api/offers/welcome/pool", new StringContent("A1\nB2\nA1\n", Encoding.UTF8, "text/csv"), null, "marketer");
        Assert.Equal(2, (int)done.Body["imported"]!);
        Assert.Contains("codes: pool", (string)done.Body["note"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draw_TicketsBought_WinnersVerify()
    {
        var open = await program.GetAsync("api/draws/summer");
        var id = await MemberAsync("draw@example.com", 200);
        for (var i = 0; i < 2; i++)
        {
            var code = (string)(await PostAsync($"api/customers/{id}/offers", """{ "offer": "summer-ticket" }""", $"t{i}")).Body["code"]!;
            var held = await PostAsync($"api/offers/{code}/hold", "{}", "h");
            Assert.Equal(200, (await PostAsync($"api/offers/{code}/commit", $$"""{ "holdId": "{{(string)held.Body["holdId"]!}}" }""", "c")).Status);
        }

        Assert.Null(open.Body["seed"]);
        var drawn = await SendAsync("api/draws/summer/draw", null, null, "marketer");
        var tickets = (await program.GetAsync("api/draws/summer/tickets")).Body.AsArray().Select(static ticket => (string)ticket!).ToList();
        var winners = drawn.Body["winners"]!.AsArray().Select(static one => (string)one!["ticket"]!).ToList();
        Assert.Equal((2, (string)open.Body["commitment"]!), (winners.Count, (string)drawn.Body["commitment"]!));
        Assert.True(Core.Offers.PrizeDraw.Verifies((string)drawn.Body["commitment"]!, Convert.FromHexString((string)drawn.Body["seed"]!), tickets, winners));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    public async Task Redeem_ManyAtOnceOverHttp_NeverMoreThanTheBalance(int times)
    {
        var balance = times * 5 + 7;
        var id = await MemberAsync($"crowd{times}@example.com", balance);
        var answers = await Task.WhenAll(Enumerable.Range(0, times).Select(async i =>
        {
            var held = await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "points": {{10 + i % 3}} }""", $"h{times}-{i}");
            if (held.Status != 200) return held;
            return await PostAsync($"api/redemptions/{(string)held.Body["redemptionId"]!}/commit", "{}", $"c{i}");
        }));
        Assert.All(answers.Where(static answer => answer.Status != 200), static answer => Assert.Contains((string)answer.Body["code"]!, new[] { "insufficient-points", "too-many-holds" }));
        var redeemed = answers.Where(static answer => answer.Status == 200).Sum(static answer => (int)answer.Body["points"]!);
        var wallet = (await program.GetAsync($"api/customers/{id}/points")).Body;
        var available = (int)wallet["wallets"]![0]!["balances"]!["available"]!;
        Assert.Equal(balance, redeemed + available);
        Assert.InRange(redeemed, 1, balance);
    }

    /// <summary>What has a price was refused by the ledger; what is free was given all the same.</summary>
    [Fact]
    public async Task Claim_RestrictedOrErased_IsRefusedAndGivesNoCode()
    {
        const string Wish = """{ "offer": "come-back-10" }""";
        var id = await MemberAsync("gone@example.com", 100);
        var before = await PostAsync($"api/customers/{id}/offers", Wish, "before");
        Assert.Equal(200, (await ChangeAsync(HttpMethod.Put, $"api/customers/{id}/restriction")).Status);
        (await PostAsync($"api/customers/{id}/offers", Wish, "restricted")).AssertProblem(409, "customer-restricted");
        // What was answered before is answered again.
        Assert.Equal(before.Text, (await PostAsync($"api/customers/{id}/offers", Wish, "before")).Text);
        Assert.Equal(200, (await ChangeAsync(HttpMethod.Delete, $"api/customers/{id}/restriction")).Status);
        Assert.Equal(200, (await PostAsync($"api/customers/{id}/offers", Wish, "restricted")).Status);
        Assert.Equal(200, (await ChangeAsync(HttpMethod.Delete, $"api/customers/{id}")).Status);
        (await PostAsync($"api/customers/{id}/offers", """{ "offer": "welcome" }""", "erased")).AssertProblem(410, "customer-erased");
        (await PostAsync($"api/customers/{id}/referral", "{}", null)).AssertProblem(404, "not-found");
    }

    /// <summary>Without the basket it was refused as such already; with it the sum of the basket was told instead.</summary>
    [Theory]
    [InlineData("hold")]
    [InlineData("quote")]
    public async Task Redemption_WalletThatThereIsNot_IsNamed(string action)
    {
        var id = await MemberAsync($"wallet-{action}@example.com", 300);
        var refused = await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "action": "{{action}}", "points": 5, "wallet": "spendible", "basket": {{Basket}} }""", "wallet-" + action);
        refused.AssertProblem(422, "unknown-wallet");
        Assert.StartsWith("wallet: ", (string)refused.Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redemption_BasketBeyondRange_IsRefusedWithTheField()
    {
        var id = await MemberAsync("beyond@example.com", 300);
        var refused = await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "points": 5, "basket": { "lines": [ { "netMinor": 1, "taxMinor": 9223372036854775807 } ] } }""", "beyond");
        refused.AssertProblem(422, "invalid-field");
        Assert.StartsWith("basket.lines[0].taxMinor: ", (string)refused.Body["detail"]!, StringComparison.Ordinal);
        Assert.Equal(300, (int)(await program.GetAsync($"api/customers/{id}/points")).Body["wallets"]![0]!["balances"]!["available"]!);
    }

    [Fact]
    public async Task Redemption_HoldCommitRestore_OverHttp()
    {
        var id = await MemberAsync("redeem@example.com", 300);
        (await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "action": "quote" }""", null)).AssertProblem(422, "invalid-field");
        Assert.Equal("pay-not-offered", (string)(await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "action": "quote", "basket": {{Basket}} }""", null)).Body["reason"]!);
        (await PostAsync("api/redemptions", """{ "customerId": "nobody", "points": 5 }""", "n")).AssertProblem(404, "not-found");
        (await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "points": 0 }""", "z")).AssertProblem(422, "invalid-amount");
        (await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "points": 301 }""", "m")).AssertProblem(409, "insufficient-points");
        var hold = $$"""{ "customerId": "{{id}}", "points": 120 }""";
        var held = await PostAsync("api/redemptions", hold, "h");
        Assert.Equal((200, 180, "held"), (held.Status, (int)held.Body["available"]!, (string)held.Body["status"]!));
        Assert.Equal(held.Text, (await PostAsync("api/redemptions", hold, "h")).Text);
        (await PostAsync("api/redemptions", hold.Replace("120", "121", StringComparison.Ordinal), "h")).AssertProblem(409, "idempotency-key-reused");
        var redemption = (string)held.Body["redemptionId"]!;
        Assert.Equal("redeemed", (string)(await PostAsync($"api/redemptions/{redemption}/commit", """{ "orderId": "shop:1" }""", "c")).Body["status"]!);
        (await PostAsync($"api/redemptions/{redemption}/release", "", "r")).AssertProblem(409, "hold-expired");
        Assert.Equal(230, (int)(await PostAsync($"api/redemptions/{redemption}/restore", """{ "points": 50 }""", "b")).Body["available"]!);
        (await PostAsync($"api/redemptions/{redemption}/restore", """{ "points": 71 }""", "b2")).AssertProblem(422, "exceeds-redemption");
        (await PostAsync("api/redemptions/nothing/commit", "{}", "x")).AssertProblem(404, "not-found");
        var second = await PostAsync("api/redemptions", """{ "customerId": "ID", "points": 30 }""".Replace("ID", id, StringComparison.Ordinal), "h-second");
        Assert.Equal(230, (int)(await PostAsync($"api/redemptions/{(string)second.Body["redemptionId"]!}/release", "", "r2")).Body["available"]!);
    }

    private async Task<string> MemberAsync(string email, int points)
    {
        await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" } } }""");
        await program.SettleAsync();
        var id = await program.IdOfAsync(email);
        // A hundred come with the sign-up.
        var adjust = $$"""{ "points": {{points - 100}}, "actor": "ann", "reason": "test" }""";
        if (points != 100) Assert.Equal(200, (await PostAsync($"api/customers/{id}/points/adjust", adjust, "opening")).Status);
        return id;
    }

    private Task<Answer> ChangeAsync(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("admin"));
        return program.SendAsync(request);
    }

    private Task<Answer> PostAsync(string path, string body, string? key) =>
        SendAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), key, "admin");

    private Task<Answer> SendAsync(string path, HttpContent? body, string? key, string role)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }
}
