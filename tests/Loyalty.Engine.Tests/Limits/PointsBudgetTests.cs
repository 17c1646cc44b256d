using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Limits;

/// <summary>A budget of points over all customers: never exceeded, nothing of it lost.</summary>
public sealed class PointsBudgetTests
{
    private const int Budget = 1000;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText().Program("""
        earning:
          - { rule: per-euro, event: order.paid, per-amount: 1, cap: { budget: 1000 } }
          - { rule: plain, event: order.paid, per-amount: 0.5, cap: { lifetime: 500 } }
          - { rule: hello, event: customer.signed-up, points: 10, cap: { budget: 25 } }
        """);

    [Fact]
    public async Task Orders_ManyAtOnce_ExactlyTheBudget()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => world.Apply.ApplyToAsync($"c{i}", Tell.Paid($"c{i}@example.com", $"{i}", 33, Start), mayStart: true))));

        var entries = await GrantsAsync(world, "per-euro");
        Assert.Equal(Budget, entries.Sum(static entry => entry.Points));
        Assert.Equal(0, await LeftAsync(world));
        // All but a few got all they asked for, and only what was cut says so.
        Assert.True(entries.Count(static entry => entry.Points == 33) >= 22, string.Join(' ', entries.Select(static entry => entry.Points)));
        Assert.All(entries, static entry => Assert.Equal(entry.Points < 33 ? "budget 1000" : null, entry.Cause.CappedBy));
        // The rule without a budget gives as always.
        Assert.All(await GrantsAsync(world, "plain"), static entry => Assert.InRange(entry.Points, 16, 17));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Order_ToldAgainRefundedAndEditedUp_TakesOnceAndFreesNothing()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var order = Tell.Paid("ann@example.com", "1", 300, Start);
        await world.TellAsync(order);
        world.ForgetMessageIds();
        await world.TellAsync(order);
        Assert.Equal(Budget - 300, await LeftAsync(world));

        await world.TellAsync(Tell.Refund("1", "r1", 100, Start));
        Assert.Equal(Budget - 300, await LeftAsync(world));

        var more = ((EventData.Order)order.Data).Snapshot with { UpdatedAt = Start + Duration.FromMinutes(1) };
        more = more with { Lines = [more.Lines[0] with { NetMinor = 90_000 }] };
        await world.TellAsync(order with { Id = "edited", Type = EventTypes.OrderUpdated, Data = new EventData.Order(more) });
        Assert.Equal(Budget - 300, await LeftAsync(world));
        var entries = (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Where(static entry => entry.Cause.RuleId == "per-euro").ToList();
        Assert.Equal(300, entries.Sum(static entry => entry.Type == EntryType.Grant ? entry.Points : -entry.Points));
        Assert.Contains(entries, static entry => entry.Cause is { CappedBy: "budget", Revision: not "sale" });
    }

    [Fact]
    public async Task SignUps_BeyondTheBudget_GetTheRestAndThenNothing()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        for (var i = 0; i < 4; i++) await world.TellAsync(Tell.SignUp($"c{i}@example.com", Start));

        Assert.Equal([10, 10, 5], (await GrantsAsync(world, "hello")).Select(static entry => entry.Points).OrderDescending());
    }

    [Fact]
    public async Task Explore_Budget_ShowsWhatIsLeftAndWhyNothing()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var explore = new ExplorePoints(world.Queries, world.Programs, world.Counter.Budgets, world.Clock);
        var request = new ExploreRequest { Lines = [new ExploreLine { NetMinor = 40_000 }] };
        await world.TellAsync(Tell.Paid("ann@example.com", "1", 700, Start));

        var partly = (await explore.ExploreAsync(request))!.Rules.Single(static rule => rule.RuleId == "per-euro");
        Assert.Equal((300, 300, "budget 1000", null), (partly.Points, partly.Allowance, partly.CappedBy, partly.Reason));
        Assert.Equal(Budget - 700, await LeftAsync(world));

        await world.TellAsync(Tell.Paid("ben@example.com", "2", 700, Start));
        var nothing = (await explore.ExploreAsync(request))!.Rules.Single(static rule => rule.RuleId == "per-euro");
        Assert.Equal((0, EarningReasons.BudgetReached), (nothing.Points, nothing.Reason));
    }

    [Fact]
    public async Task Order_CutAtEveryCall_WhatIsTakenIsWhatIsGrantedAfterTenMinutes()
    {
        for (var calls = 0; ; calls++)
        {
            FaultyStore? store = null;
            await using var world = await EngineWorld.StartAsync(Start, program: Program, around: inner => store = new FaultyStore(inner));
            await world.TellAsync(Tell.SignUp("ann@example.com", Start));
            store!.CutAfter(calls, isAfter: calls % 2 == 1);
            var order = Tell.Paid("ann@example.com", "1", 300, Start);
            var isWhole = await TryAsync(() => world.Apply.ApplyAsync(order, mayStart: true));
            store.Mend();
            await world.PassAsync(Duration.FromMinutes(12));
            var granted = (await GrantsAsync(world, "per-euro")).Sum(static entry => entry.Points);
            Assert.Equal(Budget - granted, await LeftAsync(world));

            await world.Apply.ApplyAsync(order, mayStart: true);
            await world.PassAsync(Duration.FromMinutes(12));
            Assert.Equal(300, (await GrantsAsync(world, "per-euro")).Sum(static entry => entry.Points));
            Assert.Equal(Budget - 300, await LeftAsync(world));
            if (isWhole) return;
        }
    }

    [Fact]
    public async Task Settle_CustomerMergedBeforeTheTakeWasConfirmed_ItStaysTaken()
    {
        FaultyStore? store = null;
        await using var world = await EngineWorld.StartAsync(Start, program: Program, around: inner => store = new FaultyStore(inner));
        var ann = new Shopper("ann");
        await world.TellAsync(ann.SignUp(ann.Account, Start));
        world.Clock.Now = Start + Duration.FromMinutes(1);
        await world.TellAsync(ann.SignUp(ann.Email, world.Clock.Now));
        var order = ann.Paid([ann.Email], "1", 300, world.Clock.Now, "EUR");
        for (var calls = 0; (await GrantsAsync(world, "per-euro")).Count == 0; calls++)
        {
            store!.CutAfter(calls, isAfter: true);
            await TryAsync(() => world.Apply.ApplyAsync(order, mayStart: true));
            store.Mend();
        }

        Assert.Contains(await world.AllAsync<LimitTake>(Kinds.LimitTake), static take => take is { IsOpen: true, Wanted: 300 });
        await world.TellAsync(ann.Both(world.Clock.Now));
        await world.PassAsync(Duration.FromMinutes(30));

        Assert.Equal(Budget - 300, await LeftAsync(world));
        Assert.DoesNotContain(await world.AllAsync<LimitTake>(Kinds.LimitTake), static take => take.IsOpen);
    }

    private static async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static Task<long> LeftAsync(EngineWorld world) => world.Counter.Limits.LeftAsync(SharedLimits.PointsOf("per-euro"), Budget);

    private static async Task<List<LedgerEntry>> GrantsAsync(EngineWorld world, string rule) =>
        [.. (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Where(entry => entry.Cause.RuleId == rule && entry.Type == EntryType.Grant)];
}
