using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Loyalty.Cli.Tests.Kills;
using Loyalty.Connectors.Standard;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Cli.Tests.Contact;

/// <summary>What <c>loyalty status</c> tells support of messages that wait and of consent that was asked for.</summary>
public sealed class StatusTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-status-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Status_AMessageWaitsAndAConsentIsAskedFor_SaysBothInWords()
    {
        WriteProgram();
        var data = Path.Combine(_folder, "shop.db");
        await using (var host = await ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = data,
            VirtualStart = Instant.FromUtc(2026, 3, 2, 22, 0),
            SurvivesPowerCut = false,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
                ["Program:Path"] = Path.Combine(_folder, "program"),
                ["Connectors:Standard:Secrets:0"] = Secret,
            },
        }))
        {
            await TellAsync(host, """{ "type": "customer.signed-up", "data": { "customer": { "email": "ann@example.com" }, "person": { "email": "ann@example.com", "consent": { "offers": true, "news": true } } } }""");
        }

        var told = await LoyaltyProcess.RunAsync(_folder, "status", "ann@example.com", "--data", data);
        Assert.True(told.ExitCode == 0, told.Errors);
        // As it is read, whatever the width of the terminal has broken.
        var text = Regex.Replace(told.Output, @"[\s│|]+", " ", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.Contains("news yes since", text, StringComparison.Ordinal);
        Assert.Contains("offers asked, waits for the person's confirmation since", text, StringComparison.Ordinal);
        Assert.Contains("tier none, 0.00 EUR spend, 100.00 EUR to silver", text, StringComparison.Ordinal);
        Assert.Contains("Messages that wait", text, StringComparison.Ordinal);
        foreach (var word in new[] { "2026-03-03", "08:00", "quiet-hours", "hello" }) Assert.Contains(word, text, StringComparison.Ordinal);

        var json = await LoyaltyProcess.RunAsync(_folder, "status", "ann@example.com", "--data", data, "--json");
        var waiting = System.Text.Json.Nodes.JsonNode.Parse(json.Output)!["runs"]![0]!["waiting"]![0]!;
        Assert.Equal(("hello", "quiet-hours", "2026-03-03T08:00:00Z"), ((string)waiting["template"]!, (string)waiting["reason"]!, (string)waiting["until"]!));
        Assert.Equal("it is quiet where the person lives", (string)waiting["why"]!);
    }

    private void WriteProgram()
    {
        foreach (var (path, text) in new[]
        {
            ("program.yaml", """
                program: trial
                zone: Etc/UTC
                currency: EUR
                locales: [en]
                sender: { name: Trial, address: hello@trial.example }
                topics: { offers: Offers, news: News }
                tiers: { by: spend, window: 365d, levels: [ { tier: silver, from: 100 EUR } ] }
                contact: { double-opt-in: [offers], quiet-hours: { from: "21:00", to: "08:00" } }
                """),
            ("journeys/greet.yaml", """
                journey: greet
                title: Greeting
                topic: news
                enter: { event: customer.signed-up }
                steps:
                  - { name: mail, send: hello }
                """),
            ("templates/hello/en.hbs", "subject: Hello\n---\n<p>Hello</p>\n"),
        })
        {
            var full = Path.Combine(_folder, "program", path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text + "\n");
        }
    }

    private static async Task TellAsync(ProgramHost host, string body)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        var (bytes, seconds) = (Encoding.UTF8.GetBytes(body), host.Clock.Now.ToUnixTimeSeconds());
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/standard") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("webhook-id", "m1");
        request.Headers.Add("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", StandardSignature.Sign("m1", seconds, bytes, Secret));
        using var response = await http.SendAsync(request);
        Assert.Equal(202, (int)response.StatusCode);
        await host.Clock.WaitForIdleAsync();
    }
}
