using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Ledger;

/// <summary>A redemption pays one order: who commits it again for another must not believe that it paid that one.</summary>
public sealed class CommittedRedemptionTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Theory]
    [InlineData("shopify:shop.example:1", "shopify:shop.example:2")]
    [InlineData("shopify:shop.example:1", null)]
    [InlineData(null, "shopify:shop.example:2")]
    public async Task Commit_AgainForAnotherOrder_IsRefused(string? first, string? second)
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (redeem, hold) = await HeldAsync(world);
        Assert.IsType<RedemptionAnswer.Done>(await redeem.CommitAsync(hold, new RedemptionCommitRequest { OrderId = first, ValueMinor = 50 }, "k1"));

        var again = await redeem.CommitAsync(hold, new RedemptionCommitRequest { OrderId = second, ValueMinor = 50 }, "k2");

        Assert.Equal(RefusalCode.KeyConflict, Assert.IsType<RedemptionAnswer.Refused>(again).Code);
        Assert.Equal(first, Assert.Single(await world.AllAsync<RedemptionState>(Kinds.Redemption)).OrderId);
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Commit_AgainForTheSameOrder_IsDone()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (redeem, hold) = await HeldAsync(world);
        var request = new RedemptionCommitRequest { OrderId = "shopify:shop.example:1", ValueMinor = 50 };

        Assert.Equal(await redeem.CommitAsync(hold, request, "k1"), await redeem.CommitAsync(hold, request, "k2"));
    }

    private static async Task<(RedeemPoints Redeem, string Hold)> HeldAsync(EngineWorld world)
    {
        var ann = new Shopper("ann");
        await world.TellAsync(ann.SignUp(ann.Account, world.Clock.Now) with { Identifiers = [ann.Account] });
        var id = (await world.People.OwnerAsync(ann.Account))!;
        await world.Counter.Points.PostAsync(id, "spendable", new LedgerCommand.Adjust("a", 500, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var redeem = world.Counter.Redemptions;
        var held = Assert.IsType<RedemptionAnswer.Done>(await redeem.HoldAsync(new RedemptionRequest { CustomerId = id, Points = 50, Wallet = "spendable" }, "h"));
        return (redeem, held.RedemptionId);
    }
}
