using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Cli.Tests.Kills;
using Loyalty.Connectors.Shopify;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Cli.Tests.CommandLine;

/// <summary>
/// status and explain on a file with a host, on the same file without one, on one that cannot be written, and against a URL: the same answer.
/// </summary>
public sealed class RunningHostTests : IDisposable
{
    private const string Secret = "hush-hush-hush";
    private const string Admin = "the-admin-key-0001";
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-running-").FullName;

    private string DataFile => Path.Combine(_folder, "shop.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Status_HostRunsOrNot_AnswersTheSame()
    {
        string running;
        string byUrl;
        await using (var host = await StartAsync())
        {
            await TellAsync(host);
            Assert.NotNull(RunningHost.Find(DataFile));
            running = await ReadAsync("status", "ann@example.com", "--data", DataFile);
            byUrl = await ReadAsync("status", "ann@example.com", "--url", host.BaseAddress.ToString(), "--key", Admin);

            var nobody = await LoyaltyProcess.RunAsync(_folder, ["status", "bob@example.com", "--data", DataFile]);
            Assert.Equal(1, nobody.ExitCode);
            Assert.Contains("Nobody is known as 'bob@example.com'", nobody.Errors, StringComparison.Ordinal);
        }

        Assert.Null(RunningHost.Find(DataFile));
        Assert.False(File.Exists(DataFile + ".host"));
        var alone = await ReadAsync("status", "ann@example.com", "--data", DataFile);

        Assert.Equal("ann@example.com", (string?)JsonNode.Parse(running)!["customer"]!["email"]);
        Assert.Equal(running, byUrl);
        Assert.Equal(running, alone);
    }

    [Fact]
    public async Task Explain_HostRunsOrNot_AnswersTheSame()
    {
        string running;
        await using (var host = await StartAsync())
        {
            await TellAsync(host);
            running = await ReadAsync("explain", "shopify:tea.example:7", "--data", DataFile);
        }

        Assert.Equal(running, await ReadAsync("explain", "ann@example.com", "--data", DataFile));
        Assert.NotEmpty(JsonNode.Parse(running)!.AsArray());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Host_WordItLeaves_IsForItsUserOnly()
    {
        await using var host = await StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataFile + ".host"));
        Assert.Equal(host.BaseAddress, RunningHost.Find(DataFile)!.Url);
    }

    [Fact]
    public async Task Status_FileOpenedForReading_ChangesNothingInIt()
    {
        await using (var host = await StartAsync()) await TellAsync(host);
        var before = await File.ReadAllBytesAsync(DataFile);
        File.SetAttributes(DataFile, FileAttributes.ReadOnly);
        try
        {
            Assert.Contains("ann@example.com", await ReadAsync("status", "ann@example.com", "--data", DataFile), StringComparison.Ordinal);
        }
        finally
        {
            File.SetAttributes(DataFile, FileAttributes.Normal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(DataFile));
    }

    [Theory]
    [InlineData(2, "--key", "status", "a@b.example", "--key", "k")]
    [InlineData(2, "--url", "status", "a@b.example", "--url", "shop.example", "--key", "k")]
    [InlineData(2, "needs a key", "status", "a@b.example", "--url", "http://127.0.0.1:9")]
    [InlineData(3, "127.0.0.1:9", "explain", "a@b.example", "--url", "http://127.0.0.1:9", "--key", "the-key-of-nobody-1")]
    public async Task Verb_UrlAndKey_AreChecked(int exitCode, string named, params string[] arguments)
    {
        var result = await LoyaltyProcess.RunAsync(_folder, arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_KeyThatNobodyKnows_SaysSo()
    {
        await using var host = await StartAsync();

        var result = await LoyaltyProcess.RunAsync(_folder, ["status", "ann@example.com", "--url", host.BaseAddress.ToString(), "--key", "no-such-key-anywhere"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("unauthorized", result.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramHost> StartAsync() => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = DataFile,
        VirtualStart = Instant.FromUtc(2026, 3, 2, 15, 0),
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
            ["Connectors:Shopify:Secrets:0"] = Secret,
            ["Keys:Admin"] = Admin,
        },
    });

    private static async Task TellAsync(ProgramHost host)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        var body = Encoding.UTF8.GetBytes(
            """
            {"id":1,"name":"#1","email":"ann@example.com","created_at":"2026-03-02T14:00:00Z","updated_at":"2026-03-02T14:00:00Z","currency":"USD","financial_status":"paid",
            "customer":{"id":7,"email":"ann@example.com"},"line_items":[{"id":1,"sku":"TEA","quantity":1,"price":"42.00"}],"refunds":[]}
            """);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/shopify") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Shopify-Topic", "orders/paid");
        request.Headers.Add("X-Shopify-Shop-Domain", "tea.example");
        request.Headers.Add("X-Shopify-Event-Id", "e1");
        request.Headers.Add("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign(body, Secret));
        using var response = await http.SendAsync(request);
        Assert.Equal(202, (int)response.StatusCode);
        await host.Clock.WaitForIdleAsync();
    }

    private async Task<string> ReadAsync(params string[] arguments)
    {
        var result = await LoyaltyProcess.RunAsync(_folder, [.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }
}
