using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerDeciderTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 0, 0);
    private static readonly EntryCause Because = new() { Reason = "test" };

    [Fact]
    public void Spend_SeveralLots_TakesWhatEndsFirstThenWhatWasGrantedFirst()
    {
        var book = new TestBook();
        book.Grant("never", 100);
        book.Grant("late", 100, expiresAt: Day + Duration.FromDays(90));
        book.Grant("soon", 100, expiresAt: Day + Duration.FromDays(10));
        book.Grant("never-2", 100);
        book.Do(new LedgerCommand.Spend("s", 250, Because));
        Assert.Equal(["soon", "late", "never"], book.Entries[^1].Postings.Select(posting => book.NameOf(posting.LotId)));
        Assert.Equal(150, book.Wallet.Balances.Available);
        book.Check();
    }

    [Fact]
    public void Spend_MoreThanAvailable_IsRefusedAndChangesNothing()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        book.Grant("b", 100, availableAt: Day + Duration.FromDays(1));
        Assert.Equal(RefusalCode.InsufficientPoints, book.Refused(new LedgerCommand.Spend("s", 101, Because)));
        Assert.Equal(RefusalCode.InvalidAmount, book.Refused(new LedgerCommand.Spend("s", 0, Because)));
        Assert.Equal(RefusalCode.InvalidAmount, book.Refused(new LedgerCommand.Grant("g", long.MaxValue, Day, null, Because)));
        Assert.Equal(100, book.Wallet.Balances.Available);
    }

    [Fact]
    public void Advance_OneMidnight_ActivatesThenExpires()
    {
        var midnight = Day + Duration.FromDays(5);
        var book = new TestBook();
        book.Grant("both", 10, availableAt: midnight, expiresAt: midnight);
        book.Grant("ends", 20, expiresAt: midnight);
        book.Grant("begins", 40, availableAt: midnight);
        book.Now = midnight;
        book.Advance();
        Assert.Equal([EntryType.Activate, EntryType.Expire], book.Entries.Skip(3).Select(static entry => entry.Type));
        Assert.Equal(["both", "begins"], book.Entries[3].Postings.Select(posting => book.NameOf(posting.LotId)));
        Assert.Equal(["both", "ends"], book.Entries[4].Postings.Select(posting => book.NameOf(posting.LotId)));
        Assert.Equal((40, 30), (book.Wallet.Balances.Available, book.Wallet.Balances.Expired));
        Assert.All(book.Entries.Skip(3), entry => Assert.Equal(midnight, entry.At));
        book.Check();
    }

    [Fact]
    public void Spend_OneTickBeforeMidnight_StillUsesTheLotAndAtMidnightNoMore()
    {
        var midnight = Day + Duration.FromDays(5);
        var book = new TestBook();
        book.Grant("a", 10, expiresAt: midnight);
        book.Now = midnight - Duration.Epsilon;
        book.Do(new LedgerCommand.Spend("s", 4, Because));
        book.Now = midnight;
        Assert.Equal(RefusalCode.InsufficientPoints, book.Refused(new LedgerCommand.Spend("t", 1, Because)));
        book.Advance();
        Assert.Equal((0, 6, 4), (book.Wallet.Balances.Available, book.Wallet.Balances.Expired, book.Wallet.Balances.Spent));
    }

    [Fact]
    public void Spend_OverMoreThanSixtyEnds_IsSeveralEntriesOfAtMostSixty()
    {
        var book = new TestBook();
        for (var i = 0; i < 130; i++) book.Grant($"g{i}", 1, expiresAt: Day + Duration.FromDays(i + 1));
        book.Do(new LedgerCommand.Spend("s", 130, Because));
        Assert.Equal([60, 60, 10], book.Entries.TakeLast(3).Select(static entry => entry.Postings.Length));
        Assert.Equal(["s", "s#2", "s#3"], book.Entries.TakeLast(3).Select(static entry => entry.Key));
        Assert.Equal(130, RedemptionState.Of(book.Entries, "s")!.Points);
        book.Check();
        Assert.Equal(LedgerLimits.EndedLotsKept, book.Wallet.Lots.Length);
    }

    [Fact]
    public void Spend_OverMoreThanSixtyLotsOfOneEnd_ConsolidatesTheOldestFirst()
    {
        var book = new TestBook();
        for (var i = 0; i < 130; i++) book.Grant($"g{i}", 1);
        book.Do(new LedgerCommand.Spend("s", 130, Because));
        Assert.Equal([EntryType.Consolidate, EntryType.Consolidate, EntryType.Spend], book.Entries.TakeLast(3).Select(static entry => entry.Type));
        Assert.All(book.Entries, static entry => Assert.InRange(entry.Postings.Length, 1, LedgerLimits.LotsPerEntry));
        Assert.Equal(2 + LedgerLimits.RecentLotsKept, book.Entries[^1].Postings.Length);
        book.Check();
    }

    [Theory]
    [InlineData(ReturnPolicy.OnlyPending, 30, 50, 0, 100)]
    [InlineData(ReturnPolicy.WithinBalance, 0, 0, 0, 20)]
    [InlineData(ReturnPolicy.Negative, 0, 0, 20, 0)]
    public void Reverse_LotPartlySpent_TakesWhatThePolicyAllows(ReturnPolicy policy, long ownLeft, long otherLeft, long owed, long claimed)
    {
        var book = new TestBook(policy);
        book.Grant("own", 100, expiresAt: Day + Duration.FromDays(10));
        book.Grant("other", 50);
        book.Do(new LedgerCommand.Spend("s", 70, Because));
        book.Reverse("r", 100, "own");
        Assert.Equal(ownLeft, book.Lot("own").Available);
        Assert.Equal(otherLeft, book.Lot("other").Available);
        Assert.Equal(-owed, book.Wallet.Balances.Arrears);
        Assert.Equal(claimed, book.Lot("own").Claim);
        Assert.Equal(100, book.Lot("own").Undone);
        Assert.Equal(RefusalCode.ExceedsGrant, book.Refused(new LedgerCommand.Reverse("r2", 1, [book.LotId("own")], Because)));
        book.Check();
    }

    [Fact]
    public void Reverse_Arrears_AreRepaidWhenALotActivatesAndReopenedWhenItIsReversed()
    {
        var book = new TestBook(ReturnPolicy.Negative);
        book.Grant("a", 100);
        book.Do(new LedgerCommand.Spend("s", 100, Because));
        book.Reverse("r", 100, "a");
        Assert.Equal(-100, book.Wallet.Balances.Arrears);
        book.Grant("b", 60, availableAt: Day + Duration.FromDays(1));
        Assert.Equal(-100, book.Wallet.Balances.Arrears);
        book.Now = Day + Duration.FromDays(1);
        book.Advance();
        Assert.Equal((-40, 0), (book.Wallet.Balances.Arrears, book.Wallet.Balances.Available));
        Assert.Equal("arrears", book.Entries[^1].Cause.Reason);
        book.Reverse("r2", 60, "b");
        Assert.Equal(-100, book.Wallet.Balances.Arrears);
        book.Grant("c", 150);
        Assert.Equal((0, 50), (book.Wallet.Balances.Arrears, book.Wallet.Balances.Available));
        book.Check();
    }

    [Fact]
    public void Reverse_PointsThatExpired_AreNobodysDebt()
    {
        var book = new TestBook(ReturnPolicy.Negative);
        book.Grant("a", 100, expiresAt: Day + Duration.FromDays(1));
        book.Grant("b", 100);
        book.Now = Day + Duration.FromDays(2);
        book.Advance();
        book.Reverse("r", 100, "a");
        Assert.Equal((0, 100), (book.Wallet.Balances.Arrears, book.Wallet.Balances.Available));
        Assert.Equal(100, book.Lot("a").Claim);
        book.Check();
    }

    [Fact]
    public void Advance_MoreMomentsThanOneDecisionWorksOff_GoesOnWithTheNext()
    {
        var book = new TestBook();
        for (var i = 1; i <= 100; i++) book.Grant($"g{i}", 1, expiresAt: Day + Duration.FromHours(i));
        book.Now = Day + Duration.FromDays(30);
        Assert.Equal(RefusalCode.InsufficientPoints, book.Refused(new LedgerCommand.Spend("s", 1, Because)));
        var turns = 0;
        for (; book.Wallet.NextMoment is not null; turns++) book.Advance();
        Assert.Equal(3, turns);
        Assert.Equal(100, book.Wallet.Balances.Expired);
        book.Check();
    }

    [Fact]
    public void Hold_TwentyOpen_RefusesAnother()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        for (var i = 0; i < LedgerLimits.OpenHolds; i++) book.Do(new LedgerCommand.Hold($"h{i}", 1, Day + Duration.FromMinutes(5), Because));
        Assert.Equal(RefusalCode.TooManyHolds, book.Refused(new LedgerCommand.Hold("h", 1, Day + Duration.FromMinutes(5), Because)));
    }

    [Fact]
    public void Hold_ThenCommit_SpendsTheLotsItNamed()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        book.Do(new LedgerCommand.Hold("h", 70, Day + Duration.FromMinutes(30), Because));
        Assert.Equal((30, 70), (book.Wallet.Balances.Available, book.Wallet.Balances.Held));
        Assert.Equal(RefusalCode.InsufficientPoints, book.Refused(new LedgerCommand.Spend("s", 31, Because)));
        book.Do(new LedgerCommand.Commit("c", "h", Because));
        Assert.Equal((30, 0, 70), (book.Wallet.Balances.Available, book.Wallet.Balances.Held, book.Wallet.Balances.Spent));
        Assert.Equal(RefusalCode.HoldExpired, book.Refused(new LedgerCommand.Release("x", "h", Because)));
        book.Check();
    }

    [Fact]
    public void Hold_Lapsed_GivesBackAndCannotBeCommitted()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        Assert.Equal(RefusalCode.HoldTooLong, book.Refused(new LedgerCommand.Hold("h", 1, Day + Duration.FromMinutes(31), Because)));
        book.Do(new LedgerCommand.Hold("h", 70, Day + Duration.FromMinutes(30), Because));
        book.Now = Day + Duration.FromMinutes(30);
        Assert.Equal(RefusalCode.HoldExpired, book.Refused(new LedgerCommand.Commit("c", "h", Because)));
        book.Advance();
        Assert.Equal("hold-expired", book.Entries[^1].Cause.Reason);
        Assert.Equal(100, book.Wallet.Balances.Available);
    }

    [Fact]
    public void Release_OfALotThatEndedMeanwhile_ExpiresAtOnce()
    {
        var book = new TestBook();
        book.Grant("a", 100, expiresAt: Day + Duration.FromMinutes(10));
        book.Do(new LedgerCommand.Hold("h", 70, Day + Duration.FromMinutes(30), Because));
        book.Now = Day + Duration.FromMinutes(20);
        book.Advance();
        Assert.Equal((0, 70, 30), (book.Wallet.Balances.Available, book.Wallet.Balances.Held, book.Wallet.Balances.Expired));
        book.Do(new LedgerCommand.Release("x", "h", Because));
        Assert.Equal((0, 0, 100), (book.Wallet.Balances.Available, book.Wallet.Balances.Held, book.Wallet.Balances.Expired));
        book.Check();
    }

    [Fact]
    public void Release_OfALotReversedMeanwhile_PaysItsClaimFirst()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        book.Do(new LedgerCommand.Hold("h", 70, Day + Duration.FromMinutes(30), Because));
        book.Reverse("r", 100, "a");
        Assert.Equal(70, book.Lot("a").Claim);
        book.Do(new LedgerCommand.Release("x", "h", Because));
        Assert.Equal((0, 0, 100), (book.Wallet.Balances.Available, book.Lot("a").Claim, book.Wallet.Balances.Reversed));
        book.Check();
    }

    [Fact]
    public void Decide_SameKey_SameInputRepeatsOtherInputConflicts()
    {
        var book = new TestBook();
        book.Grant("g", 100);
        var spend = new LedgerCommand.Spend("s", 10, Because);
        book.Do(spend);
        var again = LedgerDecider.Decide(book.Wallet, spend, ReturnPolicy.WithinBalance, Day, book.Entries[^1]);
        Assert.Same(book.Entries[^1], Assert.IsType<LedgerDecision.Repeated>(again).Entry);
        var other = LedgerDecider.Decide(book.Wallet, spend with { Points = 11 }, ReturnPolicy.WithinBalance, Day, book.Entries[^1]);
        Assert.Equal(RefusalCode.KeyConflict, Assert.IsType<LedgerDecision.Refused>(other).Code);
    }

    [Fact]
    public void Check_EntriesTamperedWith_SaysWhatIsWrong()
    {
        var book = new TestBook();
        book.Grant("a", 100);
        book.Grant("b", 50);
        book.Do(new LedgerCommand.Spend("s", 120, Because));
        Assert.Empty(LedgerBooks.Check(book.Entries));
        Assert.NotEmpty(LedgerBooks.Check(book.Entries.Skip(1)));
        Assert.NotEmpty(LedgerBooks.Check(book.Wallet, book.Entries.SkipLast(1)));
        Assert.NotEmpty(LedgerBooks.Check([.. book.Entries, book.Entries[0] with { Sequence = 4 }]));
        var spend = book.Entries[2];
        Assert.NotEmpty(LedgerBooks.Check([.. book.Entries.Take(2), spend with { Postings = spend.Postings.SetItem(0, spend.Postings[0] with { Points = 101 }) }]));
        Assert.NotEmpty(LedgerBooks.Check([.. book.Entries.Take(2), spend with { Postings = spend.Postings.SetItem(0, spend.Postings[0] with { To = LedgerAccount.Pending }) }]));
    }

    [Fact]
    public void Explain_AfterAReturn_TellsEachStepWithItsBalance()
    {
        var book = new TestBook(ReturnPolicy.Negative);
        book.Grant("a", 100, availableAt: Day + Duration.FromDays(1));
        book.Now = Day + Duration.FromDays(1);
        book.Do(new LedgerCommand.Spend("s", 100, Because));
        book.Reverse("r", 30, "a");
        var lines = LedgerExplainer.Explain(book.Entries);
        Assert.Equal(
            [(EntryType.Grant, 0L, 100L, 0L), (EntryType.Activate, 100, 0, 0), (EntryType.Spend, 0, 0, 0), (EntryType.Reverse, 0, 0, 30)],
            lines.Select(static line => (line.Type, line.AvailableAfter, line.PendingAfter, line.OwedAfter)));
        Assert.Equal(-100, lines[2].AvailableChange);
        Assert.Equal("test", lines[0].Cause.Reason);
    }
}

/// <summary>One wallet, its entries, and lots by the name they were granted under.</summary>
internal sealed class TestBook(ReturnPolicy policy = ReturnPolicy.WithinBalance, string customerId = "c1")
{
    public WalletState Wallet { get; private set; } = new() { CustomerId = customerId, Name = "spendable" };
    public Action<IEnumerable<LotState>> Retired { get; set; } = static _ => { };
    public List<LedgerEntry> Entries { get; } = [];
    public Instant Now { get; set; } = Instant.FromUtc(2026, 3, 1, 0, 0);

    public void Grant(string key, long points, Instant? availableAt = null, Instant? expiresAt = null) =>
        Do(new LedgerCommand.Grant(key, points, availableAt ?? Now, expiresAt, new EntryCause { Reason = "test" }));

    public void Reverse(string key, long points, string lot) =>
        Do(new LedgerCommand.Reverse(key, points, [LotId(lot)], new EntryCause { Reason = "test" }));

    public void Do(LedgerCommand command) => Keep(Assert.IsType<LedgerDecision.Posted>(LedgerDecider.Decide(Wallet, command, policy, Now)));

    public RefusalCode Refused(LedgerCommand command) =>
        Assert.IsType<LedgerDecision.Refused>(LedgerDecider.Decide(Wallet, command, policy, Now)).Code;

    public void Advance() => Keep(LedgerDecider.Advance(Wallet, policy, Now));

    public string LotId(string key) => LedgerCommand.LotIdOf(customerId, "spendable", key);

    public void Recall(IEnumerable<LotState> lots) => Wallet = Wallet.Recall(lots);

    public LotState Lot(string key) => Wallet.Lot(LotId(key))!;

    public string NameOf(string lotId) => Entries.First(entry => entry.Type == EntryType.Grant && entry.Postings[0].LotId == lotId).Key;

    /// <summary>The other was the same person all along.</summary>
    public void Absorb(TestBook other)
    {
        Entries.AddRange(other.Entries.Select(entry => WalletMerge.Moved(entry, customerId, Wallet.Sequence)));
        Wallet = WalletMerge.Join(Wallet, other.Wallet);
    }

    public void Check() => Assert.Empty(LedgerBooks.Check(Wallet, Entries));

    private void Keep(LedgerDecision.Posted posted)
    {
        Wallet = posted.Wallet;
        Retired(posted.Retired);
        Entries.AddRange(posted.Entries);
    }
}
