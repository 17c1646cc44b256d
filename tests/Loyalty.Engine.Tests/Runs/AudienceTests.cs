using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

public sealed class AudienceTests
{
    /// <summary>A Monday, noon in Sofia.</summary>
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Audience_EachWeek_MembersOncePerOccurrence()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("weekly", """
            enter: { audience: customer.orders = 0, each: { days: [wed], at: "10:00" } }
            steps:
              - { name: done, end: greeted }
            """));
        for (var i = 0; i < 3; i++) await world.TellAsync(Tell.SignUp($"c{i}@shop.example", Start));
        await world.TellAsync(Tell.Paid("c0@shop.example", "1", 20, Start));
        await world.PassAsync(Duration.FromDays(3));
        Assert.Equal(2, (await world.AllAsync<RunDocument>(Kinds.Run)).Count);

        await world.TellAsync(Tell.SignUp("late@shop.example", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(7));
        var runs = await world.AllAsync<RunDocument>(Kinds.Run);
        Assert.Equal(5, runs.Count);
        Assert.All(runs, static run => Assert.Equal("greeted", run.Run.Outcome));
        Assert.Equal([Instant.FromUtc(2026, 3, 4, 8, 0), Instant.FromUtc(2026, 3, 11, 8, 0)], runs.Select(static run => run.Run.EnteredAt).Distinct().Order());
    }

    [Fact]
    public async Task Audience_Once_MoreThanAPageAndWhoComesLaterIsNotIn()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("launch", """
            enter: { audience: customer.orders = 0, at: "2026-03-03 10:00" }
            steps:
              - { name: done, end: greeted }
            """));
        for (var i = 0; i < 210; i++) await world.TellAsync(Tell.SignUp($"c{i}@shop.example", Start));
        await world.PassAsync(Duration.FromDays(1));
        await world.TellAsync(Tell.SignUp("late@shop.example", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(30));

        Assert.Equal(210, (await world.AllAsync<RunDocument>(Kinds.Run)).Count);
        var state = Assert.Single(await world.AllAsync<JsonObject>(Kinds.Audience));
        Assert.Equal((210, 210, true), ((int)state["seen"]!, (int)state["started"]!, state["nextAt"] is null));
    }

    [Fact]
    public async Task Enrolment_ExistingSubjects_CountShownThenEntered()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("thanks", """
            enter: { event: order.paid, when: customer.orders > 0, again: never }
            steps:
              - { name: done, end: thanked }
            """));
        for (var i = 0; i < 4; i++) await world.TellAsync(Tell.SignUp($"c{i}@shop.example", Start));
        await world.Apply.ApplyToAsync(await IdOfAsync(world, "c0@shop.example"), Tell.Paid("c0@shop.example", "1", 20, Start - Duration.FromDays(400)), mayStart: false);
        var journey = world.Programs.Current.Journey("thanks")!;

        Assert.Equal(1, await world.Enrolment.CountExistingAsync(journey));
        Assert.Empty(await world.AllAsync<RunDocument>(Kinds.Run));
        await world.Enrolment.EnrolExistingAsync("thanks");
        await world.PassAsync(Duration.FromMinutes(5));
        Assert.Equal("thanked", Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run)).Run.Outcome);
        Assert.Equal(0, await world.Enrolment.CountExistingAsync(journey));
    }

    [Theory]
    [InlineData(3, "1d", true)]
    [InlineData(3, "2d", false)]
    [InlineData(4, "1d", false)]
    [InlineData(null, "1d", false)]
    public async Task Forecast_AudienceBeyondTheQuota_IsAnErrorAtEnter(int? perDay, string giveUp, bool isFound)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Templates("hello").Journey("news", $$"""
            topic: offers
            enter: { audience: customer.orders = 0, at: "2031-01-01 10:00" }
            holdout: 20%
            goal: { event: order.paid, within: 30d }
            steps:
              - { name: tell, send: hello, give-up: {{giveUp}} }
            """));
        for (var i = 0; i < 5; i++) await world.TellAsync(Tell.SignUp($"c{i}@shop.example", Start));
        var files = await world.Programs.FilesAsync((await new PartitionSession(world.Store, Definitions.Partition).ReadAsync<LiveDocument>(Definitions.LiveId))!);
        var program = ProgramLoader.Load(files).Program!;
        var quotas = ImmutableDictionary<string, ProviderQuota>.Empty.Add("email", new ProviderQuota(PerDay: perDay));

        var entries = await new PublishForecast(world.Enrolment, quotas).OfAsync(program, ["news"], enrols: false, default);

        Assert.Equal(5, entries.Enters["news"]);
        Assert.Equal(isFound, entries.Findings.Count == 1);
        if (!isFound) return;
        var finding = entries.Findings[0];
        Assert.Equal((FindingCodes.QuotaTooSmall, FindingSeverity.Error, "journeys/news.yaml"), (finding.Code, finding.Severity, finding.File));
        Assert.Equal("5 would enter now, and the provider takes 3 messages a day: 'tell' expires after 1d for about 1 of them", finding.Message);
        Assert.True(finding.Line > 1 && finding.Remedy.Contains("Quota__Email__PerDay", StringComparison.Ordinal));
    }

    private static async Task<string> IdOfAsync(EngineWorld world, string email) =>
        (await world.People.OwnerAsync(Identifier.Email(email)!.Value))!;
}
