using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Tests.Kills;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Cli.Tests.Contact;

/// <summary><c>loyalty replies</c> beside a host, against a URL, and on a file that nobody serves.</summary>
public sealed class RepliesCommandTests : IDisposable
{
    private const string Admin = "the-admin-key-0001";
    private const string Shop = "hush-hush-hush";
    private const string Mail = "whsec_c2VjcmV0LW9mLXRoZS1tYWlsLXJlbGF5";

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-replies-").FullName;

    private string Data => Path.Combine(_folder, "shop.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Replies_OnAFileAndByUrl_AreListedShownAttachedAndDismissed()
    {
        var wanted = "I have waited for ten days now.\u001b[2J " + string.Join(' ', Enumerable.Repeat("Where is the blue cup?", 8)) + "\n\nAnn";
        string byUrl;
        await using (var host = await HostAsync())
        {
            await ReplyAsync(host, "m1", "ann@office.example", wanted);
            await ReplyAsync(host, "m2", new string('x', 60) + "@pills.example", "buy");
            await SignUpAsync(host, "ann@example.com");
            byUrl = await DoneAsync("replies", "list", "--url", host.BaseAddress.ToString(), "--key", Admin);
        }

        // The host is gone: the file tells the same.
        Assert.Equal(byUrl, await DoneAsync("replies", "list", "--data", Data));
        Assert.All(byUrl.Split('\n'), static line => Assert.True(line.Length <= 80 && !line.Any(char.IsControl), line));
        var mails = JsonNode.Parse(await DoneAsync("replies", "list", "--data", Data, "--json"))!.AsArray();
        string IdOf(string from) => (string)mails.Single(one => ((string)one!["from"]!).EndsWith(from, StringComparison.Ordinal))!["id"]!;
        var (hers, spam) = (IdOf("office.example"), IdOf("pills.example"));

        var shown = await DoneAsync("replies", "show", hers, "--data", Data);
        Assert.StartsWith($"{hers}  2026-03-02 15:00Z  reply, no-identifier\n  from: ann@office.example\n  answers: message-r1-mail-1\n\n  I have waited for ten days now.", shown, StringComparison.Ordinal);
        Assert.EndsWith("cup?\n\n  Ann\n", shown, StringComparison.Ordinal);
        Assert.All(shown.Split('\n'), static line => Assert.True(line.Length <= 80 && !line.Any(char.IsControl), line));
        await RefusedAsync("Nobody is known as 'bob@example.com'", "replies", "attach", hers, "bob@example.com", "--data", Data);
        await RefusedAsync("No mail 'nothing' waits", "replies", "show", "nothing", "--data", Data);
        Assert.StartsWith($"{hers}: an answer of c", await DoneAsync("replies", "attach", hers, "ann@example.com", "--data", Data), StringComparison.Ordinal);
        Assert.Equal($"{spam}: dismissed\n", await DoneAsync("replies", "dismiss", spam, "--data", Data));
        await RefusedAsync("conflict", "replies", "attach", spam, "ann@example.com", "--data", Data);
        Assert.Equal("No mails.\n", await DoneAsync("replies", "list", "--data", Data));
        Assert.Contains("blue cup", await DoneAsync("privacy", "export", "ann@example.com", "--data", Data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("  two\r\n words ", 10, "two words")]
    [InlineData("0123456789", 10, "0123456789")]
    [InlineData("0123456789a", 10, "012345678…")]
    [InlineData("01234567\U0001F375a", 10, "01234567…")]
    [InlineData("a\u001b[31mb\u202Ec\u0000", 20, "a [31mb c")]
    public void OneLine_WhateverSomebodyWrote_IsOneLineOfThatWidth(string text, int width, string expected) => Assert.Equal(expected, PlainText.OneLine(text, width));

    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two", 7, "one two")]
    [InlineData("0123456789", 4, "0123|4567|89")]
    [InlineData("abc\U0001F375d", 4, "abc|\U0001F375d")]
    [InlineData("a\n\nb", 4, "a||b")]
    [InlineData("", 4, "")]
    public void Lines_WhateverSomebodyWrote_AreOfThatWidth(string text, int width, string expected) => Assert.Equal(expected.Split('|'), PlainText.Lines(text, width));

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var done = await LoyaltyProcess.RunAsync(_folder, arguments);
        Assert.True(done.ExitCode == 0, done.Errors);
        return done.Output;
    }

    private async Task RefusedAsync(string why, params string[] arguments)
    {
        var refused = await LoyaltyProcess.RunAsync(_folder, arguments);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
    }

    private static async Task ReplyAsync(ProgramHost host, string id, string from, string text)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { messageId = $"<{id}@x>", from, inReplyTo = "<message-r1-mail-1@shop.example>", text });
        var seconds = host.Clock.Now.ToUnixTimeSeconds();
        await SendAsync(host, "mail", body, ("webhook-id", id), ("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture)), ("webhook-signature", StandardSignature.Sign(id, seconds, body, Mail)));
    }

    private static Task SignUpAsync(ProgramHost host, string email)
    {
        var body = Encoding.UTF8.GetBytes($$"""{ "id": 7, "email": "{{email}}", "created_at": "2026-03-02T14:00:00Z", "updated_at": "2026-03-02T14:00:00Z" }""");
        return SendAsync(
            host, "shopify", body, ("X-Shopify-Topic", "customers/create"), ("X-Shopify-Shop-Domain", "tea.example"), ("X-Shopify-Event-Id", "e1"), ("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign(body, Shop)));
    }

    private static async Task SendAsync(ProgramHost host, string connector, byte[] body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/" + connector) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await http.SendAsync(request);
        Assert.Equal(202, (int)response.StatusCode);
        await host.Clock.WaitForIdleAsync();
    }

    private Task<ProgramHost> HostAsync() => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = Data,
        VirtualStart = Instant.FromUtc(2026, 3, 2, 15, 0),
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
            ["Program:Path"] = Path.Combine(AppContext.BaseDirectory, "program"),
            ["Connectors:Shopify:Secrets:0"] = Shop,
            ["Connectors:Mail:Secrets:0"] = Mail,
            ["Keys:Admin"] = Admin,
        },
    });
}
