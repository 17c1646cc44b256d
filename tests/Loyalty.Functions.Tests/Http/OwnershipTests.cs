using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Access;
using Loyalty.Functions.Tests.Contact;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Http;

/// <summary>
/// Every route, read from the functions themselves, × every caller × what is there, what is another's, and what is not: nobody gets what is not theirs, and
/// nobody is told by an answer whether it is there.
/// </summary>
public sealed class OwnershipTests(OwnershipTests.Shop program) : IClassFixture<OwnershipTests.Shop>
{
    private static readonly ContactLinks Links = new(ContactFixture.LinksUrl, [Convert.FromBase64String(ContactFixture.LinkKey)]);

    [Fact]
    public async Task EveryRoute_ByThoseWhoMayNot_AnswersTheSameForWhatIsThereAndWhatIsNot()
    {
        var there = program.Place(program.Vera);
        var wrong = new List<string>();
        var asked = 0;
        foreach (var (key, roles) in AccessTests.Functions().Where(static one => !one.Roles.Contains(Role.Anyone) && !one.Roles.Contains(Role.Signature)))
        {
            var (method, route) = (key.Split(' ')[0], key.Split(' ')[1]);
            var (real, none) = (Fill(method, route, there), Fill(method, route, null));
            if (route.Contains('{', StringComparison.Ordinal) && !route.StartsWith("operations/", StringComparison.Ordinal)) Assert.True(real != none, $"{key}: the test knows nothing that is there");
            foreach (var (name, bearer) in program.Strangers(roles))
            {
                var (one, other) = (await AskAsync(method, real, bearer), await AskAsync(method, none, bearer));
                asked++;
                if (one.Status is not (401 or 403)) wrong.Add($"{key} by {name}: {one.Summary}");
                if (one.Text != other.Text) wrong.Add($"{key} by {name}: {one.Text} where it is there, {other.Text} where it is not");
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked > 400, $"only {asked} requests: the reader has lost its way");
    }

    [Fact]
    public async Task EveryRouteOfACustomer_ByThoseWhoMay_TellsNothingOfAnother()
    {
        var wrong = new List<string>();
        var read = 0;
        foreach (var (key, roles) in AccessTests.Functions().Where(static one => one.Key.StartsWith("GET customers/{id}", StringComparison.Ordinal)))
        {
            foreach (var role in roles)
            {
                var answer = await AskAsync("GET", Fill("GET", key.Split(' ')[1], program.Place(program.Ulla)), ProgramFixture.KeyOf(role.ToString().ToLowerInvariant()));
                // Nobody has asked to erase her.
                Assert.Equal(key.EndsWith("/erasure", StringComparison.Ordinal) ? 404 : 200, answer.Status);
                read++;
                // Whom she brought is told by id, and by nothing else.
                var tellsFriends = key.EndsWith("/referrals", StringComparison.Ordinal) || key.EndsWith("/export", StringComparison.Ordinal);
                var secrets = program.Vera.Canaries.Where(one => !tellsFriends || one != program.Vera.Id);
                wrong.AddRange(secrets.Where(one => answer.Text.Contains(one, StringComparison.OrdinalIgnoreCase)).Select(one => $"{key} by {role} tells {one}"));
            }
        }

        Assert.Empty(wrong);
        Assert.True(read >= 8, $"only {read} routes of a customer");
    }

    [Fact]
    public async Task EveryRoute_ByMarketersAndOperators_TellsNoNameAndNoAddress()
    {
        var wrong = new List<string>();
        foreach (var (key, roles) in AccessTests.Functions().Where(static one => one.Key.StartsWith("GET ", StringComparison.Ordinal)))
        {
            foreach (var role in new[] { Role.Marketer, Role.Operator }.Where(roles.Contains))
            {
                var answer = await AskAsync("GET", Fill("GET", key.Split(' ')[1], program.Place(program.Vera)), ProgramFixture.KeyOf(role.ToString().ToLowerInvariant()));
                wrong.AddRange(program.Vera.Personal.Where(one => answer.Text.Contains(one, StringComparison.OrdinalIgnoreCase)).Select(one => $"{key} by {role} tells {one}"));
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Me_WhateverTheRequestNames_IsTheTokensOwnCustomer()
    {
        var (ulla, vera) = (program.Ulla, program.Vera);
        foreach (var path in new[] { "api/me", "api/me/history" })
        {
            var own = await AskAsync("GET", path, ulla.Token);
            Assert.Equal(200, own.Status);
            foreach (var query in new[] { $"id={vera.Id}", $"customer={vera.Id}", $"customerId={vera.Id}", $"email={vera.Email}", $"sub={vera.Id}", $"token={vera.Token}" })
            {
                var asked = await AskAsync("GET", $"{path}?{query}", ulla.Token, ("X-Customer-Id", vera.Id), ("Cookie", $"token={vera.Token}"));
                Assert.Equal(own.Text, asked.Text);
            }

            Assert.DoesNotContain(vera.Canaries, one => own.Text.Contains(one, StringComparison.OrdinalIgnoreCase));
            // Half of one token and half of another, a link's token, a key: nobody.
            string[] forged =
            [
                $"{vera.Token.Split('.')[0]}.{vera.Token.Split('.')[1]}.{ulla.Token.Split('.')[2]}", vera.Token[..^1], Links.Sign(new ContactToken(ContactPurpose.Preferences, vera.Id, null, null)),
                ProgramFixture.KeyOf("admin"), vera.Id,
            ];
            var answers = new List<string>();
            foreach (var one in forged)
            {
                var answer = await AskAsync("GET", path, one);
                answer.AssertProblem(401, "unauthorized");
                answers.Add(answer.Text);
            }

            Assert.Single(answers.Distinct());
        }
    }

    [Fact]
    public async Task Links_EveryTokenOnEveryPage_OpensItsOwnPageOfItsOwnPersonOnly()
    {
        var (ulla, vera) = (program.Ulla, program.Vera);
        var pages = new Dictionary<string, ContactPurpose>(StringComparer.Ordinal)
        {
            ["unsubscribe"] = ContactPurpose.Unsubscribe,
            ["preferences"] = ContactPurpose.Preferences,
            ["feedback"] = ContactPurpose.Feedback,
        };
        var before = await DocumentsAsync(vera.Id);
        var refusals = new List<string>();
        foreach (var (page, purpose) in pages)
        {
            foreach (var method in new[] { "GET", "POST" })
            {
                foreach (var other in pages.Values.Where(one => one != purpose))
                {
                    refusals.Add(await RefusedAsync(method, page, Links.Sign(new ContactToken(other, ulla.Id, "offers", null))));
                }

                // Somebody who is not there, whoever signed it, reads as a token that is none; so does every mixture.
                refusals.Add(await RefusedAsync(method, page, "no-token"));
                refusals.Add(await RefusedAsync(method, page, ulla.Token));
                var (mine, theirs) = (Links.Sign(new ContactToken(purpose, ulla.Id, "offers", null)), Links.Sign(new ContactToken(purpose, vera.Id, "offers", null)));
                refusals.Add(await RefusedAsync(method, page, $"{theirs.Split('.')[0]}.{mine.Split('.')[1]}"));
                var everything = Links.Sign(new ContactToken(purpose, ulla.Id, "*", null));
                refusals.Add(await RefusedAsync(method, page, $"{everything.Split('.')[0]}.{mine.Split('.')[1]}"));
            }
        }

        Assert.Single(refusals.Distinct());
        // One's own link with another's names in the form changes oneself.
        foreach (var (page, purpose) in pages)
        {
            var link = $"api/{page}/" + Links.Sign(new ContactToken(purpose, ulla.Id, "offers", null));
            (string, string)[] fields = [("customerId", vera.Id), ("id", vera.Id), ("email", vera.Email), ("kind", "idea"), ("text", "mine"), ("topic", "offers"), ("token", Links.Sign(new ContactToken(purpose, vera.Id, "*", null)))];
            var request = new HttpRequestMessage(HttpMethod.Post, link + $"?customerId={vera.Id}") { Content = new FormUrlEncodedContent(fields.Select(static one => KeyValuePair.Create(one.Item1, one.Item2))) };
            var answer = await program.SendAsync(request);
            Assert.Equal(200, answer.Status);
            Assert.DoesNotContain(vera.Canaries, one => answer.Text.Contains(one, StringComparison.OrdinalIgnoreCase));
        }

        await program.SettleAsync();
        Assert.Equal(before, await DocumentsAsync(vera.Id));
    }

    [Fact]
    public async Task Tasks_OfOneCustomer_AreNotFoundUnderAnother()
    {
        var other = program.Vera.Task.Replace(program.Vera.Id, program.Ulla.Id, StringComparison.Ordinal);
        var (moved, none) = (await AskAsync("GET", "api/tasks/" + other, ProgramFixture.KeyOf("support")), await AskAsync("GET", "api/tasks/nobody.run.call.1", ProgramFixture.KeyOf("support")));

        moved.AssertProblem(404, "not-found");
        Assert.Equal(none.Text, moved.Text);
    }

    private async Task<string> RefusedAsync(string method, string page, string token)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), $"api/{page}/{token}");
        if (method == "POST") request.Content = new FormUrlEncodedContent([KeyValuePair.Create("kind", "idea"), KeyValuePair.Create("text", "x")]);
        var answer = await program.SendAsync(request);
        answer.AssertProblem(404, "not-found");
        return answer.Text;
    }

    private async Task<string> DocumentsAsync(string customerId)
    {
        var page = await program.Host.Services.GetRequiredService<IDocumentStore>().QueryAsync(new DocumentQuery(Keys.CustomerPartition(customerId), "", Limit: 200));
        Assert.Null(page.Continuation);
        return string.Join('\n', page.Items.OrderBy(static one => one.Id, StringComparer.Ordinal).Select(static one => $"{one.Id} {one.ETag}"));
    }

    private Task<Answer> AskAsync(string method, string path, string? bearer, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method != "GET") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return program.SendAsync(request);
    }

    /// <summary>A path with what is there in every place of the route; null: with what nobody has.</summary>
    internal static string Fill(string method, string route, IReadOnlyDictionary<string, string>? there) => "api/" + Regex.Replace(
        route,
        @"\{(?<name>[^}:]+)(:(?<type>[^}]+))?\}",
        match => match.Groups["type"].Value == "long" ? "999999"
            : there is null ? "nobody"
            : there.GetValueOrDefault($"{method} {route}") ?? there.GetValueOrDefault(route.Split('/')[0]) ?? "nobody",
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    /// <summary>A person of the shop with something in every place.</summary>
    public sealed record Someone(string Id, string Email, string Name, string Phone)
    {
        public string Token { get; init; } = "";
        public string Run { get; init; } = "";
        public string Redemption { get; init; } = "";
        public string Task { get; init; } = "";
        public string Code { get; init; } = "";

        /// <summary>What nobody else may read.</summary>
        public IEnumerable<string> Canaries => [Id, .. Personal, Code, Task];

        public IEnumerable<string> Personal => [Email, Name, Phone];
    }

    /// <summary>The program with two customers who have something of everything.</summary>
    public sealed class Shop : ContactFixture
    {
        public Someone Ulla { get; private set; } = null!;

        public Someone Vera { get; private set; } = null!;

        /// <summary>Her shop's request for her data.</summary>
        public string Request { get; private set; } = "";

        /// <summary>A mail that is nobody's.</summary>
        public string Reply { get; private set; } = "";

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            Ulla = await MakeAsync("ulla@one.example", "Ullabella", "+359881110001");
            Vera = await MakeAsync("vera@two.example", "Veraclara", "+359881110002");
            // Ulla brought Vera.
            var code = (string)(await PostAsync($"api/customers/{Ulla.Id}/referral", "{}")).Body["code"]!;
            Assert.Equal(200, (await PostAsync("api/referrals/joins", $$"""{ "friend": { "email": "{{Vera.Email}}" }, "code": "{{code}}" }""", "join")).Status);
            Assert.Equal(202, (await ShopifyAsync("customers/data_request", $$"""{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 84018, "email": "{{Vera.Email}}" }, "orders_requested": [], "data_request": { "id": 9999 } }""")).Status);
            await SettleAsync();
            var mail = $$"""{ "messageId": "<aside@x>", "from": "work@nobody.example", "inReplyTo": "<message-{{Vera.Run}}-greet-1@x>", "text": "It is me" }""";
            Assert.Equal(202, (await StandardAsync(mail, "mail_aside", static request => request.RequestUri = new Uri("api/webhooks/mail", UriKind.Relative))).Status);
            await SettleAsync();
            Reply = (string)(await GetAsync("api/replies")).Body[0]!["id"]!;
            Request = (string)(await GetAsync("api/privacy/requests")).Body[0]!["id"]!;
        }

        /// <summary>What is there, by route or by the route's first word.</summary>
        public IReadOnlyDictionary<string, string> Place(Someone one)
        {
            ArgumentNullException.ThrowIfNull(one);
            return new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["customers"] = one.Id,
                ["journeys"] = "welcome",
                ["runs"] = one.Run,
                ["redemptions"] = one.Redemption,
                ["referrals"] = Vera.Id,
                ["tasks"] = one.Task,
                ["replies"] = Reply,
                ["privacy"] = Request,
                ["templates"] = "welcome",
                ["draws"] = "summer",
                ["offers"] = one.Code,
                ["GET offers/{id}"] = "five-off",
                ["POST offers/{id}/pool"] = "five-off",
            };
        }

        /// <summary>Everybody who may not call a route of these roles.</summary>
        public IEnumerable<(string Name, string? Bearer)> Strangers(IReadOnlyList<Role> roles)
        {
            yield return ("nobody", null);
            yield return ("a wrong key", "no-such-key-anywhere");
            yield return ("her own token", Ulla.Token);
            yield return ("the owner's token", Vera.Token);
            yield return ("her own link", Links.Sign(new ContactToken(ContactPurpose.Preferences, Ulla.Id, null, null)));
            foreach (var role in new[] { Role.Marketer, Role.Operator, Role.Support, Role.Integration })
            {
                if (!roles.Contains(role)) yield return (role.ToString(), KeyOf(role.ToString().ToLowerInvariant()));
            }
        }

        protected override ProgramHostOptions Adjust(ProgramHostOptions options)
        {
            var adjusted = base.Adjust(options);
            return adjusted with { Settings = new Dictionary<string, string?>(adjusted.Settings, StringComparer.OrdinalIgnoreCase) { ["Me:Keys:0"] = "0123456789abcdef0123456789abcdef" } };
        }

        private async Task<Someone> MakeAsync(string email, string name, string phone)
        {
            Assert.Equal(202, (await StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "firstName": "{{name}}", "phone": "{{phone}}", "locale": "en", "consent": { "offers": true } } } }""")).Status);
            await SettleAsync();
            var id = await IdOfAsync(email);
            Assert.Equal(200, (await PostAsync($"api/customers/{id}/points/adjust", """{ "wallet": "spendable", "points": 900, "reason": "a present", "actor": "desk" }""", "p" + name)).Status);
            Assert.Equal(202, (await PostAsync("api/feedback", $$"""{ "customerId": "{{id}}", "kind": "complaint", "text": "Cold tea" }""")).Status);
            await SettleAsync();
            var task = (await GetAsync("api/tasks?limit=500")).Body.AsArray().Single(one => (string)one!["customerId"]! == id)!;
            return new Someone(id, email, name, phone)
            {
                Token = (string)(await PostAsync($"api/customers/{id}/token", "{}")).Body["token"]!,
                Run = (string)(await GetAsync($"api/customers/{id}/runs")).Body[0]!["runId"]!,
                Redemption = (string)(await PostAsync("api/redemptions", $$"""{ "customerId": "{{id}}", "points": 10 }""", "r" + name)).Body["redemptionId"]!,
                Task = (string)task["id"]!,
                Code = (string)(await PostAsync($"api/customers/{id}/offers", """{ "offer": "five-off" }""", "o" + name)).Body["code"]!,
            };
        }

        private Task<Answer> PostAsync(string path, string body, string? key = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf("admin"));
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            return SendAsync(request);
        }
    }
}
