using System.Text;
using Loyalty.Functions.Me;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Me;

/// <summary>Customers read themselves and nobody else.</summary>
public sealed class MeTests(MeTests.Fixture program) : IClassFixture<MeTests.Fixture>
{
    [Fact]
    public async Task Get_OwnToken_TellsPointsTierGamesAndHistoryInTheirLanguage()
    {
        await OrderAsync("ru@example.com", "r-1", "ru-RU");
        var id = await program.IdOfAsync("ru@example.com");
        var token = await TokenAsync(id);

        var me = await MeAsync("api/me", token);
        var support = (await program.GetAsync($"api/customers/{id}")).Body;

        Assert.Equal(200, me.Status);
        Assert.Equal("ru", (string?)me.Body["language"]);
        var wallet = me.Body["wallets"]!.AsArray().Single(static one => (string?)one!["name"] == "spendable")!;
        var points = support["points"]!.AsArray().Single(static one => (string?)one!["name"] == "spendable")!;
        Assert.Equal(((long)points["available"]!, (long)points["pending"]!), ((long)wallet["available"]!, (long)wallet["pending"]!));
        Assert.True((long)wallet["available"]! + (long)wallet["pending"]! > 0);
        Assert.Equal((long)wallet["pending"]!, wallet["becomesUsable"]!.AsArray().Sum(static one => (long)one!["points"]!));
        // What support sees of tier and games is what the customer sees.
        Assert.Equal(support["tier"]?.ToJsonString(), me.Body["tier"]?.ToJsonString());
        Assert.Equal(support["games"]?.ToJsonString(), me.Body["games"]?.ToJsonString());
        var history = (await MeAsync("api/me/history", token)).Body["entries"]!.AsArray();
        Assert.Contains(history, static entry => ((string)entry!["text"]!).Contains("за заказ r-1", StringComparison.Ordinal));
        Assert.Contains((await MeAsync("api/me/history?language=bg", token)).Body["entries"]!.AsArray(), static entry => ((string)entry!["text"]!).Contains("за поръчка r-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Offers_OwnToken_TellsRewardsCodesAndTheLinkInTheirLanguage()
    {
        await OrderAsync("uk@example.com", "u-1", "uk-UA");
        var id = await program.IdOfAsync("uk@example.com");
        var token = await TokenAsync(id);
        var live = program.Host.Services.GetRequiredService<Loyalty.Engine.Ports.IProgramSource>().Current;

        var me = (await MeAsync("api/me", token)).Body;
        Assert.Equal(live.Model.Referrals is not null, me["referral"] is not null);
        Assert.Contains((string)me["referral"]!["code"]!, (string)me["referral"]!["link"]!, StringComparison.Ordinal);
        Assert.Matches("[А-Яа-яІі]", (string)me["referral"]!["text"]!);
        Assert.Equal(me["referral"]!.ToJsonString(), (await MeAsync("api/me", token)).Body["referral"]!.ToJsonString());

        var given = live.Offers.Values.First(static offer => offer is { Price: null, Codes: Core.Offers.CodeOrigin.Pattern, RedeemAt: Core.Offers.RedeemAt.Api });
        var source = program.Host.Services.GetRequiredService<Engine.Offers.StoreOfferSource>();
        var issued = Assert.IsType<Engine.Ports.OfferAnswer.Issued>(await source.IssueAsync(new Engine.Ports.OfferRequest(new Engine.Ports.OfferKey(id, "me-test", "gift", 1), given.Name, null)));
        var offers = (await MeAsync("api/me/offers", token)).Body;
        Assert.Equal("uk", (string)offers["language"]!);
        var code = offers["codes"]!.AsArray().Single(one => (string)one!["code"]! == issued.Code)!;
        Assert.Equal(("open", Core.Offers.OfferTexts.Of(given.Gift, live.Model.Currency, "uk")), ((string)code["status"]!, ((string)code["text"]!).Split(" (")[0]));
        Assert.Equal(live.Offers.Values.Count(static offer => offer.Price is not null), offers["rewards"]!.AsArray().Count);
        Assert.NotEqual((string)code["text"]!, (string)(await MeAsync("api/me/offers?language=en", token)).Body["codes"]![0]!["text"]!);
        // Nobody else sees it, and without a token nobody sees anything.
        await OrderAsync("other@example.com", "u-2");
        Assert.DoesNotContain(issued.Code, (await MeAsync("api/me/offers", await TokenAsync(await program.IdOfAsync("other@example.com")))).Text, StringComparison.Ordinal);
        Assert.Equal("401 unauthorized", (await MeAsync("api/me/offers", "x")).Summary);
    }

    [Fact]
    public async Task History_InPages_IsTheWholeHistoryOnce()
    {
        for (var i = 0; i < 5; i++) await OrderAsync("pages@example.com", $"p-{i}");
        var token = await TokenAsync(await program.IdOfAsync("pages@example.com"));
        var whole = (await MeAsync("api/me/history?limit=100", token)).Body;
        var pieces = new List<string>();
        string? after = null;
        do
        {
            var page = (await MeAsync("api/me/history?limit=2" + (after is null ? "" : "&after=" + after), token)).Body;
            pieces.AddRange(page["entries"]!.AsArray().Select(static entry => entry!.ToJsonString()));
            after = (string?)page["next"];
        }
        while (after is not null);

        Assert.True(pieces.Count >= 5);
        Assert.Equal(whole["entries"]!.AsArray().Select(static entry => entry!.ToJsonString()), pieces);
        Assert.Null(whole["next"]);
        Assert.Empty((await MeAsync("api/me/history?after=nowhere.1", token)).Body["entries"]!.AsArray());
        Assert.Equal("422 invalid-field", (await MeAsync("api/me/history?limit=101", token)).Summary);
        Assert.Equal("422 invalid-field", (await MeAsync("api/me/history?limit=x", token)).Summary);
    }

    [Fact]
    public async Task Get_AnyBitOfTheTokenFlipped_IsNobody()
    {
        await OrderAsync("bits@example.com", "b-1");
        var token = Encoding.ASCII.GetBytes(await TokenAsync(await program.IdOfAsync("bits@example.com")));
        var tokens = program.Host.Services.GetRequiredService<MeTokens>();
        Assert.NotNull(tokens.Verify(Encoding.ASCII.GetString(token)));
        for (var bit = 0; bit < token.Length * 8; bit++)
        {
            var changed = (byte[])token.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(tokens.Verify(Encoding.Latin1.GetString(changed)) is null, $"bit {bit}");
        }

        for (var length = 0; length < token.Length; length++) Assert.Null(tokens.Verify(Encoding.ASCII.GetString(token[..length])));
    }

    [Fact]
    public async Task Get_OtherCustomersToken_TellsTheOtherAndNoRouteTakesAnId()
    {
        await OrderAsync("one@example.com", "o-1");
        await OrderAsync("two@example.com", "o-2");
        var (one, two) = (await TokenAsync(await program.IdOfAsync("one@example.com")), await TokenAsync(await program.IdOfAsync("two@example.com")));

        Assert.Contains("o-1", (await MeAsync("api/me/history", one)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("o-2", (await MeAsync("api/me/history", one)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("o-1", (await MeAsync("api/me/history?id=o-1&customer=one@example.com", two)).Text, StringComparison.Ordinal);
        // The claims of one with the signature of the other are neither's.
        var mixed = one[..one.LastIndexOf('.')] + two[two.LastIndexOf('.')..];
        Assert.Equal("401 unauthorized", (await MeAsync("api/me", mixed)).Summary);
        // A customer's token opens nothing but /me.
        Assert.Equal("401 unauthorized", (await program.GetAsync($"api/customers/{await program.IdOfAsync("one@example.com")}", one)).Summary);
    }

    [Fact]
    public async Task Get_TokenOver_IsNobodyFromThatMomentOn()
    {
        await OrderAsync("late@example.com", "l-1");
        var id = await program.IdOfAsync("late@example.com");
        var tokens = program.Host.Services.GetRequiredService<MeTokens>();
        var (token, expiresAt) = tokens.Issue(id, Duration.FromMinutes(1));

        Assert.Equal(id, At(expiresAt - Duration.FromSeconds(1)).Verify(token));
        Assert.Null(At(expiresAt).Verify(token));
        Assert.Null(At(expiresAt - Duration.FromMinutes(3)).Verify(token));
    }

    [Fact]
    public void Verify_KeyRotated_OldTokensLiveUntilTheKeyIsTakenOut()
    {
        var (old, newer) = (new string('a', 32), new string('b', 32));
        var (token, _) = Tokens([old]).Issue("c1", Duration.FromMinutes(15));

        Assert.Equal("c1", Tokens([newer, old]).Verify(token));
        Assert.Null(Tokens([newer]).Verify(token));
        Assert.Null(Tokens([]).Verify(token));
        Assert.Equal("c1", Tokens([newer]).Verify(Tokens([newer, old]).Issue("c1", Duration.FromMinutes(15)).Token));
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"JWT"}""", """{"sub":"c1","aud":"loyalty/me","iat":0,"exp":99999999999}""")]
    [InlineData("""{"alg":"HS256","kid":"x","typ":"JWT"}""", """{"sub":"c1","aud":"loyalty/me","iat":0,"exp":99999999999}""")]
    public void Verify_HeaderThatIsNotOurs_IsNobody(string header, string claims)
    {
        string Text(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var signed = $"{Text(header)}.{Text(claims)}";
        var signature = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(new string('a', 32)), Encoding.UTF8.GetBytes(signed));

        Assert.Null(Tokens([new string('a', 32)]).Verify(signed + "."));
        Assert.Null(Tokens([new string('a', 32)]).Verify(signed + "." + Convert.ToBase64String(signature).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
    }

    /// <summary>A shop that has the key may make tokens itself: what is not made like ours is nobody's, and no fault of the program.</summary>
    [Theory]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","iat":0,"exp":1899999999.5}""")]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","iat":0,"exp":"1899999999"}""")]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","iat":0,"exp":null}""")]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","exp":1899999999}""")]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","iat":1000000000000000000,"exp":1899999999}""")]
    [InlineData("""{"sub":"c1","aud":"loyalty/me","iat":0,"exp":-1000000000000000000}""")]
    [InlineData("""{"sub":null,"aud":"loyalty/me","iat":0,"exp":1899999999}""")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{")]
    [InlineData("null")]
    public void Verify_ClaimsThatAreNotOurs_IsNobody(string claims)
    {
        static string Text(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var key = new string('a', 32);
        var header = Tokens([key]).Issue("c1", Duration.FromMinutes(15)).Token.Split('.')[0];
        string Sign(string payload)
        {
            var signed = $"{header}.{payload}";
            return $"{signed}.{Text(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)))}";
        }

        // Made the same way with claims as ours it counts, so it is the claims that are refused.
        Assert.Equal("c1", Tokens([key]).Verify(Sign(Text(Encoding.UTF8.GetBytes("""{"sub":"c1","aud":"loyalty/me","iat":0,"exp":1899999999}""")))));
        Assert.Null(Tokens([key]).Verify(Sign(Text(Encoding.UTF8.GetBytes(claims)))));
        Assert.Null(Tokens([key]).Verify(Sign("*")));
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData("{\"minutes\":1}", 200)]
    [InlineData("{\"minutes\":1440}", 200)]
    [InlineData("{\"minutes\":0}", 422)]
    [InlineData("{\"minutes\":1441}", 422)]
    [InlineData("{\"minutes\":-2147483648}", 422)]
    [InlineData("{\"minutes\":", 422)]
    public async Task Issue_Minutes_AreOneToADay(string? body, int status)
    {
        await OrderAsync("lasts@example.com", "t-1");

        var answer = await IssueAsync(await program.IdOfAsync("lasts@example.com"), body);

        Assert.Equal(status, answer.Status);
    }

    /// <summary>The books stay, and with them a record: it is nobody's any more.</summary>
    [Fact]
    public async Task Get_ErasedCustomersToken_IsNobodyAndThereIsNoOther()
    {
        await OrderAsync("erased@example.com", "e-1");
        var id = await program.IdOfAsync("erased@example.com");
        var token = await TokenAsync(id);
        var erase = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{id}");
        erase.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, (await program.SendAsync(erase)).Status);

        foreach (var route in new[] { "api/me", "api/me/history", "api/me/offers" }) Assert.Equal("401 unauthorized", (await MeAsync(route, token)).Summary);
        Assert.Equal("404 not-found", (await IssueAsync(id, null)).Summary);
    }

    [Fact]
    public async Task Issue_UnknownCustomer_Is404() => Assert.Equal("404 not-found", (await IssueAsync("c000", null)).Summary);

    private MeTokens At(Instant now) => new(program.Host.Services.GetRequiredService<LoyaltySettings>(), new NodaClock(now));

    private static MeTokens Tokens(string[] keys) => new(
        LoyaltySettings.Read(new Microsoft.Extensions.Configuration.ConfigurationManager()) with { MeKeys = [.. keys] }, new NodaClock(ProgramFixture.Morning));

    private async Task OrderAsync(string email, string order, string locale = "en")
    {
        var body = $$"""
            [{"type":"customer.signed-up","timestamp":"2026-03-01T10:00:00Z","data":{"customer":{"email":"{{email}}"},"person":{"email":"{{email}}","locale":"{{locale}}"} } },
             {"type":"order.paid","timestamp":"2026-03-01T11:00:00Z","data":{"customer":{"email":"{{email}}"},"order":{"id":"{{order}}","currency":"USD","placedAt":"2026-03-01T10:59:00Z","updatedAt":"2026-03-01T11:00:00Z","payment":"paid","lines":[{"id":"1","quantity":1,"netMinor":5000}]} } }]
            """;
        Assert.Equal(202, (await program.StandardAsync(body)).Status);
        await program.SettleAsync();
    }

    private async Task<string> TokenAsync(string id)
    {
        var answer = await IssueAsync(id, null);
        Assert.Equal(200, answer.Status);
        return (string)answer.Body["token"]!;
    }

    private Task<Answer> IssueAsync(string id, string? body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"api/customers/{id}/token");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("integration"));
        return program.SendAsync(request);
    }

    private Task<Answer> MeAsync(string path, string token) => program.GetAsync(path, token);

    private sealed class NodaClock(Instant now) : IClock
    {
        public Instant GetCurrentInstant() => now;
    }

    /// <summary>The program with the customers' interface on.</summary>
    public sealed class Fixture : ProgramFixture
    {
        protected override ProgramHostOptions Adjust(ProgramHostOptions options) => options with
        {
            Settings = new Dictionary<string, string?>(options.Settings, StringComparer.OrdinalIgnoreCase) { ["Me:Keys:0"] = "a key of the customers' tokens, long enough" },
        };
    }
}
