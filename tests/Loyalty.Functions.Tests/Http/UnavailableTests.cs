using Loyalty.Functions.Tests.Webhooks;
using Loyalty.LocalHost.Program;

namespace Loyalty.Functions.Tests.Http;

/// <summary>A host that stands by while another owns the file reads, and cannot take anything in: its callers are told to come back.</summary>
public sealed class UnavailableTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-standby-").FullName;
    private readonly List<ProgramHost> _hosts = [];

    public async Task InitializeAsync()
    {
        _hosts.Add(await StartAsync());
        _hosts.Add(await StartAsync());
    }

    public async Task DisposeAsync()
    {
        // The one that stands by first, so that it has nothing to take over.
        foreach (var host in _hosts.AsEnumerable().Reverse()) await host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Post_ToAHostThatStandsBy_Is503AndTheOwnerStillTakesTheSameDelivery()
    {
        Assert.Equal((true, false), (_hosts[0].IsOwner, _hosts[1].IsOwner));

        var (refused, retryAfter) = await PostAsync(_hosts[1]);
        refused.AssertProblem(503, "unavailable");
        Assert.True(retryAfter > TimeSpan.Zero);
        Assert.Equal("202", (await PostAsync(_hosts[0])).Answer.Summary);
    }

    private Task<ProgramHost> StartAsync() => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = Path.Combine(_folder, "loyalty.db"),
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
            ["Program:Path"] = Path.Combine(AppContext.BaseDirectory, "program"),
            ["Connectors:Shopify:Secrets:0"] = ProgramFixture.Secret,
        },
    });

    private static async Task<(Answer Answer, TimeSpan? RetryAfter)> PostAsync(ProgramHost host)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(ShopPayloads.Customer(1, "standby@example.com", "2026-03-01T09:00:00Z"));
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/shopify") { Content = new ByteArrayContent(body) };
        request.Set("X-Shopify-Topic", "customers/update");
        request.Set("X-Shopify-Shop-Domain", ProgramFixture.Shop);
        request.Set("X-Shopify-Event-Id", "event-1");
        request.Set("X-Shopify-Hmac-Sha256", Connectors.Shopify.ShopifyConnector.Sign(body, ProgramFixture.Secret));
        using var response = await http.SendAsync(request);
        return (
            new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, null, await response.Content.ReadAsStringAsync()),
            response.Headers.RetryAfter?.Delta);
    }
}
