using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Connectors.Standard;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>The pages behind signed links, over HTTP.</summary>
public sealed partial class ContactPageTests(ContactFixture program) : IClassFixture<ContactFixture>
{
    private static readonly ContactLinks Links = new(ContactFixture.LinksUrl, [Convert.FromBase64String(ContactFixture.LinkKey)]);

    [Fact]
    public async Task Unsubscribe_OneClick_TakesTheTopicBackAtOnceAndAGetChangesNothing()
    {
        var (id, mail) = await WelcomedAsync("one-click@example.com");
        Assert.Equal("List-Unsubscribe=One-Click", mail.Header("List-Unsubscribe-Post"));
        var link = mail.Link("unsubscribe");
        var before = await CustomerAsync(id);

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Get, HttpMethod.Head }) await program.SendAsync(new HttpRequestMessage(method, link));
        await program.SettleAsync();
        Assert.Equal(before, await CustomerAsync(id));

        var answer = await program.SendAsync(Form(link, ("List-Unsubscribe", "One-Click")));
        Assert.Equal((200, "text/html"), (answer.Status, answer.MediaType));
        var view = (await program.GetAsync($"api/customers/{id}")).Text;
        Assert.Matches(OffersOff(), view);
        // Again is no error: mail providers repeat.
        Assert.Equal(200, (await program.SendAsync(Form(link, ("List-Unsubscribe", "One-Click")))).Status);
        var proofs = await ProofsAsync(id);
        Assert.Single(proofs, static one => one is { Decision: "withdrawn", Topic: "offers", How: "message.unsubscribed" });
        Assert.Contains(proofs, static one => one is { Decision: "given", Topic: "offers" });
    }

    [Fact]
    public async Task Links_WhateverIsWrongWithThem_GetTheSameAnswer()
    {
        var (_, mail) = await WelcomedAsync("forger@example.com");
        var (_, other) = await WelcomedAsync("other@example.com");
        var (token, others) = (mail.Token("unsubscribe"), other.Token("unsubscribe"));
        var old = new ContactLinks(ContactFixture.LinksUrl, [Encoding.UTF8.GetBytes("a key that has expired")]).Sign(new ContactToken(ContactPurpose.Unsubscribe, "c", "offers", null));
        string[] bad =
        [
            "x", token[..^1], token + "A", "A" + token, token.ToUpperInvariant(), token.Split('.')[0], $"{token.Split('.')[0]}.{others.Split('.')[1]}",
            mail.Token("preferences"), old, new string('x', 3000),
        ];
        var answers = new List<string>();
        foreach (var one in bad)
        {
            answers.Add((await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/unsubscribe/" + one))).Text);
            var posted = await program.SendAsync(Form("api/unsubscribe/" + one));
            posted.AssertProblem(404, "not-found");
            answers.Add(posted.Text);
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Preferences_Saved_SetsEveryTopicWithProof()
    {
        var (id, mail) = await WelcomedAsync("chooser@example.com");
        var link = mail.Link("preferences");
        var page = await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link));
        Assert.Contains("value=\"offers\" checked", page.Text, StringComparison.Ordinal);

        Assert.Equal(200, (await program.SendAsync(Form(link))).Status);
        Assert.Matches(OffersOff(), (await program.GetAsync($"api/customers/{id}")).Text);
        Assert.Equal(200, (await program.SendAsync(Form(link, ("topic", "offers"), ("topic", "no-such-topic")))).Status);
        Assert.DoesNotMatch(OffersOff(), (await program.GetAsync($"api/customers/{id}")).Text);

        var proofs = (await ProofsAsync(id)).Where(static one => one.How is "double-opt-in" or "preference-page").OrderBy(static one => one.At).ToList();
        // The letter came to the address itself: what is given by its link is confirmed by it.
        Assert.Equal([("withdrawn", "preference-page"), ("given", "double-opt-in")], proofs.Select(static one => (one.Decision, one.How)));
        Assert.All(proofs, static one => Assert.StartsWith("preference page (en):", one.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Feedback_AComplaint_IsKeptMatchedToItsMessageAndOpensATask()
    {
        var (id, mail) = await WelcomedAsync("angry@example.com");
        var message = (string)(await program.GetAsync($"api/customers/{id}/messages")).Body[0]!["runId"]!;
        Assert.NotEmpty(mail.Text);
        var link = "api/feedback/" + Links.Sign(new ContactToken(ContactPurpose.Feedback, id, null, Keys.Message(message, "say-hello", 1)));
        Assert.Contains("<textarea", (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link))).Text, StringComparison.Ordinal);
        Assert.Equal(422, (await program.SendAsync(Form(link, ("kind", "rating"), ("rating", "11")))).Status);
        Assert.Equal(422, (await program.SendAsync(Form(link, ("kind", "complaint")))).Status);
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await program.SendAsync(Form(link, ("kind", "complaint"), ("text", "<b>Cold</b> tea")))).Status);

        var record = Assert.Single(await FeedbackAsync(id));
        Assert.Equal(("complaint", "<b>Cold</b> tea", "page"), (record.Kind, record.Text, record.Source));
        Assert.NotNull(record.Run);
        Assert.NotNull(record.Step);
        await using var scope = program.Host.Services.CreateAsyncScope();
        var task = Assert.Single(await scope.ServiceProvider.GetRequiredService<ITaskBoard>().ListAsync("complaints", 100), one => one.Reference.CustomerId == id);
        Assert.True(task.DueAt > program.Host.Clock.Now);
        Assert.Contains("Cold", (await program.GetAsync("api/feedback?kind=complaint", ProgramFixture.KeyOf("support"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_BySupport_IsCheckedAndKept()
    {
        var (id, _) = await WelcomedAsync("caller@example.com");
        (await SupportAsync($$"""{ "customerId": "{{id}}", "kind": "rating" }""")).AssertProblem(422, "invalid-field");
        (await SupportAsync("""{ "customerId": "nobody", "kind": "idea", "text": "x" }""")).AssertProblem(404, "not-found");
        (await SupportAsync("{")).AssertProblem(422, "malformed-body");
        Assert.Equal(202, (await SupportAsync($$"""{ "customerId": "{{id}}", "kind": "rating", "rating": 9, "about": "outlet" }""")).Status);
        Assert.Equal(9, Assert.Single(await FeedbackAsync(id)).Rating);
    }

    [Fact]
    public async Task MailReply_ToOneOfOurs_IsFeedbackOfPersonRunAndStep()
    {
        var (id, mail) = await WelcomedAsync("writer@example.com");
        var ours = mail.Header("Message-ID");
        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<1@x>", "from": "Writer <Writer@Example.com>", "inReplyTo": "{{ours}}", "text": "Lovely tea!\n\nOn Monday you wrote:\n> Welcome" }""")).Summary);
        Assert.Equal("200 automatic-reply", (await ReplyAsync($$$"""{ "messageId": "<2@x>", "from": "writer@example.com", "inReplyTo": "{{{ours}}}", "text": "away", "headers": { "Auto-Submitted": "auto-replied" } }""")).Summary);
        Assert.Equal("200 no-reply", (await ReplyAsync("""{ "messageId": "<3@x>", "from": "stranger@example.com", "text": "buy my pills" }""")).Summary);
        await program.SettleAsync();

        var record = Assert.Single(await FeedbackAsync(id));
        Assert.Equal(("reply", "Lovely tea!", "mail"), (record.Kind, record.Text, record.Source));
        Assert.StartsWith($"message-{record.Run}-{record.Step}-", record.MessageId, StringComparison.Ordinal);
        Assert.Equal(404, (await program.GetAsync("api/customers?email=stranger@example.com")).Status);
    }

    [Fact]
    public async Task Unsubscribe_ByMail_TakesTheMessagesTopicBackAndMakesNobodyKnown()
    {
        var (id, mail) = await WelcomedAsync("presser@example.com");
        var (other, _) = await WelcomedAsync("neighbour@example.com");
        var subject = Uri.UnescapeDataString(Regex.Match(mail.Header("List-Unsubscribe"), @"<mailto:[^?]+\?subject=(?<subject>[^>]+)>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["subject"].Value);
        Assert.StartsWith("unsubscribe message-", subject, StringComparison.Ordinal);

        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<u1@x>", "from": "Stranger <nobody-yet@example.com>", "subject": "{{subject}}", "text": "" }""")).Summary);
        Assert.Equal("200 no-reply", (await ReplyAsync("""{ "messageId": "<u2@x>", "from": "neighbour@example.com", "subject": "unsubscribe me from your heart", "text": "" }""")).Summary);
        await program.SettleAsync();
        Assert.DoesNotMatch(OffersOff(), (await program.GetAsync($"api/customers/{id}")).Text);
        Assert.DoesNotMatch(OffersOff(), (await program.GetAsync($"api/customers/{other}")).Text);
        Assert.Equal(404, (await program.GetAsync("api/customers?email=nobody-yet@example.com")).Status);

        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<u3@x>", "from": "Presser@Example.com", "subject": "{{subject}}", "text": "" }""")).Summary);
        Assert.Equal("202", (await ReplyAsync("""{ "messageId": "<u4@x>", "from": "neighbour@example.com", "subject": "Unsubscribe", "text": "please" }""")).Summary);
        await program.SettleAsync();
        Assert.Matches(OffersOff(), (await program.GetAsync($"api/customers/{id}")).Text);
        Assert.Contains(await ProofsAsync(id), static one => one is { Decision: "withdrawn", Topic: "offers", How: "message.unsubscribed", Source: "mail" });
        Assert.Contains(await ProofsAsync(other), static one => one is { Decision: "withdrawn", Topic: "*", Source: "mail" });
        Assert.Empty(await FeedbackAsync(id));
    }

    [Fact]
    public async Task MailReply_FromAnAddressNobodyHas_MakesNoCustomerAndIsLaidAsideForSupport()
    {
        var (id, mail) = await WelcomedAsync("forwards@example.com");
        var ours = mail.Header("Message-ID");
        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<s1@x>", "from": "Work <forwards@office.example>", "inReplyTo": "{{ours}}", "text": "It is me, from work" }""")).Summary);
        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<s2@x>", "from": "spam@pills.example", "inReplyTo": "{{ours}}", "text": "buy my pills" }""")).Summary);
        await program.SettleAsync();
        foreach (var stranger in new[] { "forwards@office.example", "spam@pills.example" }) Assert.Equal(404, (await program.GetAsync("api/customers?email=" + stranger)).Status);
        Assert.Empty(await FeedbackAsync(id));

        Assert.Equal(403, (await program.GetAsync("api/replies", ProgramFixture.KeyOf("marketer"))).Status);
        (await program.GetAsync("api/replies?limit=0", ProgramFixture.KeyOf("support"))).AssertProblem(422, "invalid-field");
        var mails = (await program.GetAsync("api/replies", ProgramFixture.KeyOf("support"))).Body.AsArray();
        var hers = mails.Single(static one => (string)one!["from"]! == "forwards@office.example")!;
        Assert.Equal(("reply", "no-identifier", "It is me, from work"), ((string)hers["kind"]!, (string)hers["reason"]!, (string)hers["text"]!));
        var spam = (string)mails.Single(static one => (string)one!["from"]! == "spam@pills.example")!["id"]!;
        (await SupportAsync($"api/replies/{hers["id"]}/attach", "{}")).AssertProblem(422, "invalid-field");
        (await SupportAsync($"api/replies/{hers["id"]}/attach", """{ "customerId": "nobody" }""")).AssertProblem(404, "not-found");
        (await SupportAsync("api/replies/nothing/attach", $$"""{ "customerId": "{{id}}" }""")).AssertProblem(404, "not-found");
        for (var twice = 0; twice < 2; twice++)
        {
            Assert.Equal(202, (await SupportAsync($"api/replies/{hers["id"]}/attach", $$"""{ "customerId": "{{id}}" }""")).Status);
            Assert.Equal(204, (await SupportAsync($"api/replies/{spam}/dismiss", "{}")).Status);
        }

        (await SupportAsync($"api/replies/{spam}/attach", $$"""{ "customerId": "{{id}}" }""")).AssertProblem(409, "conflict");
        (await SupportAsync($"api/replies/{hers["id"]}/dismiss", "{}")).AssertProblem(409, "conflict");
        await program.SettleAsync();
        var record = Assert.Single(await FeedbackAsync(id));
        Assert.Equal(("reply", "It is me, from work", "mail"), (record.Kind, record.Text, record.Source));
        Assert.StartsWith($"message-{record.Run}-{record.Step}-", record.MessageId, StringComparison.Ordinal);
        Assert.DoesNotContain("office.example", (await program.GetAsync($"api/customers/{id}")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain((await program.GetAsync("api/replies")).Body.AsArray(), one => (string)one!["id"]! == spam || (string)one!["id"]! == (string)hers["id"]!);
    }

    [Fact]
    public async Task MailReply_LaidAside_IsForgottenWithThePersonWhoseAddressItIs()
    {
        var (_, mail) = await WelcomedAsync("first@example.com");
        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<e1@x>", "from": "later@example.com", "inReplyTo": "{{mail.Header("Message-ID")}}", "text": "a canary in a letter" }""")).Summary);
        await program.SettleAsync();
        var (later, _) = await WelcomedAsync("later@example.com");
        var shown = (await program.GetAsync("api/replies")).Body.AsArray().Single(static one => (string)one!["from"]! == "later@example.com")!;
        Assert.Equal(later, (string)shown["senderIs"]!);

        var erase = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{later}");
        erase.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, (await program.SendAsync(erase)).Status);
        Assert.DoesNotContain("later@example.com", (await program.GetAsync("api/replies")).Text, StringComparison.Ordinal);
        // And so is what they write afterwards.
        Assert.Equal("202", (await ReplyAsync($$"""{ "messageId": "<e2@x>", "from": "later@example.com", "inReplyTo": "{{mail.Header("Message-ID")}}", "text": "another canary" }""")).Summary);
        await program.SettleAsync();
        Assert.DoesNotContain("later@example.com", (await program.GetAsync("api/replies")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suppressions_Imported_AreCounted()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/suppressions?source=old") { Content = new StringContent("gone@example.com\r\nnobody\r\n+359 88 123 4567\n") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("marketer"));
        var answer = await program.SendAsync(request);
        Assert.Equal("""{"added":2,"known":0,"badLines":[2]}""", answer.Text);
    }

    private async Task<(string Id, Mail Mail)> WelcomedAsync(string email)
    {
        var body = $$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "locale": "en", "zone": "America/New_York", "consent": { "offers": true }, "consentHow": "checkout", "consentText": "I want news" } } }""";
        Assert.Equal(202, (await program.StandardAsync(body)).Status);
        await program.SettleAsync();
        var id = await program.IdOfAsync(email);
        var file = Directory.GetFiles(program.Outbox, "*.eml").Select(File.ReadAllText).SingleOrDefault(text => text.Contains(email, StringComparison.Ordinal));
        Assert.True(file is not null, (await program.GetAsync($"api/customers/{id}/messages")).Text + (await program.GetAsync($"api/customers/{id}/runs")).Text);
        return (id, new Mail(file.Replace("\r\n ", " ", StringComparison.Ordinal)));
    }

    private async Task<string> CustomerAsync(string id)
    {
        var document = await program.Host.Services.GetRequiredService<IDocumentStore>().ReadAsync(Keys.CustomerPartition(id), Keys.CustomerId);
        return document!.ETag + Encoding.UTF8.GetString(document.Body.Span);
    }

    private async Task<List<ConsentRecord>> ProofsAsync(string id) => await AllAsync<ConsentRecord>(id, Keys.ConsentPrefix);

    private async Task<List<FeedbackRecord>> FeedbackAsync(string id) => await AllAsync<FeedbackRecord>(id, Keys.FeedbackPrefix);

    private async Task<List<T>> AllAsync<T>(string id, string prefix)
    {
        var page = await program.Host.Services.GetRequiredService<IDocumentStore>().QueryAsync(new DocumentQuery(Keys.CustomerPartition(id), prefix));
        return [.. page.Items.Select(static one => Core.Serialization.LoyaltyJson.Read<T>(one.Body.Span))];
    }

    private Task<Answer> SupportAsync(string json) => SupportAsync("api/feedback", json);

    private Task<Answer> SupportAsync(string path, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        return program.SendAsync(request);
    }

    private Task<Answer> ReplyAsync(string json)
    {
        var (bytes, id, seconds) = (Encoding.UTF8.GetBytes(json), "mail_" + json.GetHashCode(StringComparison.Ordinal).ToString(CultureInfo.InvariantCulture), program.Host.Clock.Now.ToUnixTimeSeconds());
        var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/mail") { Content = new ByteArrayContent(bytes) };
        request.Set("webhook-id", id);
        request.Set("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Set("webhook-signature", StandardSignature.Sign(id, seconds, bytes, ProgramFixture.StandardSecret));
        return program.SendAsync(request);
    }

    private static HttpRequestMessage Form(string path, params (string Name, string Value)[] fields) => new(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(fields.Select(static one => KeyValuePair.Create(one.Name, one.Value))),
    };

    [GeneratedRegex("\"offers\"[^}]*false", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OffersOff();

    /// <summary>A mail as it lies in the outbox, unfolded.</summary>
    private sealed record Mail(string Text)
    {
        public string Header(string name) => Regex.Match(Text, $"^{name}: (?<value>.*?)\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["value"].Value.Trim();

        /// <summary>The path of a link below the host of the test.</summary>
        public string Link(string route) => $"api/{route}/{Token(route)}";

        public string Token(string route)
        {
            if (route == "unsubscribe") return Regex.Match(Header("List-Unsubscribe"), "/unsubscribe/(?<token>[^>]+)>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["token"].Value;
            // The body is quoted-printable: lines that were broken for it are put together.
            var body = Text.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
            return Regex.Match(body, $"{Regex.Escape(ContactFixture.LinksUrl)}/{route}/(?<token>[A-Za-z0-9_.-]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["token"].Value;
        }
    }
}
