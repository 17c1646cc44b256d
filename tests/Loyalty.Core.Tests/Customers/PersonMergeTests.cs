using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

/// <summary>Two people who are one, as a decision: who stays, and what is joined how.</summary>
public sealed class PersonMergeTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 0, 0);

    [Fact]
    public void Order_EarlierRecordThenSmallerId_WhoeverIsNamedFirst()
    {
        var (a, b, c) = (Customer("a", 1), Customer("b", 0), Customer("c", 1));
        foreach (var (one, other, stays) in new[] { (a, b, b), (b, a, b), (a, c, a), (c, a, a) })
            Assert.Equal(stays, PersonMerge.Order(one, other).Survivor);
    }

    [Theory]
    [InlineData("shopify:a:1", "shopify:a:2", true)]
    [InlineData("shopify:a:1", "shopify:a:1", false)]
    [InlineData("shopify:a:1", "shopify:b:2", false)]
    [InlineData("shopify:a:1", "email:x@y.z", false)]
    [InlineData("email:a@y.z", "email:x@y.z", false)]
    [InlineData("phone:+3591234567", "phone:+3591234568", false)]
    [InlineData("id:1", "id:2", false)]
    public void HaveTwoAccounts_OnlyOfOneShop(string one, string other, bool expected)
    {
        Assert.Equal(expected, PersonMerge.HaveTwoAccounts([one], [other]));
        Assert.Equal(expected, PersonMerge.HaveTwoAccounts([other], [one]));
    }

    // one's decisions | the other's | what holds for topic a, then for topic b, of which nobody said anything else
    [Theory]
    [InlineData("a+1", "a-0", false, null)]
    [InlineData("a+1", "a-2", false, null)]
    [InlineData("a+1", "a+2", true, null)]
    [InlineData("a+1", "", true, null)]
    [InlineData("a-1", "", false, null)]
    [InlineData("a+5", "*-1", false, false)]
    [InlineData("a+5", "*-1 a+3", true, false)]
    [InlineData("*+1", "a-0", false, true)]
    [InlineData("*+4 a-1", "a+5", true, true)]
    [InlineData("*+3", "*-1", false, false)]
    [InlineData("*-3 a+4", "a+9 *+2", true, false)]
    [InlineData("a?1", "a?2", false, null, true)]
    [InlineData("a?1", "a+2", false, null, true)]
    [InlineData("a?3", "a-2", false, null)]
    [InlineData("a?3", "", false, null, true)]
    [InlineData("a?3", "*-1", false, false)]
    [InlineData("*-3 a?4", "a+1", false, false, true)]
    public void Join_Consents_TheStricterWins(string one, string other, bool expectedOfA, bool? expectedOfB, bool aWaits = false)
    {
        foreach (var joined in new[] { ConsentMerge.Join(Consents(one), Consents(other)), ConsentMerge.Join(Consents(other), Consents(one)) })
        {
            var customer = Customer("c", 0) with { Consents = joined };
            Assert.Equal(expectedOfA, ProfileMerge.Consent(customer, "a"));
            Assert.Equal(expectedOfB, ProfileMerge.Consent(customer, "b"));
            Assert.Equal(aWaits, joined.Any(static consent => consent is { Topic: "a", IsPending: true }));
            Assert.Equal(joined.Select(static consent => consent.Topic).Order(StringComparer.Ordinal), joined.Select(static consent => consent.Topic));
            // Joined with itself nothing changes, and a consent given afterwards counts.
            Assert.Equal(joined.AsEnumerable(), ConsentMerge.Join(joined, joined));
            var later = customer with { Consents = ProfileMerge.Decide(joined, "a", isGiven: true, Day + Duration.FromDays(99)) };
            Assert.True(ProfileMerge.Consent(later, "a"));
        }
    }

    [Fact]
    public void Join_Purchases_EqualOneHistory()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var (one, other, all) = (new PurchaseHistory(), new PurchaseHistory(), new PurchaseHistory());
            var count = random.Next(0, 120);
            for (var i = 0; i < count; i++)
            {
                var order = new OrderContribution(Day + Duration.FromHours(random.Next(10_000)), random.Next(1, 900), random.Next(4) == 0 ? "EUR" : "USD");
                var id = $"o{round}-{i}";
                if (random.Next(2) == 0) one = one.Replace(id, null, order);
                else other = other.Replace(id, null, order);
                all = all.Replace(id, null, order);
            }

            foreach (var joined in new[] { one.Join(other), other.Join(one) })
            {
                Assert.Equal((all.Count, all.FirstAt, all.LastAt, all.MeanInterval), (joined.Count, joined.FirstAt, joined.LastAt, joined.MeanInterval));
                Assert.Equal(all.Spend.AsEnumerable(), joined.Spend);
            }
        }
    }

    [Fact]
    public void Moved_ByWhateverWay_TheEntryHasOneIdAndPlace()
    {
        var entry = new LedgerEntry
        {
            EntryId = LedgerDecider.EntryIdOf("b", "spendable", "k"),
            Key = "k",
            InputHash = "h",
            Sequence = 4,
            Type = EntryType.Grant,
            CustomerId = "b",
            Wallet = "spendable",
            At = Day,
            PostedAt = Day,
        };

        var straight = WalletMerge.Moved(entry, "c", 30);
        var byA = WalletMerge.Moved(WalletMerge.Moved(entry, "a", 10), "c", 20);

        Assert.Equal(straight, byA);
        Assert.Contains(straight.EntryId, WalletMerge.EntryIdsOf(Customer("c", 0) with { Absorbed = ["a", "b"] }, "spendable", "k"));
        Assert.Equal(LedgerDecider.EntryIdOf("c", "spendable", "k"), WalletMerge.EntryIdsOf(Customer("c", 0), "spendable", "k").Single());
    }

    [Fact]
    public void Join_Wallets_LotsHoldsClaimsAndArrearsAsTheyWere()
    {
        var lot = new LotState { LotId = "l1", GrantedAt = Day, Granted = 50, Available = 20, Spent = 30, Claim = 5, Undone = 5, RuleId = "r", ExpiresAt = Day + Duration.FromDays(9) };
        var own = new WalletState { CustomerId = "a", Name = "spendable", Sequence = 3, Balances = new WalletBalances { Issued = -10, Available = 10 }, Lots = [lot with { LotId = "l2", GrantedAt = Day + Duration.FromDays(1), Granted = 10, Available = 10, Spent = 0, Claim = 0, Undone = 0 }] };
        var other = new WalletState
        {
            CustomerId = "b",
            Name = "spendable",
            Sequence = 7,
            Balances = new WalletBalances { Issued = -50, Available = 20, Spent = 36, Arrears = -6 },
            Lots = [lot],
            Holds = [new HoldState("h", Day, [new LotPart("l1", 3)])],
        };

        var joined = WalletMerge.Join(own, other);

        Assert.Equal(("a", 10L), (joined.CustomerId, joined.Sequence));
        Assert.Equal(new WalletBalances { Issued = -60, Available = 30, Spent = 36, Arrears = -6 }, joined.Balances);
        Assert.Equal(new[] { lot, own.Lots[0] }, joined.Lots.AsEnumerable());
        Assert.Equal(other.Holds.AsEnumerable(), joined.Holds);
    }

    [Fact]
    public void Join_MoreRunsThanOneMayHave_TheYoungersEndAsMerged()
    {
        var stays = Customer("a", 0) with { Runs = [.. Enumerable.Range(0, CustomerLimits.LiveRuns - 1).Select(static i => new LiveRun($"r{i}", "j", $"k{i}"))] };
        var goes = Customer("b", 1) with { Runs = [new LiveRun("x", "j", "b"), new LiveRun("y", "j", "ky"), new LiveRun("z", "j", "k0")] };
        ImmutableArray<RunDocument> runs = [Run("x", "b", RunStatus.Parked), Run("y", "ky", RunStatus.Active), Run("z", "k0", RunStatus.Held)];

        var joined = PersonMerge.Join(Snapshot(stays), Snapshot(goes), runs, new ProgramModel(), Day, RunProtocolSettings.Default);

        Assert.Equal(CustomerLimits.LiveRuns, joined.Customer.Runs.Length);
        Assert.Equal(new LiveRun("x", "j", "a"), joined.Customer.Runs[^1]);
        Assert.Equal((1, RunStatus.Parked), (joined.Runs[0].Gen, joined.Runs[0].Status));
        Assert.All(joined.Runs, static run => Assert.Equal("a", run.Run.CustomerId));
        foreach (var ended in joined.Runs.Skip(1))
        {
            Assert.Equal((2, RunStatus.Active), (ended.Gen, ended.Status));
            Assert.NotNull(ended.WakeAt);
            Assert.Equal(RunOutcomes.Merged, Assert.IsType<RunSignal.Ended>(Assert.Single(ended.Inbox)).Outcome);
        }

        Assert.Equal(["y", "z"], joined.Announced.Select(static run => run.Run.RunId));
        Assert.Equal("b", Assert.Single(joined.Customer.Absorbed));
        Assert.Equal("b", Assert.Single(joined.Customer.Joining));
    }

    [Fact]
    public void Tombstone_OfWhoWent_TellsNothingButTheWay()
    {
        var told = Customer("b", 1) with { Identifiers = ["email:x@y.z"], MergedInto = "a", Profile = new Profile { Country = new Told<string>("BG", Day) } };

        var left = PersonMerge.Tombstone(told);

        Assert.Equal("a", left.MergedInto);
        Assert.Empty(left.Identifiers);
        Assert.Equal(new Profile(), left.Profile);
    }

    private static CustomerState Customer(string id, int day) =>
        new() { CustomerId = id, CreatedAt = Day, KnownSince = Day + Duration.FromDays(day) };

    private static CustomerSnapshot Snapshot(CustomerState customer) => new() { CustomerId = customer.CustomerId, Customer = customer };

    private static RunDocument Run(string id, string key, RunStatus status) => new()
    {
        Run = new RunState
        {
            RunId = id,
            CustomerId = "b",
            Journey = "j",
            Version = 1,
            KeyValue = key,
            Entry = new Occurrence("e", "t", Day, ImmutableDictionary<string, AttributeValue>.Empty),
            EnteredAt = Day,
        },
        Gen = 1,
        Status = status,
        WakeAt = status == RunStatus.Held ? null : Day + Duration.FromDays(3),
    };

    /// <summary><c>a+1</c>: topic a given on day 1; <c>-</c>: withdrawn; <c>?</c>: asked for.</summary>
    private static ImmutableArray<TopicConsent> Consents(string text)
    {
        var consents = ImmutableArray<TopicConsent>.Empty;
        foreach (var one in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = Day + Duration.FromDays(one[2] - '0');
            consents = one[1] == '?' ? consents.Add(new TopicConsent(one[..1], false, at) { IsPending = true }) : ProfileMerge.Decide(consents, one[..1], one[1] == '+', at);
        }

        return consents;
    }
}
