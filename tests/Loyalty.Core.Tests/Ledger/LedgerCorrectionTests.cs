using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerCorrectionTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 0, 0);
    private static readonly EntryCause Because = new() { Reason = "test" };
    private static readonly EntryCause Correction = new() { Reason = "goodwill", Actor = "ann" };

    [Fact]
    public void Restore_InParts_ReturnsTheLotUsedLastFirst()
    {
        var book = new TestBook();
        book.Grant("a", 100, expiresAt: Day + Duration.FromDays(10));
        book.Grant("b", 100);
        var redemption = Spend(book, "s", 150);
        book.Do(new LedgerCommand.Restore("r1", redemption, 60, Grace, Because));
        Assert.Equal((10, 100), (book.Lot("a").Available, book.Lot("b").Available));
        redemption = redemption.AfterRestore(60);
        Assert.Equal(RefusalCode.ExceedsRedemption, book.Refused(new LedgerCommand.Restore("r2", redemption, 91, Grace, Because)));
        Assert.Equal(RefusalCode.InvalidAmount, book.Refused(new LedgerCommand.Restore("r2", redemption, 0, Grace, Because)));
        book.Do(new LedgerCommand.Restore("r2", redemption, 90, Grace, Because));
        Assert.Equal((100, 100, 0), (book.Lot("a").Available, book.Lot("b").Available, book.Wallet.Balances.Spent));
        Assert.Equal("s", book.Entries[^1].Cause.RedemptionId);
        book.Check();
    }

    [Fact]
    public void Restore_IntoALotThatWasReturnedMeanwhile_PaysItsClaimFirst()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        var redemption = Spend(book, "s", 80);
        book.Reverse("r", 100, "a");
        Assert.Equal(80, book.Lot("a").Claim);
        book.Do(new LedgerCommand.Restore("x", redemption, 80, Grace, Because));
        Assert.Equal((0, 0, 100), (book.Wallet.Balances.Available, book.Lot("a").Claim, book.Wallet.Balances.Reversed));
        book.Check();
    }

    [Fact]
    public void Restore_WithArrears_RepaysThem()
    {
        var book = new TestBook(ReturnPolicy.Negative);
        book.Grant("a", 100);
        var redemption = Spend(book, "s", 100);
        book.Reverse("r", 100, "a");
        Assert.Equal(-100, book.Wallet.Balances.Arrears);
        book.Do(new LedgerCommand.Restore("x", redemption, 100, Grace, Because));
        Assert.Equal((0, 0), (book.Wallet.Balances.Arrears, book.Wallet.Balances.Available));
        book.Check();
    }

    [Fact]
    public void Restore_IntoALotThatEnded_GivesGraceOnce()
    {
        var book = new TestBook();
        book.Grant("a", 100, expiresAt: Day + Duration.FromDays(1));
        var redemption = Spend(book, "s", 100);
        book.Now = Day + Duration.FromDays(5);
        book.Do(new LedgerCommand.Restore("r1", redemption, 40, book.Now + Duration.FromDays(30), Because));
        Assert.Equal((40, book.Now + Duration.FromDays(30)), (book.Wallet.Balances.Available, book.Lot("a").ExpiresAt));
        Assert.Equal(new LotEnd(book.LotId("a"), book.Now + Duration.FromDays(30)), Assert.Single(book.Entries[^1].Extended!.Value));
        book.Now = Day + Duration.FromDays(36);
        book.Do(new LedgerCommand.Restore("r2", redemption.AfterRestore(40), 60, book.Now + Duration.FromDays(30), Because));
        Assert.Equal((0, 100), (book.Wallet.Balances.Available, book.Wallet.Balances.Expired));
        book.Check();
    }

    [Fact]
    public void Adjust_UpAndDown_OpensALotAndTakesWhatEndsFirst()
    {
        var book = new TestBook();
        book.Grant("a", 100, expiresAt: Day + Duration.FromDays(1));
        book.Do(new LedgerCommand.Adjust("up", 50, null, Correction));
        book.Do(new LedgerCommand.Adjust("down", -120, null, Correction));
        Assert.Equal((30, 120, -150), (book.Wallet.Balances.Available, book.Wallet.Balances.Adjusted, book.Wallet.Balances.Issued));
        Assert.Equal(("ann", "goodwill"), (book.Entries[^1].Cause.Actor, book.Entries[^1].Cause.Reason));
        Assert.Equal(RefusalCode.InsufficientPoints, book.Refused(new LedgerCommand.Adjust("x", -31, null, Correction)));
        Assert.Equal(RefusalCode.InvalidAmount, book.Refused(new LedgerCommand.Adjust("x", 0, null, Correction)));
        Assert.Equal(RefusalCode.InvalidField, book.Refused(new LedgerCommand.Adjust("x", 1, null, Correction with { Actor = " " })));
        Assert.Equal(RefusalCode.InvalidField, book.Refused(new LedgerCommand.Adjust("x", 1, null, Because)));
        book.Check();
    }

    [Fact]
    public void Extend_SlidingLots_EndLaterAndNeverSooner()
    {
        var book = new TestBook();
        book.Do(new LedgerCommand.Grant("slides", 10, Day, Day + Duration.FromDays(30), Because) { SlidingDays = 30 });
        book.Do(new LedgerCommand.Grant("fixed", 10, Day, Day + Duration.FromDays(30), Because));
        book.Do(new LedgerCommand.Extend("e1", [new SlidingEnd(30, Day + Duration.FromDays(50))], Because));
        book.Do(new LedgerCommand.Extend("e2", [new SlidingEnd(30, Day + Duration.FromDays(40))], Because));
        Assert.Equal((Day + Duration.FromDays(50), Day + Duration.FromDays(30)), (book.Lot("slides").ExpiresAt, book.Lot("fixed").ExpiresAt));
        Assert.Equal(EntryType.Extend, book.Entries[^1].Type);
        Assert.Equal("e1", book.Entries[^1].Key);
        book.Now = Day + Duration.FromDays(50);
        book.Do(new LedgerCommand.Extend("e3", [new SlidingEnd(30, Day + Duration.FromDays(80))], Because));
        Assert.Equal(20, book.Wallet.Balances.Expired);
        book.Check();
    }

    [Theory]
    [InlineData(ReturnPolicy.WithinBalance)]
    [InlineData(ReturnPolicy.Negative)]
    public void Join_WholeWallet_KeepsEverySumAndEveryReturn(ReturnPolicy policy)
    {
        var from = new TestBook(policy, "c2");
        from.Grant("a", 100, expiresAt: Day + Duration.FromDays(10));
        from.Grant("b", 50, availableAt: Day + Duration.FromDays(3));
        var redemption = Spend(from, "s", 70);
        from.Reverse("r", 40, "a");
        var lots = from.Wallet.Lots.Select(static lot => lot.LotId).ToArray();
        from.Grant("c", 60);
        from.Do(new LedgerCommand.Hold("h", 20, Day + Duration.FromMinutes(10), Because));
        var (moved, own) = (from.Wallet.Balances, new TestBook(policy));
        own.Grant("own", 5);

        own.Absorb(from);

        own.Check();
        Assert.Equal(moved with { Issued = moved.Issued - 5, Available = moved.Available + 5 }, own.Wallet.Balances);
        // The reservation is released, the order's return finds its lots, the redemption its own.
        own.Do(new LedgerCommand.Release("back", "h", Because));
        own.Do(new LedgerCommand.Reverse("r2", 110, [.. lots], Because));
        own.Do(new LedgerCommand.Restore("x", redemption, 70, Grace, Because));
        own.Check();
        Assert.Equal(RefusalCode.ExceedsGrant, own.Refused(new LedgerCommand.Reverse("r3", 1, [.. lots], Because)));
    }

    [Fact]
    public void Grant_ManyLotsOfOneEnd_KeepsTheDocumentBounded()
    {
        var book = new TestBook();
        for (var i = 0; i < 2000; i++) book.Grant($"g{i}", 1 + i % 3, expiresAt: i % 2 == 0 ? null : Day + Duration.FromDays(9));
        Assert.InRange(book.Wallet.Lots.Length, 1, LedgerLimits.OpenLots + LedgerLimits.EndedLotsKept + 1);
        Assert.Equal(Enumerable.Range(0, 2000).Sum(static i => 1 + i % 3), book.Wallet.Balances.Available);
        book.Check();
    }

    [Fact]
    public void Reverse_LotThatWasConsolidated_IsTakenWhereItsPointsWent()
    {
        var book = new TestBook();
        var retired = new List<LotState>();
        book.Retired = retired.AddRange;
        book.Grant("soon", 40, expiresAt: Day + Duration.FromDays(1));
        for (var i = 0; i < 400; i++) book.Grant($"g{i}", 10, expiresAt: Day + Duration.FromDays(9));
        var lot = retired.Single(lot => lot.LotId == book.LotId("g0"));
        Assert.NotNull(lot.MergedInto);
        book.Recall([lot]);
        book.Reverse("r", 10, "g0");
        Assert.Equal(lot.MergedInto, book.Entries[^1].Postings[0].LotId);
        Assert.Equal(40, book.Lot("soon").Available);
        book.Check();
    }

    [Fact]
    public void Reverse_LotThatLeftTheDocument_IsExactAfterRecall()
    {
        var book = new TestBook(ReturnPolicy.Negative);
        var retired = new List<LotState>();
        book.Retired = retired.AddRange;
        for (var i = 0; i < 150; i++)
        {
            book.Grant($"g{i}", 10);
            book.Do(new LedgerCommand.Spend($"s{i}", 10, Because));
        }

        var lot = retired.First(lot => lot.LotId == book.LotId("g0"));
        book.Recall([lot]);
        book.Reverse("r", 10, "g0");
        Assert.Equal(-10, book.Wallet.Balances.Arrears);
        Assert.Equal(0, retired.Last(lot => lot.LotId == book.LotId("g0")).Claim);
        book.Check();
    }

    private static Instant Grace => Day + Duration.FromDays(30);

    private static RedemptionState Spend(TestBook book, string key, long points)
    {
        book.Do(new LedgerCommand.Spend(key, points, Because));
        return RedemptionState.Of(book.Entries, key)!;
    }
}
