using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>An event is recognized wherever it is noted that it was applied: with its order, in a document of its own, with a person who was absorbed.</summary>
public sealed class EventMarkerTests
{
    private const string Ann = "ann@example.com";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static CanonicalEvent Dollars
    {
        get
        {
            var paid = Tell.Paid(Ann, "1001", 80, Start);
            return paid with { Data = new EventData.Order(((EventData.Order)paid.Data).Snapshot with { Currency = "USD" }) };
        }
    }

    [Fact]
    public async Task ApplyAsync_OrderToldMoreOftenThanItsDocumentKeeps_EveryRedeliveryIsRecognized()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Tell.SignUp(Ann, Start));
        var told = Enumerable.Range(0, AppliedEvents.Limit + 4).Select(static i => Dollars with { Id = $"update-{i}" }).ToList();
        foreach (var e in told) Assert.IsType<ApplyOutcome.Applied>(await world.Apply.ApplyAsync(e, mayStart: true));
        foreach (var e in told) Assert.IsType<ApplyOutcome.AppliedBefore>(await world.Apply.ApplyAsync(e, mayStart: true));
        var order = Assert.Single(await world.AllAsync<OrderState>(Kinds.Order));
        Assert.Equal(AppliedEvents.Limit, order.Applied!.Events.Length);
        Assert.Equal(4, (await world.AllAsync<EventMarker>(Kinds.Marker)).Count(static marker => marker.Type == EventTypes.OrderPaid));
        Assert.Equal(80, (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Where(static entry => entry.Cause.OrderId is not null).Sum(static entry => entry.Points));
    }

    [Fact]
    public async Task ApplyAsync_OrderEvent_RedeliveryTellsTheSameAgain()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Tell.SignUp(Ann, Start));
        await world.SettleAsync();
        var applied = Assert.IsType<ApplyOutcome.Applied>(await world.Apply.ApplyAsync(Tell.Paid(Ann, "1001", 80, Start), mayStart: true));
        var again = Assert.IsType<ApplyOutcome.AppliedBefore>(await world.Apply.ApplyAsync(Tell.Paid(Ann, "1001", 80, Start), mayStart: true));
        Assert.NotEmpty(applied.Announcements);
        Assert.Equal(applied.Announcements, again.Announcements);
    }

    [Fact]
    public void With_OlderThanItIsKept_MakesRoom()
    {
        var keep = Duration.FromDays(90);
        var full = AppliedEvents.None;
        for (var i = 0; i <= AppliedEvents.Limit; i++) full = full.With(new AppliedEvent($"marker-{i}", "order.updated", Start), keep).Next;
        Assert.Equal(AppliedEvents.Limit, full.Events.Length);
        Assert.Equal(Start, full.ElsewhereAt);
        var (next, isHere) = full.With(new AppliedEvent("marker-late", "order.updated", Start + keep), keep);
        Assert.True(isHere);
        Assert.Null(next.ElsewhereAt);
        Assert.Equal("marker-late", Assert.Single(next.Events).Key);
    }

    [Fact]
    public async Task OwnerOrWaitAsync_BeforeAndAfterTheOrder_OneOfTheTwoSeesTheOther()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var people = new PersonResolver(world.Store, world.Clock);
        var order = Keys.OrderIdentifier("shopify:shop.example:1001");
        var refund = new EventReference("m1", "s1");
        Assert.Null(await people.OwnerOrWaitAsync(order, refund));
        Assert.Null(await people.OwnerOrWaitAsync(order, refund));
        var resolution = await people.ResolveAsync(Tell.Paid(Ann, "1001", 80, Start));
        Assert.Equal(refund, Assert.Single(resolution.Waiting));
        Assert.Equal(resolution.People[0], await people.OwnerOrWaitAsync(order, new EventReference("m2", "s2")));
        await people.ForgetWaitingAsync(order, resolution.Waiting);
        Assert.Empty((await people.ResolveAsync(Tell.Paid(Ann, "1001", 80, Start))).Waiting);
        Assert.Equal(resolution.People[0], await people.OwnerAsync(order));
    }

    [Fact]
    public async Task OwnerOrWaitAsync_TooManyWait_TheNextComesBackLater()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var people = new PersonResolver(world.Store, world.Clock);
        var order = Keys.OrderIdentifier("shopify:shop.example:1001");
        for (var i = 0; i < IdentifierOwner.WaitingLimit; i++) await people.OwnerOrWaitAsync(order, new EventReference($"m{i}", "s"));
        await Assert.ThrowsAsync<ContentionException>(() => people.OwnerOrWaitAsync(order, new EventReference("one-more", "s")));
    }
}
