using System.Text.Json.Nodes;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
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

        Assert.Equal(1, await world.Audiences.CountExistingAsync(journey));
        Assert.Empty(await world.AllAsync<RunDocument>(Kinds.Run));
        await world.Audiences.EnrolExistingAsync("thanks");
        await world.PassAsync(Duration.FromMinutes(5));
        Assert.Equal("thanked", Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run)).Run.Outcome);
        Assert.Equal(0, await world.Audiences.CountExistingAsync(journey));
    }

    private static async Task<string> IdOfAsync(EngineWorld world, string email) =>
        (await world.People.OwnerAsync(Identifier.Email(email)!.Value))!;
}
