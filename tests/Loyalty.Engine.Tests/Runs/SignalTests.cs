using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>Every signal of program.yaml, with values of its own: a journey begins at its moment, on the real use cases.</summary>
public sealed class SignalTests
{
    /// <summary>A Monday, noon in Sofia.</summary>
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public Task CartAbandoned_AfterTwoHours_BeginsThen() => BeginsAsync(
        "cart-abandoned: { after: 2h }", "cart.abandoned", "", Start + Duration.FromHours(2), world => world.TellAsync(Cart("k", Start)));

    [Fact]
    public Task ReorderDue_AfterOneOrder_BeginsAfterTheDeclaredDays() => BeginsAsync(
        "reorder-due: { after-one-order: 12d, at-least: 7d, at-most: 20d }", "customer.reorder-due", "", Start + Duration.FromDays(12), world => world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start)));

    [Fact]
    public Task ReorderDue_RhythmBelowAtLeast_BeginsAtTheBound() => BeginsAsync(
        "reorder-due: { after-one-order: 90d, at-least: 7d, at-most: 20d }",
        "customer.reorder-due",
        "",
        Start + Duration.FromDays(2) + Duration.FromDays(7),
        async world =>
        {
            await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
            await world.PassAsync(Duration.FromDays(2));
            await world.TellAsync(Tell.Paid("ann@shop.example", "2", 20, world.Clock.Now));
        });

    [Fact]
    public Task Inactive_AfterTheDeclaredDays_BeginsThen() => BeginsAsync(
        "inactive: { after: 15d, intervals: 2, at-least: 10d }", "customer.inactive", "", Start + Duration.FromDays(15), world => world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start)));

    [Fact]
    public Task PointsExpiring_DeclaredDaysBefore_BeginsThen() => BeginsAsync(
        "points-expiring: { before: [4d] }",
        "points.expiring",
        "earning: [ { rule: hello, event: customer.signed-up, points: 100, expires: 10d } ]",
        null,
        static _ => Task.CompletedTask,
        at => Assert.InRange(at, Start + Duration.FromDays(5), Start + Duration.FromDays(7)));

    [Fact]
    public Task Birthday_DaysBeforeAtTheClockTime_BeginsThen() => BeginsAsync(
        "birthday: { before: 3d, at: \"08:00\" }",
        "customer.birthday",
        "",
        new LocalDateTime(2026, 3, 7, 8, 0).InZoneLeniently(DateTimeZoneProviders.Tzdb["Europe/Sofia"]).ToInstant(),
        world => world.TellAsync(About("born", EventTypes.CustomerUpdated, Start, new EventData.Person { Birthday = new LocalDate(1990, 3, 10) })));

    [Theory]
    [InlineData("cart-abandoned: { after: never }", "cart.abandoned")]
    [InlineData("reorder-due: { after-one-order: never }", "customer.reorder-due")]
    [InlineData("inactive: { after: never }", "customer.inactive")]
    public async Task Signal_SwitchedOff_BeginsNothing(string signal, string type)
    {
        await using var world = await WorldAsync(signal, type, "");
        await world.TellAsync(Cart("k", Start));
        await world.TellAsync(Tell.Paid("ann@shop.example", "1", 20, Start));
        await world.PassAsync(Duration.FromDays(100));

        Assert.Empty(await world.AllAsync<RunDocument>(Kinds.Run));
    }

    private static async Task BeginsAsync(
        string signal, string type, string program, Instant? expected, Func<EngineWorld, Task> tell, Action<Instant>? check = null)
    {
        await using var world = await WorldAsync(signal, type, program);
        await tell(world);
        await world.PassAsync(Duration.FromDays(30));

        var run = Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run)).Run;
        Assert.Equal((type, "noticed"), (run.Entry.Type, run.Outcome));
        if (expected is { } at) Assert.Equal(at, run.EnteredAt);
        check?.Invoke(run.EnteredAt);
    }

    private static async Task<EngineWorld> WorldAsync(string signal, string type, string program)
    {
        var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program("signals: { " + signal + " }").Program(program).Journey("notice", $$"""
            enter: { event: {{type}} }
            steps:
              - { name: done, end: noticed }
            """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        return world;
    }

    private static CanonicalEvent Cart(string id, Instant at) =>
        About("cart-" + id, EventTypes.CartUpdated, at, new EventData.Cart(id, false, "EUR", 2000, [new EventData.CartLine("TEA", null, "Tea", 1, 2000)]));

    private static CanonicalEvent About(string id, string type, Instant at, EventData data) => new()
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email("ann@shop.example")!.Value],
        Data = data,
    };
}
