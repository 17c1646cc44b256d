using System.Text.Json.Nodes;
using Loyalty.Cli.Tests.Kills;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Cli.Tests.Contact;

/// <summary><c>loyalty preview</c> and <c>loyalty send-test</c>: on a folder, and on a data file with and without its host.</summary>
public sealed class TemplateCommandTests : IDisposable
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "program");
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-templates-").FullName;

    private string DataFile => Path.Combine(_folder, "shop.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Preview_OfAFolder_WritesEachLanguageAsHtmlAndText()
    {
        var shown = await LoyaltyProcess.RunAsync(_folder, "preview", "welcome", "--program", Shipped, "--out", "shown");

        Assert.True(shown.ExitCode == 0, shown.Errors);
        Assert.Contains("== ru: ", shown.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["welcome.bg.html", "welcome.bg.txt", "welcome.en.html", "welcome.en.txt", "welcome.ru.html", "welcome.ru.txt", "welcome.uk.html", "welcome.uk.txt"],
            Directory.GetFiles(Path.Combine(_folder, "shown")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.StartsWith("Subject: Welcome to Corner Shop\n\n", await File.ReadAllTextAsync(Path.Combine(_folder, "shown", "welcome.en.txt")), StringComparison.Ordinal);
        Assert.Contains("<html lang=\"uk\"", await File.ReadAllTextAsync(Path.Combine(_folder, "shown", "welcome.uk.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "preview", "no-such-template", "--program", "SHIPPED")]
    [InlineData(2, "preview", "welcome", "--program", "no-such-folder")]
    [InlineData(2, "preview")]
    [InlineData(2, "preview", "welcome", "--data", "no-such.db")]
    [InlineData(2, "send-test", "welcome")]
    [InlineData(2, "send-test", "welcome", "ann@example.com", "--data", "no-such.db")]
    public async Task Commands_WhatDoesNotGo_EndWithTheirCode(int code, params string[] arguments) =>
        Assert.Equal(code, (await LoyaltyProcess.RunAsync(_folder, arguments.Select(static one => one == "SHIPPED" ? Shipped : one))).ExitCode);

    [Fact]
    public async Task SendTest_OnADataFile_GoesToTheOutboxOnceForEachRequest()
    {
        await using (var host = await ProgramHost.StartAsync(new ProgramHostOptions { DataFile = DataFile, VirtualStart = Instant.FromUtc(2026, 3, 2, 15, 0), SurvivesPowerCut = false }))
        {
            Assert.True(host.IsOwner);
        }

        var first = await LoyaltyProcess.RunAsync(_folder, "send-test", "welcome", "ann@example.com", "--locale", "uk", "--data", DataFile, "--request", "one", "--json");
        var again = await LoyaltyProcess.RunAsync(_folder, "send-test", "welcome", "ann@example.com", "--locale", "uk", "--data", DataFile, "--request", "one");
        var refused = await LoyaltyProcess.RunAsync(_folder, "send-test", "welcome", "nobody", "--data", DataFile);

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Equal(("sent", "uk"), ((string)JsonNode.Parse(first.Output)!["result"]!, (string)JsonNode.Parse(first.Output)!["locale"]!));
        Assert.StartsWith("welcome (uk) to ann@example.com: sent.", again.Output, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("invalid-field", refused.Errors, StringComparison.Ordinal);
        var mail = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(_folder, "outbox"), "*.eml")));
        Assert.Contains("X-Loyalty-Test: true", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_OfADataFile_ShowsWhatIsLiveAndPublishesNothing()
    {
        await using (await ProgramHost.StartAsync(new ProgramHostOptions { DataFile = DataFile, VirtualStart = Instant.FromUtc(2026, 3, 2, 15, 0), SurvivesPowerCut = false }))
        {
            // It publishes the shipped program.
        }

        var draft = Path.Combine(_folder, "draft", "templates", "welcome");
        Directory.CreateDirectory(draft);
        await File.WriteAllTextAsync(Path.Combine(draft, "en.hbs"), "subject: A draft for {{customer.first-name}}\n---\n<p>Hello</p>\n");

        var live = await LoyaltyProcess.RunAsync(_folder, "preview", "welcome", "--locale", "en", "--data", DataFile);
        var shown = await LoyaltyProcess.RunAsync(_folder, "preview", "welcome", "--locale", "en", "--data", DataFile, "--program", "draft");
        var after = await LoyaltyProcess.RunAsync(_folder, "preview", "welcome", "--locale", "en", "--data", DataFile);

        Assert.Contains("== en: Welcome to Corner Shop", live.Output, StringComparison.Ordinal);
        Assert.Contains("== en: A draft for Alex", shown.Output, StringComparison.Ordinal);
        Assert.Equal(live.Output, after.Output);
    }
}
