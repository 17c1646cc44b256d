using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>Links that stand in letters to somebody who was merged into another since, was restricted, or erased: what each of them does for whom.</summary>
public sealed class MergedLinkTests(ChannelFixture program) : IClassFixture<ChannelFixture>
{
    private static readonly ContactLinks Links = new(ContactFixture.LinksUrl, [Convert.FromBase64String(ContactFixture.LinkKey)]);

    /// <summary>The letter went to an address that is still the one person's: its link confirms. One to the address that is no longer asks again.</summary>
    [Theory]
    [InlineData("goes", true)]
    [InlineData("stays", false)]
    public async Task DoubleOptIn_LinkOfALetterFromBeforeAMerge_ConfirmsWhereItWentToThePresentAddress(string whose, bool confirms)
    {
        var pair = await MergedAsync("optin-" + whose);
        var link = Link(pair.Letters[whose]);

        var page = (await GetAsync(link)).Text;
        Assert.Contains("We still wait for your confirmation", page, StringComparison.Ordinal);
        Assert.Equal(confirms, page.Contains("I confirm", StringComparison.Ordinal));
        var saved = await program.SendAsync(Form(link, ("topic", "offers")));

        Assert.Equal((200, !confirms), (saved.Status, saved.Text.Contains("still waits for your confirmation", StringComparison.Ordinal)));
        Assert.Contains($"\"topic\":\"offers\",\"isGiven\":{(confirms ? "true" : "false")}", (await program.GetAsync($"api/customers/{pair.Stays}")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Links_OfTheOneWhoWent_ActForTheOneWhoStays(bool isRestricted)
    {
        var name = isRestricted ? "held" : "free";
        var pair = await MergedAsync("links-" + name);
        Assert.Equal(200, (await program.SendAsync(Form(Link(pair.Letters["goes"]), ("topic", "offers"), ("topic", "news")))).Status);
        if (isRestricted) Assert.Equal(200, (await SendAsync(HttpMethod.Put, $"api/customers/{pair.Goes}/restriction")).Status);

        // To withdraw is a right of its own: it counts for whoever is restricted, too.
        var unsubscribe = "api/unsubscribe/" + Links.Sign(new ContactToken(ContactPurpose.Unsubscribe, pair.Goes, "offers", pair.Messages["goes"]));
        for (var twice = 0; twice < 2; twice++) Assert.Equal(200, (await program.SendAsync(Form(unsubscribe, ("List-Unsubscribe", "One-Click")))).Status);
        var feedback = "api/feedback/" + Links.Sign(new ContactToken(ContactPurpose.Feedback, pair.Goes, null, pair.Messages["goes"]));
        Assert.Equal(200, (await program.SendAsync(Form(feedback, ("kind", "complaint"), ("text", "cold " + name)))).Status);
        await program.SettleAsync();

        var view = (await program.GetAsync($"api/customers/{pair.Stays}")).Text;
        Assert.Contains("\"topic\":\"offers\",\"isGiven\":false", view, StringComparison.Ordinal);
        var store = program.Host.Services.GetRequiredService<IDocumentStore>();
        var proofs = await store.ReadAllAsync<ConsentRecord>(new DocumentQuery(Keys.CustomerPartition(pair.Stays), Keys.ConsentPrefix)).ToListAsync();
        Assert.Single(proofs, static one => one is { Decision: "withdrawn", Topic: "offers", How: "message.unsubscribed" });
        var answer = await store.ReadAllAsync<FeedbackRecord>(new DocumentQuery(Keys.CustomerPartition(pair.Stays), Keys.FeedbackPrefix)).SingleAsync();
        // The run it answers has moved with its person.
        Assert.Equal((pair.Stays, "ask", "cold " + name), (answer.CustomerId, answer.Step, answer.Text));
        Assert.Contains(answer.Run!, (await program.GetAsync($"api/customers/{pair.Stays}/runs")).Text, StringComparison.Ordinal);
        Assert.Contains((await program.GetAsync("api/tasks?queue=complaints", ProgramFixture.KeyOf("support"))).Body.AsArray(), one => (string)one!["customerId"]! == pair.Stays);
        Assert.Empty((await store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(pair.Goes), Keys.FeedbackPrefix))).Items);
    }

    [Fact]
    public async Task Links_OfBoth_AfterTheOneWhoStaysIsErased_SayNothing()
    {
        var pair = await MergedAsync("links-gone");
        Assert.Equal(200, (await SendAsync(HttpMethod.Delete, $"api/customers/{pair.Goes}")).Status);

        foreach (var id in new[] { pair.Goes, pair.Stays })
        {
            foreach (var (page, purpose, form) in new[]
            {
                ("preferences", ContactPurpose.Preferences, "topic"), ("feedback", ContactPurpose.Feedback, "kind"), ("unsubscribe", ContactPurpose.Unsubscribe, "List-Unsubscribe"),
            })
            {
                var posted = await program.SendAsync(Form($"api/{page}/" + Links.Sign(new ContactToken(purpose, id, "offers", pair.Messages["goes"])), (form, form == "kind" ? "complaint" : "offers"), ("text", "cold")));
                posted.AssertProblem(404, "not-found");
            }
        }

        foreach (var letter in pair.Letters.Values) (await GetAsync(Link(letter))).AssertProblem(404, "not-found");
    }

    /// <summary>Two people, each with a letter that asks for a confirmation; then an event that names the address of the one and the number of the other.</summary>
    private async Task<Pair> MergedAsync(string name)
    {
        program.Gateway.Answer = static (_, _, _) => (200, true);
        var (ids, letters, messages) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var who in new[] { "stays", "goes" })
        {
            var email = $"{name}-{who}@example.com";
            var phone = who == "goes" ? $", \"phone\": \"{Phone(name)}\"" : "";
            await TellAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}"{{phone}} }, "person": { "email": "{{email}}", "consent": { "offers": true }, "consentHow": "checkout" } } }""");
            ids[who] = await program.IdOfAsync(email);
            var run = (await program.GetAsync($"api/customers/{ids[who]}/runs")).Body.AsArray().Single(static one => (string)one!["journey"]! == "confirm")!;
            messages[who] = Keys.Message((string)run["runId"]!, "ask", 1);
            letters[who] = Directory.GetFiles(program.Outbox, "*.eml").Select(File.ReadAllText).Single(text => text.Contains($"To: {email}", StringComparison.Ordinal) || text.Contains($"<{email}>", StringComparison.Ordinal));
            await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromMinutes(1));
        }

        await TellAsync($$"""{ "type": "customer.updated", "data": { "customer": { "email": "{{name}}-stays@example.com", "phone": "{{Phone(name)}}" }, "person": { "locale": "en" } } }""");
        Assert.Equal(ids["stays"], await program.IdOfAsync($"{name}-goes@example.com"));
        return new Pair(ids["stays"], ids["goes"], letters, messages);
    }

    private async Task TellAsync(string body)
    {
        Assert.Equal(202, (await program.StandardAsync(body)).Status);
        await program.SettleAsync();
    }

    private Task<Answer> GetAsync(string link) => program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link));

    private Task<Answer> SendAsync(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        return program.SendAsync(request);
    }

    /// <summary>A number of its own for each name.</summary>
    private static string Phone(string name) => "+35988" + Core.Hashing.Id(26, name).Aggregate(0L, static (sum, c) => ((sum * 31) + c) % 10_000_000).ToString("D7", System.Globalization.CultureInfo.InvariantCulture);

    private static string Link(string letter)
    {
        var body = letter.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return "api/preferences/" + Regex.Match(body, $"href=\"{Regex.Escape(ContactFixture.LinksUrl)}/preferences/(?<token>[A-Za-z0-9_.-]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["token"].Value;
    }

    private static HttpRequestMessage Form(string path, params (string Name, string Value)[] fields) => new(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(fields.Select(static one => KeyValuePair.Create(one.Name, one.Value))),
    };

    private sealed record Pair(string Stays, string Goes, Dictionary<string, string> Letters, Dictionary<string, string> Messages);
}
