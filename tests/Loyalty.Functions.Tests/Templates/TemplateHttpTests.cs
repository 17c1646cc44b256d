using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Loyalty.Functions.Tests.Contact;

namespace Loyalty.Functions.Tests.Templates;

/// <summary>Previews and test messages over HTTP, with the shipped program.</summary>
public sealed class TemplateHttpTests(ContactFixture program) : IClassFixture<ContactFixture>
{
    [Fact]
    public async Task Preview_EveryShippedTemplate_IsCompleteInEveryLanguage()
    {
        var templates = (await program.GetAsync("api/templates", ProgramFixture.KeyOf("marketer"))).Body.AsArray();
        Assert.True(templates.Count >= 25);
        var wrong = new List<string>();
        foreach (var template in templates)
        {
            var name = (string)template!["name"]!;
            var preview = (await PreviewAsync(name, "{}")).Body;
            Assert.Equal(["bg", "en", "ru", "uk"], preview["messages"]!.AsArray().Select(static one => (string)one!["locale"]!));
            foreach (var message in preview["messages"]!.AsArray())
            {
                var (subject, html, text) = ((string)message!["subject"]!, (string)message["html"]!, (string)message["text"]!);
                if (subject.Length < 4 || text.Length < 40 || !html.Contains("</html>", StringComparison.Ordinal)) wrong.Add($"{name} {message["locale"]}: not complete");
                if (Regex.IsMatch(subject + text, @"\{\{|undefined|AttributeValue|  ", RegexOptions.None, TimeSpan.FromSeconds(1))) wrong.Add($"{name} {message["locale"]}: {subject} {text}");
                if (html.Contains("href=\"#\"", StringComparison.Ordinal)) wrong.Add($"{name} {message["locale"]}: a link that leads nowhere");
            }

            if (preview["values"]!.AsArray().Any(static one => (string)one!["source"]! == "empty")) wrong.Add($"{name}: {preview["values"]}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Preview_OfACustomer_ShowsTheFiguresAndThePersonOnlyToSupport()
    {
        Assert.Equal(202, (await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "zelda@shown.example" }, "person": { "email": "zelda@shown.example", "firstName": "Zelda", "locale": "en", "consent": { "offers": true } } } }""")).Status);
        await program.SettleAsync();
        var id = await program.IdOfAsync("zelda@shown.example");
        const string Draft = """{ "customer": "zelda@shown.example", "locale": "en", "files": { "templates/welcome/en.hbs": "subject: {{customer.points}} for {{customer.first-name}}\n---\n<p>{{customer.email}} {{customer.last-order-at}}</p>\n" } }""";

        var marketer = await PreviewAsync("welcome", Draft);
        var support = await PreviewAsync("welcome", Draft, "support");

        Assert.Equal(id, (string)marketer.Body["customer"]!);
        Assert.Equal("100 for Alex", (string)marketer.Body["messages"]![0]!["subject"]!);
        Assert.DoesNotContain("zelda", marketer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("100 for Zelda", (string)support.Body["messages"]![0]!["subject"]!);
        Assert.Contains("zelda@shown.example", (string)support.Body["messages"]![0]!["html"]!, StringComparison.Ordinal);
        Assert.Equal("empty", SourceOf(support.Body, "customer.last-order-at"));
        Assert.Equal("customer", SourceOf(marketer.Body, "customer.points"));
        Assert.Equal("sample", SourceOf(marketer.Body, "customer.first-name"));
    }

    [Theory]
    [InlineData("no-such-template", "{}", 404, "not-found")]
    [InlineData("_layout", "{}", 404, "not-found")]
    [InlineData("..%2F..", "{}", 404, "not-found")]
    [InlineData("welcome", "{", 422, "malformed-body")]
    [InlineData("welcome", """{ "customer": "nobody@example.com" }""", 404, "not-found")]
    [InlineData("welcome", """{ "files": { "program.yaml": "x" } }""", 422, "invalid-field")]
    [InlineData("welcome", """{ "files": { "templates/../welcome/en.hbs": "x" } }""", 422, "invalid-field")]
    [InlineData("welcome", """{ "files": { "templates/welcome/en.hbs": "subject: x\n---\n{{#if" } }""", 422, "program-invalid")]
    [InlineData("welcome", """{ "files": { "templates/welcome/en.hbs": "subject: x\n---\n{{{customer.email}}}" } }""", 422, "program-invalid")]
    public async Task Preview_WhatCannotBeShown_IsRefused(string template, string body, int status, string code) => (await PreviewAsync(template, body)).AssertProblem(status, code);

    [Fact]
    public async Task Preview_LinksOfIt_ChangeNobodysChoices()
    {
        var html = (string)(await PreviewAsync("welcome", """{ "locale": "en" }""")).Body["messages"]![0]!["html"]!;
        var links = Regex.Matches(html, Regex.Escape(ContactFixture.LinksUrl) + "/(?<path>[a-z]+/[A-Za-z0-9_.-]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            .Select(static match => match.Groups["path"].Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "api/" + link) { Content = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]) };
            (await program.SendAsync(request)).AssertProblem(404, "not-found");
        }
    }

    [Fact]
    public async Task SendTest_ToAnAddress_LiesInTheOutboxMarked()
    {
        const string Body = """{ "address": "tester@example.com", "locale": "ru" }""";
        var sent = await TestAsync("welcome", Body, "marketer", "over-http");
        var again = await TestAsync("welcome", Body, "marketer", "over-http");

        Assert.Equal("sent", (string)sent.Body["result"]!);
        Assert.Equal(sent.Text, again.Text);
        var mail = Assert.Single(Directory.GetFiles(program.Outbox, "*.eml").Select(File.ReadAllText), static text => text.Contains("tester@example.com", StringComparison.Ordinal));
        Assert.Contains("X-Loyalty-Test: true", mail, StringComparison.Ordinal);
        Assert.Contains("Subject: =?utf-8?", mail, StringComparison.OrdinalIgnoreCase);
        (await TestAsync("welcome", Body, "marketer", key: null)).AssertProblem(422, "missing-header");
        (await TestAsync("welcome", """{ "address": "other@example.com" }""", "marketer", "over-http")).AssertProblem(409, "idempotency-key-reused");
        (await TestAsync("welcome", "{}", "marketer", "k")).AssertProblem(422, "malformed-body");
    }

    [Fact]
    public async Task SendTest_SuppressedAddress_IsRefused()
    {
        var import = new HttpRequestMessage(HttpMethod.Post, "api/suppressions") { Content = new StringContent("quiet@example.com") };
        import.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("marketer"));
        Assert.Equal(200, (await program.SendAsync(import)).Status);

        (await TestAsync("welcome", """{ "address": "Quiet@Example.com" }""", "marketer", "quiet")).AssertProblem(409, "address-suppressed");
    }

    private Task<Answer> PreviewAsync(string template, string body, string role = "marketer") => PostAsync($"api/templates/{template}/preview", body, role, key: null);

    private Task<Answer> TestAsync(string template, string body, string role, string? key) => PostAsync($"api/templates/{template}/test", body, role, key);

    private Task<Answer> PostAsync(string path, string body, string role, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }

    private static string? SourceOf(JsonNode preview, string path) => (string?)preview["values"]!.AsArray().Single(one => (string)one!["path"]! == path)!["source"];
}
