using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using Loyalty.Engine.Tiers;
using NodaTime;

namespace Loyalty.Engine.Tests.Tiers;

/// <summary>A tier that moves in with its owner.</summary>
public sealed class BringStandingTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly Instant Until = Instant.FromUtc(2026, 12, 1, 0, 0);
    private static readonly TierStanding Gold = new() { Tier = "gold", Since = Start - Duration.FromDays(30), Until = Until };

    [Fact]
    public async Task Bring_Tier_IsThereUntilItsEnd()
    {
        await using var world = await StartAsync();
        var use = new BringStanding(world.Store, world.Programs, world.Clock);

        Assert.Null(await use.BringAsync("c1", Gold));
        Assert.Null(await use.BringAsync("c1", Gold));

        var customer = (await world.Store.FindCustomerAsync("c1"))!;
        Assert.Equal(("gold", Gold.Since, (Instant?)Until), (customer.Tier!.Name, (Instant?)customer.Tier.Since, customer.Tier.EndsAt));
        // The customer's own moment is found: at the end nothing holds the tier.
        await world.PassAsync(Until - Start + Duration.FromHours(1));
        Assert.Equal("silver", (await world.Store.FindCustomerAsync("c1"))!.Tier!.Name);
    }

    [Fact]
    public async Task Bring_ToSomebodyErased_IsRefused()
    {
        await using var world = await StartAsync();
        var session = new PartitionSession(world.Store, Keys.CustomerPartition("c1"));
        var customer = (await session.ReadAsync<CustomerState>(Keys.CustomerId))!;
        session.Put(Keys.CustomerId, Kinds.Customer, customer with { Contact = new ContactState { ErasedAt = Start } });
        Assert.True(await session.CommitAsync());

        Assert.Equal(RefusalCode.CustomerErased, await new BringStanding(world.Store, world.Programs, world.Clock).BringAsync("c1", Gold));
    }

    private static async Task<EngineWorld> StartAsync()
    {
        var world = await EngineWorld.StartAsync(
            Start, program: new ProgramText().Program("tiers: { by: spend, window: 365d, levels: [ { tier: silver, from: 100 EUR }, { tier: gold, from: 500 EUR } ] }"));
        await world.Apply.ApplyToAsync("c1", Tell.Paid("c1@example.com", "1", 120, Start), mayStart: true);
        return world;
    }
}
