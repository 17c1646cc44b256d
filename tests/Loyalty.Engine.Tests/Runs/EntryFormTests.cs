using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>Every form of <c>enter</c>, from the file to the run, on the real use cases.</summary>
public sealed class EntryFormTests
{
    /// <summary>A Monday, noon in Sofia.</summary>
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Event_OneOfAList_EachTypeBegins()
    {
        await using var world = await WorldAsync("event: [customer.signed-up, order.paid], again: after-end");
        await world.SettleAsync();
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
        await world.SettleAsync();

        Assert.Equal(["customer.signed-up", "order.paid"], (await RunsAsync(world)).Select(static run => run.Run.Entry.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Event_When_SeesTheTriggerAndTheCustomer()
    {
        await using var world = await WorldAsync("event: order.paid, when: event.total > 30 EUR and customer.orders >= 1, again: after-end");
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
        await world.TellAsync(Tell.Paid("ann@shop.example", "2", 40, Start));
        await world.SettleAsync();

        Assert.EndsWith(":2", Text(Assert.Single(await RunsAsync(world)).Run.Entry.Attributes["order-id"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audience_WithoutAMoment_EntersOnceWhenPublished()
    {
        await using var world = await WorldAsync("event: order.paid");
        await world.TellAsync(Tell.SignUp("bob@shop.example", Start));
        var draft = Journey("event: order.paid").Journey("everybody", """
            enter: { audience: customer.orders = 0 }
            steps:
              - { name: all-done, end: over }
            """);
        var publish = new PublishUseCase(
            world.Store, world.Programs, new NoCheck(), world.Turns, RunProtocolSettings.Default, world.Clock, new PublishForecast(world.Enrolment, ImmutableDictionary<string, ProviderQuota>.Empty));
        var outcome = await publish.PublishAsync(new PublishRequest { Files = draft.Bytes(), Commit = true, By = "test" });
        Assert.Equal(2, Assert.IsType<PublishOutcome.Published>(outcome).Preview.Journeys.Single(static one => one.Journey == "everybody").Enters);
        // The minute's sweep arms what was published.
        await world.SweepAsync();
        await world.PassAsync(Duration.FromMinutes(5));
        await world.TellAsync(Tell.SignUp("late@shop.example", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(3));

        Assert.Equal(2, (await RunsAsync(world)).Count);
    }

    [Fact]
    public async Task Audience_EachDate_MembersOnceEveryYear()
    {
        await using var world = await WorldAsync("audience: customer.orders = 0, each: { dates: ['03-15', '10-15'], at: \"10:00\" }");
        await world.PassAsync(Duration.FromDays(2 * 365));

        var zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
        Assert.Equal(
            ["2026-03-15 10:00", "2026-10-15 10:00", "2027-03-15 10:00", "2027-10-15 10:00"],
            (await RunsAsync(world)).Select(run => run.Run.EnteredAt.InZone(zone).ToString("uuuu-MM-dd HH:mm", null)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Manual_StartedByAnotherJourney_BringsItsValues()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText()
            .Journey("first", """
                enter: { event: customer.signed-up }
                steps:
                  - { name: go, start: second, with: { gift: 5 + 5 } }
                """)
            .Journey("second", """
                enter: { manual: true, with: { gift: number } }
                steps:
                  - { name: give, award: entry.gift }
                """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await world.SettleAsync();

        var run = Assert.Single(await RunsAsync(world), static run => run.Run.Journey == "second");
        Assert.Equal(10m, Assert.IsType<AttributeValue.Number>(run.Run.Steps["give"].Values["points"]).Value);
    }

    [Fact]
    public async Task Key_EventAttribute_OneLiveRunPerValueAndReEntered()
    {
        await using var world = await WorldAsync("event: cart.updated, key: event.cart-id, again: after-end", "- { name: rest, wait: 2d }");
        await world.TellAsync(Cart("a", "1", Start));
        await world.TellAsync(Cart("b", "2", Start + Duration.FromMinutes(1)));
        await world.TellAsync(Cart("a", "3", Start + Duration.FromMinutes(2)));
        await world.SettleAsync();
        Assert.Equal(["a", "b"], (await RunsAsync(world)).Select(static run => run.Run.KeyValue).Order(StringComparer.Ordinal));

        await world.PassAsync(Duration.FromDays(3));
        await world.TellAsync(Cart("a", "4", world.Clock.Now));
        await world.SettleAsync();
        Assert.Equal(["a", "a", "b"], (await RunsAsync(world)).Select(static run => run.Run.KeyValue).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("never", 1)]
    [InlineData("after-end", 3)]
    [InlineData("after 10d", 2)]
    public async Task Again_ForEachForm_CountsEntries(string again, int entries)
    {
        await using var world = await WorldAsync($"event: order.paid, again: {again}");
        for (var order = 1; order <= 3; order++)
        {
            await world.TellAsync(Tell.Paid("ann@shop.example", order.ToString(System.Globalization.CultureInfo.InvariantCulture), 20, world.Clock.Now));
            await world.PassAsync(Duration.FromDays(6));
        }

        Assert.Equal(entries, (await RunsAsync(world)).Count);
    }

    [Theory]
    [InlineData("ignore", "1", null, 1)]
    [InlineData("restart", "2", "restarted", 2)]
    [InlineData("refresh", "2", null, 1)]
    public async Task IfInside_ForEachForm_SaysWhatATriggerDoes(string ifInside, string seenOrder, string? oldOutcome, int runs)
    {
        await using var world = await WorldAsync($"event: order.paid, if-inside: {ifInside}", "- { name: rest, wait: 20d }");
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
        await world.PassAsync(Duration.FromDays(1));
        await world.TellAsync(Tell.Paid("ann@shop.example", "2", 20, world.Clock.Now));
        await world.SettleAsync();

        var all = await RunsAsync(world);
        Assert.Equal(runs, all.Count);
        var live = Assert.Single(all, static run => run.Run.Outcome is null);
        Assert.EndsWith(":" + seenOrder, Text(live.Run.Entry.Attributes["order-id"]), StringComparison.Ordinal);
        Assert.Equal(oldOutcome, all.FirstOrDefault(static run => run.Run.Outcome is not null)?.Run.Outcome);
        Assert.Equal(ifInside == "restart" ? Start + Duration.FromDays(1) : Start, live.Run.EnteredAt);
    }

    [Fact]
    public async Task IfInside_RestartByAnOrderToldLate_TheLaterOrderKeepsItsRun()
    {
        await using var world = await WorldAsync("event: order.paid, if-inside: restart, max-age: 30d", "- { name: rest, wait: 20d }");
        await world.PassAsync(Duration.FromDays(10));
        await world.TellAsync(Tell.Paid("ann@shop.example", "2", 20, world.Clock.Now));
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
        await world.SettleAsync();

        Assert.Equal(Start + Duration.FromDays(10), Assert.Single(await RunsAsync(world)).Run.EnteredAt);
    }

    [Fact]
    public async Task Goal_OfTheLastPassAfterTheRunsEnd_IsCountedBesideThoseOfEarlierPasses()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("trial", """
            enter: { event: customer.signed-up }
            goal: { event: order.paid, within: 8d, per: pass }
            steps:
              - name: twice
                repeat: { at-most: 2, every: 10d, steps: [ { name: rest, wait: 1d } ] }
            """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        foreach (var (day, number) in new[] { (2, "1"), (12, "2"), (13, "3") })
        {
            await world.PassAsync(Start + Duration.FromDays(day) - world.Clock.Now);
            await world.TellAsync(Tell.Paid("ann@shop.example", number, 20, world.Clock.Now));
        }

        var run = Assert.Single(await RunsAsync(world)).Run;
        Assert.True(run.IsFinished);
        Assert.Equal([Start + Duration.FromDays(2), Start + Duration.FromDays(12)], run.Passes.Select(static pass => pass.GoalAt));
    }

    [Theory]
    [InlineData("", 23, 1)]
    [InlineData("", 25, 0)]
    [InlineData("max-age: 3d", 71, 1)]
    [InlineData("max-age: 3d", 73, 0)]
    [InlineData("max-age: 2h", 3, 0)]
    public async Task MaxAge_OlderTrigger_StartsNothing(string maxAge, int hours, int runs)
    {
        await using var world = await WorldAsync("event: order.paid" + (maxAge.Length == 0 ? "" : ", " + maxAge));
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start - Duration.FromHours(hours)));
        await world.SettleAsync();

        Assert.Equal(runs, (await RunsAsync(world)).Count);
    }

    private static ProgramText Journey(string enter, string step = "- { name: done, end: over }") => new ProgramText().Journey("trial", $$"""
        enter: { {{enter}} }
        steps:
          {{step}}
        """);

    private static async Task<EngineWorld> WorldAsync(string enter, string step = "- { name: done, end: over }")
    {
        var world = await EngineWorld.StartAsync(Start, program: Journey(enter, step));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        return world;
    }

    private static string Text(AttributeValue value) => Assert.IsType<AttributeValue.Text>(value).Value;

    private static Task<List<RunDocument>> RunsAsync(EngineWorld world) => world.AllAsync<RunDocument>(Kinds.Run);

    private static CanonicalEvent Cart(string id, string told, Instant at) => new()
    {
        Id = "cart-" + told,
        Source = "shopify:shop.example",
        Type = EventTypes.CartUpdated,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email("ann@shop.example")!.Value],
        Data = new EventData.Cart(id, false, "EUR", 2000, [new EventData.CartLine("TEA", null, "Tea", 1, 2000)]),
    };

    private sealed class NoCheck : IProgramCheck
    {
        public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale) => [];
    }
}
