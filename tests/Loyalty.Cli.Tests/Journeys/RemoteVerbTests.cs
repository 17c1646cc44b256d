using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Cli.Tests.Kills;
using Loyalty.LocalHost.Program;
using NodaTime;

namespace Loyalty.Cli.Tests.Journeys;

/// <summary>The marketer's verbs against an app that runs (<c>--url</c>, <c>--key</c>): what they print on its file they print over HTTP.</summary>
public sealed class RemoteVerbTests : IDisposable
{
    private const string Key = "the-marketer-key-0001";
    private const string Admin = "the-admin-key-0000001";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-remote-").FullName;

    private string DataFile => Path.Combine(_folder, "shop.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verbs_AgainstAHost_TellWhatTheyTellOfItsFile()
    {
        await ParkedPeople.MakeAsync(DataFile, 3, Instant.FromDateTimeOffset(DateTimeOffset.UtcNow) - Duration.FromDays(1));
        var draft = ParkedPeople.Draft(Path.Combine(_folder, "draft"), "30d");
        await using var host = await StartAsync(isVirtual: false);

        await SameAsync(host, "runs", ParkedPeople.Journey, "--step", ParkedPeople.Step);
        var run = (string)(await JsonAsync(host, "runs"))["runs"]![0]!["runId"]!;
        await SameAsync(host, "story", run);
        await SameAsync(host, "diff", ParkedPeople.Journey, "--program", draft, "--days", "30");
        await TellsAsync(host, 1, "There is no run 'nobody'", "story", "nobody");
        await TellsAsync(host, 0, "No errors", "validate", draft);

        var simulated = await JsonAsync(host, "simulate", ParkedPeople.Journey, "--program", draft, "--customers", "20", "--days", "20");
        Assert.NotNull(simulated["draft"]!["journeys"]);
        Assert.NotNull(simulated["live"]!["journeys"]);
        await TellsAsync(host, 2, "--threads does not go with --url: the app takes", "simulate", ParkedPeople.Journey, "--program", draft, "--threads", "1");
        await TellsAsync(host, 2, "loyalty story RUN", "simulate", ParkedPeople.Journey, "--program", draft, "--customer", "g1");
        var read = await JsonAsync(host, "simulate", ParkedPeople.Journey, "--program", draft, "--customers", "20", "--days", "20", "--rate", "open=100%", "--quota", "1/day");
        Assert.All(read["draft"]!["messages"]!.AsArray(), static one => Assert.Equal((long)one!["sent"]!, (long)one["opened"]!));
        Assert.NotNull(read["draft"]!["quotas"]);
        Assert.Null(simulated["draft"]!["quotas"]);

        await TellsAsync(host, 1, "in-flight-needed", "publish", "--program", draft);
        await TellsAsync(host, 0, "Nothing is published yet", "publish", ParkedPeople.Journey, "--program", draft, "--in-flight", "follow");
        await TellsAsync(host, 0, "3 moved", "publish", "--program", draft, "--in-flight", "follow", "--yes");
        await TellsAsync(host, 0, "nothing to publish", "publish", "--program", draft);
        Assert.All((await JsonAsync(host, "runs"))["runs"]!.AsArray(), static one => Assert.Equal(2, (int)one!["version"]!));
        // The publish before it is open for a minute more: whom it moved is not counted again.
        ParkedPeople.Draft(draft, "31d");
        await TellsAsync(host, 0, "not-bought: 3 moved", "publish", "--program", draft, "--in-flight", "follow", "--yes");
        var last = ParkedPeople.Draft(Path.Combine(_folder, "draft"), "32d");
        var onFile = await LoyaltyProcess.RunAsync(_folder, "publish", "--program", last, "--in-flight", "follow", "--yes", "--data", DataFile);
        Assert.Contains("not-bought: 3 moved", onFile.Output, StringComparison.Ordinal);

        await TellsAsync(host, 0, "not-bought is paused.", "pause", ParkedPeople.Journey);
        Assert.Equal("paused", (string?)await StateAsync(host));
        await TellsAsync(host, 0, "not-bought goes on.", "resume", ParkedPeople.Journey);
        Assert.Equal("live", (string?)await StateAsync(host));
        await TellsAsync(host, 1, "not-found", "pause", "nowhere");
        await TellsAsync(host, 1, "There is no journey 'nowhere'.", "rollback", "nowhere");
        await TellsAsync(host, 0, "Published.", "rollback", ParkedPeople.Journey, "--in-flight", "pin", "--yes");
    }

    [Fact]
    public async Task Validate_FilesOfTheDraft_FindingsComeFromTheApp()
    {
        var draft = ParkedPeople.Draft(Path.Combine(_folder, "draft"), "30d");
        var journey = Path.Combine(draft, "journeys", "welcome.yaml");
        await File.WriteAllTextAsync(journey, (await File.ReadAllTextAsync(journey)).Replace("steps:", "stepps:", StringComparison.Ordinal));
        await using var host = await StartAsync();

        await TellsAsync(host, 1, "did you mean 'steps'?", "validate", draft);
        await TellsAsync(host, 1, "journeys/welcome.yaml:", "validate", journey);
        await TellsAsync(host, 1, "program-invalid", "publish", "--program", draft, "--yes");
        await TellsAsync(host, 3, "127.0.0.1:9", "validate", draft, "--url", "http://127.0.0.1:9");
        await TellsAsync(host, 1, "unauthorized", "runs", "--key", "a-key-that-nobody-has");
    }

    [Fact]
    public async Task Publish_EnrolExisting_CountIsShownFirstAndTheHostLetsThemIn()
    {
        var draft = ParkedPeople.Draft(Path.Combine(_folder, "draft"), "7d");
        await File.WriteAllTextAsync(Path.Combine(draft, "journeys", "thanks.yaml"), """
            journey: thanks
            enter: { event: customer.signed-up, again: never }
            steps:
              - { name: rest, wait: 1d }
            """);
        await using var host = await StartAsync();
        foreach (var name in new[] { "ann", "bob" }) await SignUpAsync(host, name);
        await host.Clock.RunUntilAsync(Start + Duration.FromDays(30));

        await TellsAsync(host, 0, "2 would enter now", "publish", "thanks", "--program", draft, "--enrol", "existing");
        Assert.Empty((await JsonAsync(host, "runs", "thanks-not-yet"))["runs"]!.AsArray());
        await TellsAsync(host, 0, "Published.", "publish", "thanks", "--program", draft, "--enrol", "existing", "--yes");
        await host.Clock.RunUntilAsync(Start + Duration.FromDays(30) + Duration.FromHours(1));

        var runs = (await JsonAsync(host, "runs", "thanks"))["runs"]!.AsArray();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, static one => Assert.Equal("rest", (string?)one!["step"]));
    }

    private Task<ProgramHost> StartAsync(bool isVirtual = true) => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = DataFile,
        VirtualStart = isVirtual ? Start : null,
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Mail"] = "outbox:" + Path.Combine(_folder, "outbox"),
            ["Keys:Marketer"] = Key,
            ["Keys:Admin"] = Admin,
        },
    });

    private static async Task SignUpAsync(ProgramHost host, string name)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Admin);
        var at = host.Clock.GetCurrentInstant().ToString("g", CultureInfo.InvariantCulture);
        using var body = new StringContent(
            $$"""{ "specversion": "1.0", "id": "{{name}}", "source": "shop", "type": "customer.signed-up", "time": "{{at}}", "data": { "customer": { "email": "{{name}}@example.com" }, "person": { "email": "{{name}}@example.com" } } }""",
            Encoding.UTF8,
            "application/cloudevents+json");
        using var answer = await http.PostAsync(new Uri("api/events", UriKind.Relative), body);
        Assert.True((int)answer.StatusCode == 202, await answer.Content.ReadAsStringAsync());
        await host.Clock.WaitForIdleAsync();
    }

    private static async Task<JsonNode?> StateAsync(ProgramHost host)
    {
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return JsonNode.Parse(await http.GetStringAsync(new Uri("api/journeys/" + ParkedPeople.Journey, UriKind.Relative)))!["state"];
    }

    /// <summary>The verb on the host's file and against the host.</summary>
    private async Task SameAsync(ProgramHost host, params string[] arguments)
    {
        var onFile = await LoyaltyProcess.RunAsync(_folder, [.. arguments, "--data", DataFile, "--json"]);
        var byUrl = await LoyaltyProcess.RunAsync(_folder, [.. arguments, "--url", host.BaseAddress.ToString(), "--key", Key, "--json"]);

        Assert.True(onFile.Output.Length > 0, onFile.Errors);
        Assert.Equal((onFile.ExitCode, onFile.Output), (byUrl.ExitCode, byUrl.Output + byUrl.Errors));
    }

    private async Task TellsAsync(ProgramHost host, int exitCode, string told, params string[] arguments)
    {
        string[] url = arguments.Contains("--url", StringComparer.Ordinal) ? [] : ["--url", host.BaseAddress.ToString()];
        string[] key = arguments.Contains("--key", StringComparer.Ordinal) ? [] : ["--key", Key];
        var result = await LoyaltyProcess.RunAsync(_folder, [.. arguments, .. url, .. key]);

        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result.ExitCode} {result.Output} {result.Errors}");
        Assert.Contains(told, result.Output + result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    private async Task<JsonNode> JsonAsync(ProgramHost host, params string[] arguments)
    {
        var result = await LoyaltyProcess.RunAsync(_folder, [.. arguments, "--url", host.BaseAddress.ToString(), "--key", Key, "--json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonNode.Parse(result.Output)!;
    }
}
