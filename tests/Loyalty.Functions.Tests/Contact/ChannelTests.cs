using System.Text.RegularExpressions;
using NodaTime;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>The webhook channel and double opt-in end to end: a real receiver on a port, real mails, the links that stand in them.</summary>
public sealed class ChannelTests(ChannelFixture program) : IClassFixture<ChannelFixture>
{
    [Fact]
    public async Task Channel_WhateverTheGatewayAnswers_NobodyGetsAMessageTwiceAndEachHasItsOutcome()
    {
        var expected = new Dictionary<string, (Func<string, int, (int, bool)> Answer, string Result, int Delivered, string Calls)>(StringComparer.Ordinal)
        {
            ["+359888000001"] = (static (_, _) => (200, true), "sent", 1, "POST 200"),
            ["+359888000002"] = (static (_, _) => (409, false), "sent", 0, "POST 409"),
            ["+359888000003"] = (static (_, _) => (422, false), "withheld provider-refused: 422", 0, "POST 422"),
            // Taken, and the answer was lost: asked, and known.
            ["+359888000004"] = (static (method, _) => method == "POST" ? (0, true) : (200, false), "sent", 1, "POST 0, GET 200"),
            // Broken off before it was taken: asked, never seen, sent again under the same operation.
            ["+359888000005"] = (static (method, n) => method == "GET" ? (404, false) : n == 1 ? (0, false) : (200, true), "sent", 1, "POST 0, GET 404, POST 200"),
            // The question itself meets errors: asked later.
            ["+359888000006"] = (static (method, n) => method == "POST" ? (0, true) : n < 3 ? (500, false) : (200, false), "sent", 1, "POST 0, GET 500, GET 500, GET 200"),
            // Nobody can be asked: never sent again, given up after the window.
            ["+359888000007"] = (static (method, _) => method == "POST" ? (0, true) : (405, false), "expired outcome-unknown", 1, "POST 0, GET 405"),
            ["+359888000008"] = (static (_, n) => n == 1 ? (503, false) : (200, true), "sent", 1, "POST 503, POST 200"),
            ["+359888000009"] = (static (_, n) => n == 1 ? (429, false) : (200, true), "sent", 1, "POST 429, POST 200"),
            // A wrong secret is the operator's to mend: the message waits for it.
            ["+359888000010"] = (static (method, n) => method == "GET" ? (404, false) : n == 1 ? (401, false) : (200, true), "sent", 1, "POST 401, GET 404, POST 200"),
        };
        program.Gateway.Answer = (method, number, n) => expected[number].Answer(method, n);
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var number in expected.Keys)
        {
            var email = $"p{number[^2..]}@example.com";
            Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "firstName": "Ann", "phone": "{{number}}" } } }""")).Status);
            await program.SettleAsync();
            ids[number] = await program.IdOfAsync(email);
        }

        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(2));

        foreach (var (number, one) in expected)
        {
            var message = (await program.GetAsync($"api/customers/{ids[number]}/messages")).Body.AsArray().Single()!;
            Assert.Equal((number, one.Result), (number, $"{message["result"]} {message["reason"]}".Trim()));
            Assert.Equal((number, one.Calls), (number, string.Join(", ", program.Gateway.Calls.Where(call => call.Contains(number, StringComparison.Ordinal)).Select(call => call.Replace(number + " ", "", StringComparison.Ordinal)))));
            Assert.Equal((number, one.Delivered), (number, program.Gateway.Delivered.Values.SelectMany(static all => all).Count(body => (string)body["to"]! == number)));
        }

        Assert.Empty(program.Gateway.Wrong);
        Assert.Empty(program.DeadLetters());
        var sent = program.Gateway.Delivered.Values.First().First();
        Assert.Equal(("sms", "Hello"), ((string)sent["channel"]!, (string)sent["subject"]!));
        Assert.StartsWith("message-", (string)sent["messageId"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoubleOptIn_TheShippedLetter_IsFollowedAndConfirmed()
    {
        program.Gateway.Answer = static (_, _, _) => (200, true);
        var id = await AskedAsync("asked@example.com", "+359888000020");
        Assert.Contains("waits for", (await program.GetAsync($"api/customers/{id}")).Text is var view && view.Contains("\"isPending\":true", StringComparison.Ordinal) ? "waits for" : view, StringComparison.Ordinal);
        var link = Link(Letters("asked@example.com").Single());

        var page = (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link))).Text;
        Assert.DoesNotContain(" checked", page, StringComparison.Ordinal);
        Assert.Contains("We still wait for your confirmation", page, StringComparison.Ordinal);
        Assert.Contains("<button>Yes, I confirm: Offers</button>", page, StringComparison.Ordinal);
        // What the button posts, and nothing else.
        var form = Regex.Match(page, "<form method=\"post\">(?<fields>.*?)</form>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["fields"].Value;
        var topics = Regex.Matches(form, "name=\"topic\" value=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(static one => ("topic", one.Groups["value"].Value));
        var saved = await program.SendAsync(Form(link, [.. topics]));
        Assert.Equal(200, saved.Status);
        Assert.DoesNotContain("still waits", saved.Text, StringComparison.Ordinal);

        Assert.Contains("\"topic\":\"offers\",\"isGiven\":true", (await program.GetAsync($"api/customers/{id}")).Text, StringComparison.Ordinal);
        page = (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link))).Text;
        Assert.Contains("value=\"offers\" checked", page, StringComparison.Ordinal);
        Assert.DoesNotContain("I confirm", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoubleOptIn_ByTheLinkOfATextMessage_AsksTheMailboxAgain()
    {
        program.Gateway.Answer = static (_, _, _) => (200, true);
        var id = await AskedAsync("texted@example.com", "+359888000021");
        var text = program.Gateway.Delivered.Values.SelectMany(static all => all).Single(static body => (string)body["to"]! == "+359888000021");
        var link = "api/" + Regex.Match((string)text["text"]!, "preferences/[A-Za-z0-9_.-]+", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Value;
        Assert.Single(Letters("texted@example.com"));

        var page = (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, link))).Text;
        Assert.Contains("We still wait for your confirmation", page, StringComparison.Ordinal);
        Assert.DoesNotContain("I confirm", page, StringComparison.Ordinal);
        var saved = await program.SendAsync(Form(link, ("topic", "offers")));
        Assert.Contains("still waits for your confirmation", saved.Text, StringComparison.Ordinal);
        await program.SettleAsync();

        Assert.Contains("\"isPending\":true", (await program.GetAsync($"api/customers/{id}")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"topic\":\"offers\",\"isGiven\":true", (await program.GetAsync($"api/customers/{id}")).Text, StringComparison.Ordinal);
        Assert.Equal(2, Letters("texted@example.com").Count);
    }

    private async Task<string> AskedAsync(string email, string phone)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "phone": "{{phone}}", "consent": { "offers": true }, "consentHow": "checkout" } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync(email);
    }

    private List<string> Letters(string email) =>
        [.. Directory.GetFiles(program.Outbox, "*.eml").Select(File.ReadAllText).Where(text => text.Contains(email, StringComparison.Ordinal) && text.Contains("confirm-address", StringComparison.Ordinal))];

    private static string Link(string letter)
    {
        var body = letter.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return "api/preferences/" + Regex.Match(body, $"href=\"{Regex.Escape(ContactFixture.LinksUrl)}/preferences/(?<token>[A-Za-z0-9_.-]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["token"].Value;
    }

    private static HttpRequestMessage Form(string path, params (string Name, string Value)[] fields) => new(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(fields.Select(static one => KeyValuePair.Create(one.Name, one.Value))),
    };
}
