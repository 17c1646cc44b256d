using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Standard;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Journeys;

/// <summary>The real host under virtual time with a program of the test's own, changed while it runs over the HTTP interface.</summary>
public sealed class EditHost : IAsyncDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 12, 0);

    private const string Program = """
        program: edits
        zone: Etc/UTC
        currency: EUR
        locales: [en]
        sender: { name: Edits, address: edits@shop.example }
        topics:
          offers: { title: Offers }
        wallets:
          spendable: { returns: within-balance }
        earning: []
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-edits-").FullName;
    private readonly HttpClient _http = new();
    private int _told;

    private EditHost()
    {
    }

    public ProgramHost Host { get; private set; } = null!;

    public string DataFile => Path.Combine(_folder, "loyalty.db");

    public string ProgramFolder => Path.Combine(_folder, "program");

    public Instant Now => Host.Clock.Now;

    public IDocumentStore Store => Host.Services.GetRequiredService<IDocumentStore>();

    /// <param name="journeys">Name → file.</param>
    /// <param name="templates">Names; each has one language and shows nothing of anybody.</param>
    public static Task<EditHost> StartAsync(IReadOnlyDictionary<string, string> journeys, params string[] templates) => StartWithAsync("", journeys, templates);

    /// <param name="more">More lines of program.yaml.</param>
    /// <param name="journeys">Name → file.</param>
    /// <param name="templates">Names.</param>
    public static async Task<EditHost> StartWithAsync(string more, IReadOnlyDictionary<string, string> journeys, params string[] templates)
    {
        var host = new EditHost();
        Directory.CreateDirectory(Path.Combine(host.ProgramFolder, "journeys"));
        await File.WriteAllTextAsync(Path.Combine(host.ProgramFolder, "program.yaml"), $"{Program}\n{more}\n");
        foreach (var (name, yaml) in journeys) await File.WriteAllTextAsync(Path.Combine(host.ProgramFolder, "journeys", name + ".yaml"), yaml);
        foreach (var template in templates)
        {
            Directory.CreateDirectory(Path.Combine(host.ProgramFolder, "templates", template));
            await File.WriteAllTextAsync(Path.Combine(host.ProgramFolder, "templates", template, "en.hbs"), TemplateText(template));
        }

        await host.OpenAsync();
        return host;
    }

    /// <summary>The shipped program, byte for byte.</summary>
    public static async Task<EditHost> ShippedAsync()
    {
        var host = new EditHost();
        var shipped = Path.Combine(AppContext.BaseDirectory, "program");
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(host.ProgramFolder, Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await host.OpenAsync();
        return host;
    }

    public static string TemplateText(string subject) => $"subject: {subject}\n---\n<p>{subject}</p>\n";

    /// <summary>A journey that is entered by a <c>feedback.given</c> about it.</summary>
    public static string Journey(string name, string steps, string more = "") => $"""
        journey: {name}
        topic: offers
        enter:
          event: feedback.given
          when: event.product-id = '{name}'
          again: never
          max-age: 1d
        {more}
        steps:
        {steps}
        """;

    public async Task OpenAsync()
    {
        Host = await ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = DataFile,
            VirtualStart = Start,
            SurvivesPowerCut = false,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
                ["Program:Path"] = ProgramFolder,
                ["Connectors:Standard:Secrets:0"] = Secret,
                ["Keys:Marketer"] = ProgramFixture.KeyOf("marketer"),
                ["Keys:Support"] = ProgramFixture.KeyOf("support"),
                // Cars are played for five years; what became of messages is kept for two unless the shop says otherwise.
                ["Privacy:Retention:MessagesDays"] = "3650",
            },
        });
    }

    public async Task CloseAsync() => await Host.DisposeAsync();

    /// <summary>Everybody signs up at once, agreeing to everything.</summary>
    public async Task SignUpAsync(IEnumerable<string> people)
    {
        foreach (var some in people.Chunk(100))
        {
            await TellAsync("[" + string.Join(',', some.Select(one =>
                $$"""{ "type": "customer.signed-up", "timestamp": "{{Now}}", "data": { "customer": { "email": "{{one}}@example.com" }, "person": { "email": "{{one}}@example.com", "consent": { "offers": true } } } }""")) + "]");
        }
    }

    /// <summary>A <c>feedback.given</c> of some people: it starts the journey it is about, or answers.</summary>
    public Task SayAsync(IEnumerable<string> people, Func<string, string> about, string reason = "none") =>
        TellAsync("[" + string.Join(',', people.Select(one =>
            $$"""{ "type": "feedback.given", "timestamp": "{{Now}}", "data": { "customer": { "email": "{{one}}@example.com" }, "kind": "idea", "productId": "{{about(one)}}", "reason": "{{reason}}" } }""")) + "]");

    public async Task TellAsync(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var seconds = Now.ToUnixTimeSeconds();
        var id = string.Create(CultureInfo.InvariantCulture, $"msg_{++_told}_{seconds}");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Host.BaseAddress, "api/webhooks/standard")) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Set("webhook-id", id);
        request.Set("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Set("webhook-signature", StandardSignature.Sign(id, seconds, bytes, Secret));
        using var response = await _http.SendAsync(request);
        Assert.Equal(202, (int)response.StatusCode);
        await Host.Clock.WaitForIdleAsync();
    }

    public Task PassAsync(double days) => Host.Clock.RunUntilAsync(Now + Duration.FromDays(days));

    /// <summary>A call of the marketer's; the answer's status and body.</summary>
    public async Task<(int Status, JsonNode Body)> CallAsync(HttpMethod method, string path, JsonNode? body = null, string role = "marketer")
    {
        using var request = new HttpRequestMessage(method, new Uri(Host.BaseAddress, "api/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
    }

    /// <summary>Publishes, or fails with what was refused.</summary>
    public async Task<JsonNode> PublishAsync(string journey, string yaml, string? inFlight, string? due = null)
    {
        var body = new JsonObject { ["yaml"] = yaml, ["inFlight"] = inFlight, ["due"] = due, ["commit"] = true };
        var (status, answer) = await CallAsync(HttpMethod.Post, $"journeys/{journey}/publish", body);
        Assert.True(status == 200, answer.ToJsonString());
        await Host.Clock.WaitForIdleAsync();
        return answer;
    }

    /// <summary>Publishes many journeys in one go.</summary>
    public async Task PublishAllAsync(IEnumerable<(string Journey, string Yaml)> journeys, string inFlight)
    {
        var files = new JsonObject(journeys.Select(static one => KeyValuePair.Create($"journeys/{one.Journey}.yaml", (JsonNode?)JsonValue.Create(one.Yaml))));
        var (status, answer) = await CallAsync(HttpMethod.Post, "program", new JsonObject { ["files"] = files, ["inFlight"] = inFlight, ["commit"] = true });
        Assert.True(status == 200, answer.ToJsonString());
        await Host.Clock.WaitForIdleAsync();
    }

    /// <summary>What a person got, oldest first: template and days since a moment, e.g. <c>a2 b6</c>; what was not sent with its reason.</summary>
    public async Task<string> MailsAsync(string person, Instant since)
    {
        var (_, customer) = await CallAsync(HttpMethod.Get, $"customers?email={person}@example.com", role: "support");
        var (_, messages) = await CallAsync(HttpMethod.Get, $"customers/{customer["id"]}/messages", role: "support");
        var (_, runs) = await CallAsync(HttpMethod.Get, $"customers/{customer["id"]}/runs", role: "support");
        // Messages of one moment stand in the order in which the run's log tells of them.
        var told = runs.AsArray().SelectMany(static run => run!["log"]!.AsArray().Select(static line => (string)line!["what"]!)).ToList();
        return string.Join(' ', messages.AsArray().Select(static one => one!)
            .OrderBy(static one => (string)one["queuedAt"]!, StringComparer.Ordinal).ThenBy(one => told.IndexOf("send " + one["template"])).Select(one => Shown(one, since)));
    }

    /// <summary>The run of a person in a journey.</summary>
    public async Task<JsonNode> RunAsync(string person, string journey)
    {
        var (_, customer) = await CallAsync(HttpMethod.Get, $"customers?email={person}@example.com", role: "support");
        var (_, runs) = await CallAsync(HttpMethod.Get, $"customers/{customer["id"]}/runs", role: "support");
        return runs.AsArray().Single(run => (string)run!["journey"]! == journey)!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Shown(JsonNode message, Instant since)
    {
        var at = NodaTime.Text.InstantPattern.ExtendedIso.Parse((string)message["at"]!).Value;
        var days = Math.Round((at - since).TotalDays, 1).ToString("0.#", CultureInfo.InvariantCulture);
        var result = (string)message["result"]!;
        return $"{message["template"]}{days}{(result == "sent" ? "" : $":{message["reason"] ?? result}")}";
    }
}
