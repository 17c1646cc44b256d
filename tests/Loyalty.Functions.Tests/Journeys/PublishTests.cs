using System.Text.Json.Nodes;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Journeys;

/// <summary>Publishing while the host runs, with people inside, over HTTP.</summary>
public sealed class PublishTests
{
    private const string Steps = """
          - { name: w1, wait: 2d }
          - { name: m1, send: a }
          - { name: w2, wait: 4d }
          - { name: m2, send: b }
        """;

    private static readonly string[] Three = ["ann", "ben", "cem"];

    [Fact]
    public async Task Publish_PeopleInsideWithoutAChoice_IsRefusedWithTheCounts()
    {
        await using var host = await StartAsync(3);

        var (status, answer) = await host.CallAsync(HttpMethod.Post, "journeys/j/publish", Draft(Shorter(), null, commit: true));

        Assert.Equal((409, "in-flight-needed"), (status, (string)answer["code"]!));
        var step = answer["preview"]!["journeys"]![0]!["steps"]!.AsArray().Single()!;
        Assert.Equal((1, "w2", 3), ((int)step["version"]!, (string)step["step"]!, (int)step["people"]!));
        Assert.Equal(1, (int)(await host.CallAsync(HttpMethod.Get, "journeys/j")).Body["version"]!);
    }

    [Fact]
    public async Task Publish_Preview_CountsWhoIsDueAtOnceAndChangesNothing()
    {
        await using var host = await StartAsync(4);

        var (_, answer) = await host.CallAsync(HttpMethod.Post, "journeys/j/publish", Draft(Shorter(), "follow", commit: false));

        Assert.Equal("preview", (string)answer["state"]!);
        var step = answer["preview"]!["journeys"]![0]!["steps"]!.AsArray().Single()!;
        Assert.Equal(("goes on at w2", 3, 3), ((string)step["goes"]!, (int)step["people"]!, (int)step["dueNow"]!));
        Assert.Equal(1, (int)(await host.RunAsync("ann", "j"))["version"]!);
    }

    [Fact]
    public async Task Publish_EnrolExisting_CountShownFirstThenTheyEnter()
    {
        await using var host = await EditHost.StartAsync(new Dictionary<string, string> { ["j"] = EditHost.Journey("j", Steps) }, "a", "b");
        await host.SignUpAsync(Three);
        await host.PassAsync(30);
        const string Thanks = """
            journey: thanks
            topic: offers
            enter: { event: customer.signed-up, again: never }
            steps:
              - { name: w, wait: 1d }
              - { name: m, send: a }
            """;
        var draft = new JsonObject { ["journey"] = "thanks", ["yaml"] = Thanks, ["enrol"] = "existing" };

        var (_, preview) = await host.CallAsync(HttpMethod.Post, "journeys", draft);
        Assert.Equal(("preview", 3), ((string)preview["state"]!, (int)preview["preview"]!["journeys"]![0]!["enters"]!));
        draft["commit"] = true;
        var (status, published) = await host.CallAsync(HttpMethod.Post, "journeys", draft);
        Assert.True(status == 200 && (string)published["state"]! == "published", published.ToJsonString());
        await host.PassAsync(2);
        foreach (var one in Three) Assert.Equal("completed", (string?)(await host.RunAsync(one, "thanks"))["outcome"]);

        // Asked once more, nothing differs: everybody has been in it, and it is again: never.
        draft.Remove("journey");
        var (_, again) = await host.CallAsync(HttpMethod.Post, "journeys/thanks/publish", draft);
        Assert.Equal(("published", 0), ((string)again["state"]!, (int)again["preview"]!["journeys"]![0]!["enters"]!));
        draft["enrol"] = "everybody";
        Assert.Equal(422, (await host.CallAsync(HttpMethod.Post, "journeys/thanks/publish", draft)).Status);
    }

    [Fact]
    public async Task Publish_SpreadOver_DrawsAMomentForEachRun()
    {
        await using var host = await StartAsync(4);
        var now = host.Now;

        await host.PublishAsync("j", Shorter(), "follow", "spread-over 4h");

        var hours = new List<double>();
        foreach (var one in Three) hours.Add((Moment((await host.RunAsync(one, "j"))["waitsUntil"]!) - now).TotalHours);
        Assert.All(hours, static one => Assert.InRange(one, 0, 4));
        Assert.Equal(3, hours.Distinct().Count());
        await host.PassAsync(1);
        Assert.All(Three, one => Assert.StartsWith("a2 b4", host.MailsAsync(one, EditHost.Start).Result, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publish_NothingIsLeftToGoOnWith_IsRefused()
    {
        await using var host = await StartAsync(3);
        var draft = EditHost.Journey("j", "  - { name: w1, wait: 2d }\n  - { name: m1, send: a }");

        var (status, answer) = await host.CallAsync(HttpMethod.Post, "journeys/j/publish", Draft(draft, "follow", commit: true));

        Assert.Equal((409, "no-landing"), (status, (string)answer["code"]!));
        Assert.Contains("w2", (string)answer["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_EndOutcome_EverybodyLeavesAndGetsNothingMore()
    {
        await using var host = await StartAsync(3);

        await host.PublishAsync("j", Shorter(), "end called-off");

        await host.PassAsync(10);
        foreach (var one in Three)
        {
            Assert.Equal("called-off", (string)(await host.RunAsync(one, "j"))["outcome"]!);
            Assert.Equal("a2", await host.MailsAsync(one, EditHost.Start));
        }
    }

    [Theory]
    [InlineData("renamed", "map m2=letter", "b8.9")]
    [InlineData("template", "follow", "z8.9")]
    [InlineData("removed", "follow", "b4.5:step-removed")]
    [InlineData("pinned", "pin", "b8.9")]
    public async Task Publish_MessageWaitsForItsWindow_GoesOnceAsTheEditSays(string edit, string inFlight, string expected)
    {
        // Entered on a Monday at noon, the letter is made on Friday at noon and waits for Wednesday's window.
        const string Window = "send-window: { days: [wed], from: \"09:00\", to: \"11:00\" }";
        const string Own = """
              - { name: w1, wait: 4d }
              - { name: m2, send: b, give-up: 9d }
              - { name: w2, wait: 4d }
            """;
        await using var host = await EditHost.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["j"] = EditHost.Journey("j", Own, Window) }, "a", "b", "c", "z");
        await host.SignUpAsync(["ann"]);
        await host.SayAsync(["ann"], static _ => "j");
        await host.PassAsync(4.5);
        var next = edit switch
        {
            "renamed" => Own.Replace("name: m2", "name: letter", StringComparison.Ordinal),
            "template" => Own.Replace("send: b", "send: z", StringComparison.Ordinal),
            "removed" => Own.Replace("  - { name: m2, send: b, give-up: 9d }\n", "", StringComparison.Ordinal),
            _ => Own.Replace("w1, wait: 4d", "w1, wait: 3d", StringComparison.Ordinal),
        };

        await host.PublishAsync("j", EditHost.Journey("j", next, Window), inFlight);

        await host.PassAsync(20);
        Assert.Equal(expected, await host.MailsAsync("ann", EditHost.Start));
        Assert.Equal("completed", (string)(await host.RunAsync("ann", "j"))["outcome"]!);
    }

    [Fact]
    public async Task Rollback_BringsTheOldBytesBackAsANewVersion_AndNobodyGetsALetterTwice()
    {
        await using var host = await StartAsync(3);
        await host.PublishAsync("j", EditHost.Journey("j", Steps.Replace("name: m1", "name: hello", StringComparison.Ordinal)), "map m1=hello");

        var (status, answer) = await host.CallAsync(
            HttpMethod.Post, "journeys/j/rollback", new JsonObject { ["version"] = 1, ["inFlight"] = "follow", ["commit"] = true });

        Assert.True(status == 200, answer.ToJsonString());
        await host.PassAsync(20);
        var versions = (await host.CallAsync(HttpMethod.Get, "journeys/j/versions")).Body.AsArray();
        Assert.Equal(["3 1 follow", "2  map m1=hello", "1  "], versions.Select(static one => $"{one!["version"]} {one["rollbackOf"]} {one["inFlight"]}"));
        Assert.Equal((string)versions[0]!["hash"]!, (string)versions[2]!["hash"]!);
        Assert.Equal("a2 b6", await host.MailsAsync("ann", EditHost.Start));
        Assert.Equal(3, (int)(await host.RunAsync("ann", "j"))["version"]!);
    }

    [Fact]
    public async Task Pause_HoldsWhoIsDue_LetsWhoLeavesLeave_AndResumeGoesOn()
    {
        const string Leaves = "exit:\n  - { event: feedback.given, when: event.reason = 'stop' }";
        await using var host = await EditHost.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["j"] = EditHost.Journey("j", Steps, Leaves) }, "a", "b");
        await host.SignUpAsync([.. Three, "eva"]);
        await host.SayAsync(Three, static _ => "j");
        await host.PassAsync(3);

        Assert.Equal("paused", (string)(await host.CallAsync(HttpMethod.Post, "journeys/j/pause")).Body["state"]!);
        await host.PassAsync(4);
        await host.SayAsync(["ben"], static _ => "x", "stop");
        await host.SayAsync(["cem"], static _ => "x", "hello");
        await host.SayAsync(["eva"], static _ => "j");

        Assert.Equal(("held", "w2"), Where(await host.RunAsync("ann", "j")));
        Assert.Equal("exit", (string)(await host.RunAsync("ben", "j"))["outcome"]!);
        Assert.Equal(("held", "w2"), Where(await host.RunAsync("cem", "j")));
        Assert.Equal(("held", null), Where(await host.RunAsync("eva", "j")));
        Assert.Equal("a2", await host.MailsAsync("ann", EditHost.Start));

        Assert.Equal("live", (string)(await host.CallAsync(HttpMethod.Post, "journeys/j/resume")).Body["state"]!);
        await host.PassAsync(20);
        Assert.Equal("a2 b7", await host.MailsAsync("ann", EditHost.Start));
        Assert.Equal("a2", await host.MailsAsync("ben", EditHost.Start));
        Assert.Equal("a9 b13", await host.MailsAsync("eva", EditHost.Start));
    }

    [Fact]
    public async Task Publish_TheTriggerSaysSomethingElseIsFinished_ItsPersonIsCountedMovedAndArmedAgain()
    {
        await using var host = await EditHost.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["j"] = EditHost.Journey("j", Steps) }, "a", "b", "z");
        await host.SignUpAsync(["ann"]);
        await host.TellAsync(
            $$"""{ "type": "feedback.given", "timestamp": "{{host.Now}}", "data": { "customer": { "email": "ann@example.com" }, "kind": "idea", "productId": "j", "status": "finished" } }""");
        await host.PassAsync(3);

        var (_, answer) = await host.CallAsync(HttpMethod.Post, "journeys/j/publish", Draft(Shorter(), null, commit: true));
        Assert.Equal("in-flight-needed", (string?)answer["code"]);
        await host.PublishAsync("j", EditHost.Journey("j", Steps.Replace("w2, wait: 4d", "w2, wait: 6d", StringComparison.Ordinal)), "follow");
        Assert.Equal(2, (int)(await host.RunAsync("ann", "j"))["version"]!);

        await host.CallAsync(HttpMethod.Post, "journeys/j/pause");
        await host.PassAsync(7);
        Assert.Equal(("held", "w2"), Where(await host.RunAsync("ann", "j")));
        await host.CallAsync(HttpMethod.Post, "journeys/j/resume");
        await host.PassAsync(1);
        Assert.Equal("a2 b10", await host.MailsAsync("ann", EditHost.Start));
    }

    [Fact]
    public async Task Templates_Newest_ReachPinnedPeople_AndOnesThatDoNotSuitThemAreRefused()
    {
        await using var host = await StartAsync(3);
        await host.PublishAsync("j", EditHost.Journey("j", Steps.Replace("send: b", "send: z", StringComparison.Ordinal)), "pin");
        var newest = new JsonObject { ["templates/b/en.hbs"] = EditHost.TemplateText("the newest") };
        var (status, answer) = await host.CallAsync(HttpMethod.Post, "program", new JsonObject { ["files"] = newest, ["commit"] = true });
        Assert.True(status == 200, answer.ToJsonString());

        var gone = new JsonObject { ["templates/b/en.hbs"] = null };
        (status, answer) = await host.CallAsync(HttpMethod.Post, "program", new JsonObject { ["files"] = gone, ["commit"] = true });

        Assert.Equal((422, "program-invalid"), (status, (string)answer["code"]!));
        Assert.Contains("version 1, with people inside", answer["preview"]!["findings"]!.ToJsonString(), StringComparison.Ordinal);
        await host.PassAsync(5);
        var letters = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(host.DataFile)!, "outbox")).Select(File.ReadAllText).ToList();
        Assert.Equal(3, letters.Count(static one => one.Contains("Subject: the newest", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Start_WithTheOldFolder_TakesNothingBack_WithAChangedOneItPublishes()
    {
        await using var host = await StartAsync(3);
        await host.PublishAsync("j", Shorter(), "follow");

        await host.CloseAsync();
        await host.OpenAsync();
        Assert.Equal(2, (int)(await host.CallAsync(HttpMethod.Get, "journeys/j")).Body["version"]!);
        await host.CloseAsync();
        await File.WriteAllTextAsync(Path.Combine(host.ProgramFolder, "journeys", "j.yaml"), EditHost.Journey("j", Steps.Replace("4d", "9d", StringComparison.Ordinal)));
        await host.OpenAsync();

        Assert.Equal(3, (int)(await host.CallAsync(HttpMethod.Get, "journeys/j")).Body["version"]!);
        Assert.Equal(2, (int)(await host.RunAsync("ann", "j"))["version"]!);
    }

    [Fact]
    public async Task Publish_ByAnotherProcess_IsSeenByTheRunningHostAndMovesItsPeople()
    {
        await using var host = await StartAsync(3);
        await using (var other = ProgramReader.Open(host.DataFile))
        {
            var publishing = other.Services.GetRequiredService<PublishUseCase>();
            var files = await publishing.LiveFilesAsync();
            files["journeys/j.yaml"] = System.Text.Encoding.UTF8.GetBytes(Shorter());
            var outcome = await publishing.PublishAsync(new PublishRequest
            {
                Files = files,
                Journeys = ["j"],
                InFlight = InFlight.Parse("follow"),
                Commit = true,
                By = "command",
            });
            Assert.IsType<PublishOutcome.Published>(outcome);
        }

        await host.Host.Services.GetRequiredService<PublishedPrograms>().RefreshAsync();
        await host.PassAsync(1);

        Assert.Equal(2, host.Host.Services.GetRequiredService<IProgramSource>().Current.Journey("j")!.Version);
        Assert.Equal(2, (int)(await host.RunAsync("ann", "j"))["version"]!);
        var edits = (await host.CallAsync(HttpMethod.Get, "journeys/j")).Body["edits"]!;
        Assert.Equal((false, 3), ((bool)edits["isRunning"]!, (int)edits["counts"]!["moved"]!));
    }

    [Fact]
    public async Task Runs_AndStory_TellWhoIsWhereAndWhy()
    {
        await using var host = await StartAsync(3);
        var (_, list) = await host.CallAsync(HttpMethod.Get, "journeys/j/runs?step=w2&state=parked");
        Assert.Equal(3, list["runs"]!.AsArray().Count);
        Assert.Empty((await host.CallAsync(HttpMethod.Get, "journeys/j/runs?step=w1")).Body["runs"]!.AsArray());
        Assert.Equal(422, (await host.CallAsync(HttpMethod.Get, "journeys/j/runs?state=lost")).Status);

        var (_, story) = await host.CallAsync(HttpMethod.Get, $"runs/{list["runs"]![0]!["runId"]}/story");

        Assert.Equal("is at w2 since Wed 4 Mar 2026 12:00, until Sun 8 Mar 2026 12:00", System.Text.RegularExpressions.Regex.Replace((string)story["now"]!, @"12:0\d", "12:00"));
        Assert.Contains(story["lines"]!.AsArray(), static line => (string)line!["what"]! == "send a");
    }

    [Fact]
    public async Task Runs_MessageWaitsForItsWindow_TellUntilWhen()
    {
        const string Window = "send-window: { days: [wed], from: \"09:00\", to: \"11:00\" }";
        await using var host = await EditHost.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["j"] = EditHost.Journey("j", "  - { name: m1, send: a }", Window) }, "a");
        await host.SignUpAsync(["ann"]);
        await host.SayAsync(["ann"], static _ => "j");

        var run = (await host.CallAsync(HttpMethod.Get, "journeys/j/runs")).Body["runs"]![0]!;

        Assert.Equal(("m1", "2026-03-04T09:00:00Z"), ((string)run["step"]!, (string?)run["waitsUntil"]));
    }

    private static async Task<EditHost> StartAsync(double days)
    {
        var host = await EditHost.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["j"] = EditHost.Journey("j", Steps) }, "a", "b", "z");
        await host.SignUpAsync(Three);
        await host.SayAsync(Three, static _ => "j");
        await host.PassAsync(days);
        return host;
    }

    private static string Shorter() => EditHost.Journey("j", Steps.Replace("w2, wait: 4d", "w2, wait: 1d", StringComparison.Ordinal));

    private static JsonObject Draft(string yaml, string? inFlight, bool commit) => new() { ["yaml"] = yaml, ["inFlight"] = inFlight, ["commit"] = commit };

    private static (string, string?) Where(JsonNode run) => ((string)run["status"]!, (string?)run["step"]);

    private static Instant Moment(JsonNode node) => NodaTime.Text.InstantPattern.ExtendedIso.Parse((string)node!).Value;
}
