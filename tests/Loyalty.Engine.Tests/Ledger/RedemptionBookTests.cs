using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Ledger;

/// <summary>A spend in one entry has no document beside it: what it took is told by the entry, until something of it is given back.</summary>
public sealed class RedemptionBookTests
{
    private const string Wallet = "spendable";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);
    private static readonly EntryCause Because = new() { Reason = "goodwill", Actor = "operator" };

    [Fact]
    public async Task Spend_InOneEntry_IsGivenBackInPartsAndNoFurther()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var id = await WithPointsAsync(world, ann, ann.Account, 100);
        await DoneAsync(world, id, new LedgerCommand.Spend("k", 30, Because));
        Assert.Empty(await world.AllAsync<RedemptionState>(Kinds.Redemption));

        await RestoredAsync(world, id, "k", 10, "r1");
        Assert.Equal((30L, 10L), Assert.Single((await world.AllAsync<RedemptionState>(Kinds.Redemption)).Select(static one => (one.Points, one.Restored))));
        await RestoredAsync(world, id, "k", 10, "r1");
        await RestoredAsync(world, id, "k", 20, "r2");

        Assert.Equal(new PointsAnswer.Refused(RefusalCode.ExceedsRedemption), await RestoreAsync(world, id, "k", 1, "r3"));
        Assert.Equal(100, await AvailableAsync(world, id));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Restore_MoreThanTheEntryTook_IsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var id = await WithPointsAsync(world, ann, ann.Account, 100);
        await DoneAsync(world, id, new LedgerCommand.Spend("k", 30, Because));

        Assert.Equal(new PointsAnswer.Refused(RefusalCode.ExceedsRedemption), await RestoreAsync(world, id, "k", 31, "r1"));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.NotFound), await RestoreAsync(world, id, "unknown", 1, "r2"));
        Assert.Equal(70, await AvailableAsync(world, id));
    }

    [Theory]
    [InlineData("gift")]
    [InlineData("hold")]
    public async Task Restore_KeyOfAnEntryThatIsNoSpend_IsNotFound(string key)
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var id = await WithPointsAsync(world, ann, ann.Account, 100);
        await DoneAsync(world, id, new LedgerCommand.Adjust("gift", 5, null, Because));
        await DoneAsync(world, id, new LedgerCommand.Hold("hold", 5, Start + Duration.FromMinutes(15), Because));

        Assert.Equal(new PointsAnswer.Refused(RefusalCode.NotFound), await RestoreAsync(world, id, key, 1, "r1"));
    }

    [Fact]
    public async Task Hold_Committed_IsGivenBack()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var id = await WithPointsAsync(world, ann, ann.Account, 100);
        await DoneAsync(world, id, new LedgerCommand.Hold("h", 30, Start + Duration.FromMinutes(15), Because));
        await DoneAsync(world, id, new LedgerCommand.Commit("c", "h", Because));

        await RestoredAsync(world, id, "h", 30, "r1");
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.ExceedsRedemption), await RestoreAsync(world, id, "h", 1, "r2"));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Spend_OverMoreLotsThanAnEntryHolds_KeepsItsDocument()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var id = await WithPointsAsync(world, ann, ann.Account, 1);
        for (var lot = 0; lot < LedgerLimits.LotsPerEntry + 5; lot++) await DoneAsync(world, id, new LedgerCommand.Adjust($"lot-{lot}", 1, null, Because));
        var available = await AvailableAsync(world, id);
        await DoneAsync(world, id, new LedgerCommand.Spend("k", available, Because));

        await RestoredAsync(world, id, "k", available, "r1");
        Assert.Equal(available, await AvailableAsync(world, id));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Restore_AfterAMerge_FindsWhatTheAbsorbedPersonSpentOnceAllOfItHasArrived()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var guest = await WithPointsAsync(world, ann, ann.Email, 50);
        await world.PassAsync(Duration.FromHours(1));
        var account = await WithPointsAsync(world, ann, ann.Account, 50);
        await DoneAsync(world, account, new LedgerCommand.Spend("whole", 10, Because));
        await DoneAsync(world, account, new LedgerCommand.Spend("part", 10, Because));
        await RestoredAsync(world, account, "part", 4, "r0");
        await world.TellAsync(ann.Both(world.Clock.Now));
        Assert.Equal(guest, await world.Queries.FindAsync(account));
        var before = await AvailableAsync(world, guest);

        // Under way: what was given back of it may not have arrived.
        await SetDoneAsync(world, guest, account, isDone: false);
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.NotFound), await RestoreAsync(world, guest, "whole", 1, "r1"));
        await SetDoneAsync(world, guest, account, isDone: true);

        await RestoredAsync(world, guest, "whole", 10, "r2");
        await RestoredAsync(world, guest, "part", 6, "r3");
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.ExceedsRedemption), await RestoreAsync(world, guest, "part", 1, "r4"));
        Assert.Equal(before + 16, await AvailableAsync(world, guest));
        await world.CheckBooksAsync();
    }

    private static async Task<string> WithPointsAsync(EngineWorld world, Shopper shopper, Core.Events.Identifier by, long points)
    {
        await world.TellAsync(shopper.SignUp(by, world.Clock.Now) with { Identifiers = [by] });
        var id = (await world.People.OwnerAsync(by))!;
        var had = await AvailableAsync(world, id);
        if (had > 0) await DoneAsync(world, id, new LedgerCommand.Spend("away", had, Because));
        await DoneAsync(world, id, new LedgerCommand.Adjust("points-" + id, points, null, Because));
        return id;
    }

    private static async Task DoneAsync(EngineWorld world, string id, LedgerCommand command) =>
        Assert.IsType<PointsAnswer.Done>(await world.Counter.Points.PostAsync(id, Wallet, command));

    private static Task<PointsAnswer> RestoreAsync(EngineWorld world, string id, string redemption, long points, string key) =>
        world.Counter.Points.RestoreAsync(id, Wallet, redemption, points, key, Because);

    private static async Task RestoredAsync(EngineWorld world, string id, string redemption, long points, string key) =>
        Assert.IsType<PointsAnswer.Done>(await RestoreAsync(world, id, redemption, points, key));

    private static async Task<long> AvailableAsync(EngineWorld world, string id) =>
        (await world.Queries.GetAsync(id))!.Wallets.FirstOrDefault(static one => one.Name == Wallet)?.Balances.Available ?? 0;

    private static async Task SetDoneAsync(EngineWorld world, string survivor, string absorbed, bool isDone)
    {
        var stored = (await world.Store.ReadAsync(Keys.CustomerPartition(survivor), Keys.Absorbed(absorbed)))!;
        var body = LoyaltyJson.WriteDocument(LoyaltyJson.Read<AbsorbedPerson>(stored.Body.Span) with { IsDone = isDone });
        Assert.True((await world.Store.CommitAsync(stored.Partition, [new DocumentWrite.Replace(stored.Id, stored.ETag, stored.Kind, body)])).IsCommitted);
    }
}
