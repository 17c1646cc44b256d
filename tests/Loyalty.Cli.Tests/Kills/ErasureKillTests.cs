using System.Globalization;
using System.Text;
using Loyalty.Connectors.Shopify;
using Loyalty.Engine.Privacy;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Tests.Kills;

/// <summary>Many people are erased at once by a host that is killed with SIGKILL meanwhile: who was noted is erased by the next host's first sweeps, all of them.</summary>
public sealed class ErasureKillTests : IDisposable
{
    private const string Secret = "hush-hush-hush";
    private const string Admin = "the-admin-key-0001";
    private const string Word = "canarykilled";
    private const int People = 10;

    /// <summary>A Monday morning in New York that is still to come: the time of the file goes on from there.</summary>
    private static readonly Instant Start = Instant.FromUtc(2096, 3, 5, 15, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-erasure-").FullName;

    private string DataFile => Path.Combine(_folder, "shop.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 0)]
    public async Task Erase_HostKilledMeanwhile_IsFinishedByTheNextHost(int answers, int milliseconds)
    {
        List<string> ids;
        await using (var host = await StartAsync()) ids = await PeopleAsync(host);
        Assert.NotEmpty(Files(Word));
        using (var process = LoyaltyProcess.Start(_folder, ["run", "--virtual", "--port", "0", "--data", DataFile, .. Settings().SelectMany(static one => new[] { "--set", $"{one.Key.Replace(":", "__", StringComparison.Ordinal)}={one.Value}" })]))
        {
            using var http = new HttpClient { BaseAddress = await ServingAsync(process) };
            var asked = ids.Select(id => AnsweredAsync(http, id)).ToList();
            for (var i = 0; i < answers; i++) asked.Remove(await Task.WhenAny(asked));
            Assert.True(await process.KillAfterAsync(TimeSpan.FromMilliseconds(milliseconds)));
            await Task.WhenAll(asked);
        }

        await using var next = await StartAsync();
        var erasures = next.Services.GetRequiredService<EraseUseCase>();
        // Slack of what was noted, a tick of the sweep, and the lease of a hand-over that was under way.
        await next.Clock.RunUntilAsync(next.Clock.Now + Duration.FromMinutes(6));
        await next.Clock.WaitForIdleAsync();
        foreach (var id in ids)
        {
            var record = await erasures.FindAsync(id);
            // Cut before it was noted: the caller got no answer, and asks again.
            record ??= await erasures.EraseAsync(id, "test");
            Assert.Equal(ErasureStep.Done, record!.Step);
        }

        Assert.Equal([], Files(Word));
    }

    private async Task<List<string>> PeopleAsync(ProgramHost host)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        for (var number = 0; number < People; number++)
        {
            var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
                { "id": {{number + 1}}, "email": "{{Word}}{{number}}@example.com", "first_name": "{{Word}}", "created_at": "{{Start}}", "updated_at": "{{Start}}",
                  "email_marketing_consent": { "state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "{{Start}}" } }
                """));
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/shopify") { Content = new ByteArrayContent(body) };
            request.Headers.Add("X-Shopify-Topic", "customers/create");
            request.Headers.Add("X-Shopify-Shop-Domain", "tea.example");
            request.Headers.Add("X-Shopify-Event-Id", string.Create(CultureInfo.InvariantCulture, $"e{number}"));
            request.Headers.Add("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign(body, Secret));
            using var response = await http.SendAsync(request);
            Assert.Equal(202, (int)response.StatusCode);
        }

        await host.Clock.WaitForIdleAsync();
        var people = host.Services.GetRequiredService<Engine.Identity.PersonResolver>();
        var ids = new List<string>();
        for (var number = 0; number < People; number++) ids.Add((await people.OwnerAsync(Core.Events.Identifier.Email(string.Create(CultureInfo.InvariantCulture, $"{Word}{number}@example.com"))!.Value))!);
        return ids;
    }

    /// <summary>Asks, and does not mind that the other end dies.</summary>
    private static async Task AnsweredAsync(HttpClient http, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{id}");
        request.Headers.Authorization = new("Bearer", Admin);
        try
        {
            using var response = await http.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    private static async Task<Uri> ServingAsync(LoyaltyProcess process)
    {
        const string Serving = "Serving ";
        while (await process.ErrorLineAsync() is { } line)
        {
            if (line.StartsWith(Serving, StringComparison.Ordinal)) return new Uri(line[Serving.Length..line.IndexOf("api/", StringComparison.Ordinal)]);
        }

        throw new InvalidOperationException("The host ended: " + (await process.EndAsync()).Errors);
    }

    private Task<ProgramHost> StartAsync() => ProgramHost.StartAsync(new ProgramHostOptions { DataFile = DataFile, VirtualStart = Start, SurvivesPowerCut = false, Settings = Settings() });

    private Dictionary<string, string?> Settings() => new(StringComparer.OrdinalIgnoreCase)
    {
        ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
        ["Connectors:Shopify:Secrets:0"] = Secret,
        ["Keys:Admin"] = Admin,
    };

    /// <summary>Files of the host that have the word in them.</summary>
    private List<string> Files(string word)
    {
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Where(static one => !one.EndsWith(".owner", StringComparison.Ordinal)))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0) found.Add(Path.GetFileName(path));
        }

        return found;
    }
}
