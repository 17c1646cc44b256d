using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Offers;

/// <summary>Referrals over HTTP, with the shipped program.</summary>
public sealed class ReferralHttpTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Referral_LinkClickJoinReview_OverHttp()
    {
        await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "host@example.com" } } }""");
        await program.SettleAsync();
        var host = await program.IdOfAsync("host@example.com");
        var link = (await PostAsync($"api/customers/{host}/referral", """{ "address": "Main Street 1" }""", null)).Body;
        Assert.Equal("https://shop.example/?ref=" + (string)link["code"]!, (string)link["link"]!);
        (await PostAsync("api/customers/nobody/referral", "{}", null)).AssertProblem(404, "not-found");
        Assert.Equal(204, (await PostAsync("api/referrals/clicks", $$"""{ "code": "{{(string)link["code"]!}}", "visitor": "v" }""", null)).Status);
        (await PostAsync("api/referrals/clicks", """{ "code": "NOPE", "visitor": "v" }""", null)).AssertProblem(404, "not-found");
        const string Join = """{ "friend": { "email": "guest@example.com" }, "visitor": "v", "signals": { "address": "main street, 1" } }""";
        (await PostAsync("api/referrals/joins", Join, null)).AssertProblem(422, "missing-header");
        var held = await PostAsync("api/referrals/joins", Join, "j1");
        Assert.Equal(("hold", "same-address"), ((string)held.Body["outcome"]!, (string)held.Body["reasons"]![0]!));
        (await PostAsync("api/referrals/joins", Join, "j2")).AssertProblem(409, "conflict");
        var friend = (string)held.Body["friendId"]!;
        Assert.Equal(friend, (string)(await program.GetAsync("api/referrals")).Body[0]!["friendId"]!);
        await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "guest@example.com" } } }""");
        await program.SettleAsync();
        const string Allow = """{ "decision": "allow", "actor": "ann", "reason": "two flats" }""";
        var allowed = await PostAsync($"api/referrals/{friend}/decision", Allow, "d1");
        Assert.Equal(("joined", true), ((string)allowed.Body["status"]!, (bool)allowed.Body["friend"]!["isGiven"]!));
        Assert.Empty((await program.GetAsync("api/referrals")).Body.AsArray());
        Assert.Equal(300, (int)(await program.GetAsync($"api/customers/{friend}/points")).Body["wallets"]![0]!["balances"]!["available"]!);
        Assert.Equal("joined", (string)(await program.GetAsync($"api/customers/{host}/referrals")).Body[0]!["status"]!);
        Assert.Empty(program.DeadLetters());
    }

    /// <summary>A signal under a wrong name is a check that never runs; the storefront's developer has to hear of it.</summary>
    [Theory]
    [InlineData("""{ "friend": { "email": "g@example.com" }, "code": "X", "address": "main street 1" }""", "address: there is no such field; it belongs to another part of the body.")]
    [InlineData("""{ "friend": { "email": "g@example.com" }, "code": "X", "signals": { "adress": "main street 1" } }""", "signals.adress: there is no such field; 'address' is one.")]
    [InlineData("""{ "friend": { "mail": "g@example.com" }, "code": "X" }""", "friend.mail: there is no such field; 'email' is one.")]
    [InlineData("""{ "friend": { "email": "g@example.com" }, "loyaltyProgramme": 5 }""", "loyaltyProgramme: there is no such field.")]
    public async Task Join_FieldThatThereIsNot_IsRefusedAndNamed(string body, string expected)
    {
        var answer = await PostAsync("api/referrals/joins", body, "unknown");
        answer.AssertProblem(422, "malformed-body");
        Assert.Equal(expected, (string)answer.Body["detail"]!);
    }

    private Task<Answer> PostAsync(string path, string body, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("admin"));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }
}
