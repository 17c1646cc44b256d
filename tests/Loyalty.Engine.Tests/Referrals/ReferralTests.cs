using Loyalty.Core;
using Loyalty.Core.Referrals;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Referrals;

/// <summary>Referrals from the link to the reward and back, and what abuse meets, on the real store.</summary>
public sealed class ReferralTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText()
        .Program("""
            referrals:
              link: "https://trial.example/r/{code}"
              minimum: 20 EUR
              return-window: 14d
              void-within: 90d
              friend: { points: 50, at: join }
              referrer: { points: 200 }
            """);

    [Fact]
    public async Task Referral_JoinedQualifiedVoided_MoneyFollowsEachStep()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var link = (await world.Counter.Links.LinkAsync(ann))!;
        Assert.Equal(link, await world.Counter.Links.LinkAsync(ann));
        Assert.Equal("https://trial.example/r/" + link.Code, link.Link);
        var joined = await JoinAsync(world, "bob", link.Code);
        Assert.Equal(("joined", ReferralOutcome.Allow), (joined.Status, joined.Outcome));
        // The shop tells the friend only later: the reward waits for it, and not a moment longer.
        Assert.False(joined.Friend.IsGiven);
        await world.PassAsync(Duration.FromDays(3));
        var bob = await KnownAsync(world, "bob");
        Assert.Equal(joined.FriendId, bob);
        Assert.Equal((50, 0), (await PointsAsync(world, bob), await PointsAsync(world, ann)));

        await world.TellAsync(Tell.Paid("bob@shop.example", "1", 10, world.Clock.Now));
        Assert.Equal("joined", (await world.Counter.Referrals.FindAsync(bob))!.Status);
        await world.TellAsync(Tell.Paid("bob@shop.example", "2", 40, world.Clock.Now));
        Assert.Equal("qualifying", (await world.Counter.Referrals.FindAsync(bob))!.Status);
        Assert.Equal(0, await PointsAsync(world, ann));
        await world.PassAsync(Duration.FromDays(15));
        Assert.Equal("qualified", (await world.Counter.Referrals.FindAsync(bob))!.Status);
        Assert.Equal((50, 200), (await PointsAsync(world, bob), await PointsAsync(world, ann)));

        await world.TellAsync(Tell.Refund("2", "r1", 30, world.Clock.Now));
        Assert.Equal("voided", (await world.Counter.Referrals.FindAsync(bob))!.Status);
        Assert.Equal((0, 0), (await PointsAsync(world, bob), await PointsAsync(world, ann)));
        Assert.Equal(["voided"], (await world.Counter.Referrals.OfReferrerAsync(ann)).Select(static one => one.Status));
        await world.ApplyQueuedAsync();
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Referral_ReturnedInTheWindowOrLate_NeverQualifiesOrStaysQualified()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var code = (await world.Counter.Links.LinkAsync(await KnownAsync(world, "ann")))!.Code;
        foreach (var name in new[] { "early", "late" })
        {
            await KnownAsync(world, name);
            await JoinAsync(world, name, code);
            await world.TellAsync(Tell.Paid(name + "@shop.example", name, 40, world.Clock.Now));
        }

        await world.PassAsync(Duration.FromDays(3));
        await world.TellAsync(Tell.Refund("early", "r1", 40, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(20));
        var (early, late) = (await FriendAsync(world, "early"), await FriendAsync(world, "late"));
        Assert.Equal(("joined", "qualified"), (early.Status, late.Status));
        await world.PassAsync(Duration.FromDays(80));
        await world.TellAsync(Tell.Refund("late", "r2", 40, world.Clock.Now));
        Assert.Equal("qualified", (await FriendAsync(world, "late")).Status);
        Assert.Null((await world.Store.FindCustomerAsync(late.FriendId))!.HasReferral);
    }

    [Fact]
    public async Task Join_TypedCode_BeatsTheLastClickAndClicksLapse()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (ann, eve) = (await KnownAsync(world, "ann"), await KnownAsync(world, "eve"));
        var (annCode, eveCode) = ((await world.Counter.Links.LinkAsync(ann))!.Code, (await world.Counter.Links.LinkAsync(eve))!.Code);
        Assert.True(await world.Counter.Links.ClickAsync(new ClickRequest { Code = annCode, Visitor = "v1" }));
        Assert.True(await world.Counter.Links.ClickAsync(new ClickRequest { Code = eveCode.ToLowerInvariant(), Visitor = "v1" }));
        Assert.False(await world.Counter.Links.ClickAsync(new ClickRequest { Code = "22222222Z", Visitor = "v1" }));
        Assert.Equal(eve, Of(await world.Counter.Joins.JoinAsync(Join("f1") with { Visitor = "v1" }, "j1")).ReferrerId);
        Assert.Equal(ann, Of(await world.Counter.Joins.JoinAsync(Join("f2") with { Visitor = "v1", Code = annCode }, "j2")).ReferrerId);
        world.Clock.Now += Duration.FromDays(31);
        Assert.Equal(RefusalCode.NotFound, Code(await world.Counter.Joins.JoinAsync(Join("f3") with { Visitor = "v1" }, "j3")));
    }

    [Fact]
    public async Task Join_Repeated_IsOneReferral()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var code = (await world.Counter.Links.LinkAsync(ann))!.Code;
        var request = Join("bob") with { Code = code };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => world.Counter.Joins.JoinAsync(request, "same"))));
        Assert.All(answers, static answer => Assert.Equal("joined", Of(answer).Status));
        Assert.Equal(RefusalCode.Conflict, Code(await world.Counter.Joins.JoinAsync(request, "other")));
        Assert.Equal(RefusalCode.IdempotencyKeyReused, Code(await world.Counter.Joins.JoinAsync(request with { Visitor = "x" }, "same")));
        Assert.Equal(RefusalCode.MissingHeader, Code(await world.Counter.Joins.JoinAsync(request, null)));
        Assert.Equal(RefusalCode.InvalidField, Code(await world.Counter.Joins.JoinAsync(new JoinRequest { Code = code }, "nobody")));
        Assert.Single(await world.Counter.Referrals.OfReferrerAsync(ann));
    }

    /// <summary>What abuse meets: the friend's address and signals, the outcome, every reason.</summary>
    public static readonly TheoryData<string, string, ReferralSignals, string, string> Corpus = new()
    {
        { "an honest friend", "bob@shop.example", new ReferralSignals { Device = "d2", Card = "c2", Address = "Other Road 2", Ip = "198.51.100.7" }, "allow", "" },
        { "the own address", "a.nn@gmail.com", new ReferralSignals(), "refuse", "own-account" },
        { "an alias with a plus", "a.nn+friend@gmail.com", new ReferralSignals(), "refuse", "own-email" },
        { "dots moved in Gmail", "an.n@googlemail.com", new ReferralSignals(), "refuse", "own-email" },
        { "the same device", "bob@shop.example", new ReferralSignals { Device = "d1" }, "refuse", "same-device" },
        { "the same card", "bob@shop.example", new ReferralSignals { Card = "c1" }, "refuse", "same-card" },
        { "the same address, written otherwise", "bob@shop.example", new ReferralSignals { Address = "MAIN street 1, 10115 berlin" }, "hold", "same-address" },
        { "device, card and address", "bob@shop.example", new ReferralSignals { Device = "d1", Card = "c1", Address = "Main Street 1 10115 Berlin" }, "refuse", "same-address same-card same-device" },
        { "an alias of a customer who was brought before", "ce.m+2@gmail.com", new ReferralSignals(), "refuse", "known-email" },
        { "a customer who has bought", "old@shop.example", new ReferralSignals(), "refuse", "existing-customer" },
    };

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task Join_AbuseCorpus_OutcomeWithItsReasons(string name, string email, ReferralSignals signals, string outcome, string reasons)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        await world.TellAsync(Tell.SignUp("a.nn@gmail.com", Start));
        var ann = (await world.Queries.FindAsync("a.nn@gmail.com"))!;
        var own = new ReferralSignals { Device = "d1", Card = "c1", Address = "Main Street 1, 10115 Berlin", Ip = "203.0.113.5" };
        var code = (await world.Counter.Links.LinkAsync(ann, own))!.Code;
        await world.TellAsync(Tell.Paid("old@shop.example", "9", 30, Start));
        await world.Counter.Joins.JoinAsync(new JoinRequest { Friend = new ReferralFriend { Email = "cem@gmail.com" }, Code = code }, "cem");
        var judged = Of(await world.Counter.Joins.JoinAsync(new JoinRequest { Friend = new ReferralFriend { Email = email }, Code = code, Signals = signals }, "key"));
        Assert.True((outcome, reasons) == (judged.Outcome.ToString().ToLowerInvariant(), string.Join(' ', judged.Reasons)), $"{name}: {judged.Outcome} {string.Join(' ', judged.Reasons)}");
    }

    [Fact]
    public async Task Join_LoopOfThree_IsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (a, b, c) = (await KnownAsync(world, "a"), await KnownAsync(world, "b"), await KnownAsync(world, "c"));
        Assert.Equal("joined", (await JoinAsync(world, "b", (await world.Counter.Links.LinkAsync(a))!.Code)).Status);
        Assert.Equal("joined", (await JoinAsync(world, "c", (await world.Counter.Links.LinkAsync(b))!.Code)).Status);
        var closed = await JoinAsync(world, "a", (await world.Counter.Links.LinkAsync(c))!.Code);
        Assert.Equal(("refused", "closed-loop"), (closed.Status, string.Join(' ', closed.Reasons)));
        Assert.Equal(a, closed.FriendId);
    }

    [Fact]
    public async Task Join_ThreeAtTheSameMomentCloseALoop_TheLastDurableIsRefusedAndGetsNothing()
    {
        FaultyStore? store = null;
        await using var world = await EngineWorld.StartAsync(Start, program: Program, around: inner => store = new FaultyStore(inner));
        var (a, b, c) = (await KnownAsync(world, "a"), await KnownAsync(world, "b"), await KnownAsync(world, "c"));
        var codes = new List<string>();
        foreach (var one in new[] { a, b, c }) codes.Add((await world.Counter.Links.LinkAsync(one))!.Code);
        // A was judged, and is about to be durable: B and C join in between.
        store!.BeforeCommit = async partition =>
        {
            if (partition != Loyalty.Engine.State.Keys.CustomerPartition(a)) return;
            store.BeforeCommit = null;
            Assert.Equal("joined", (await JoinAsync(world, "b", codes[0])).Status);
            Assert.Equal("joined", (await JoinAsync(world, "c", codes[1])).Status);
        };
        var closed = await JoinAsync(world, "a", codes[2]);

        Assert.Null(store.BeforeCommit);
        Assert.Equal(("refused", "closed-loop"), (closed.Status, string.Join(' ', closed.Reasons)));
        Assert.False(closed.Friend.IsGiven);
        await world.PassAsync(Duration.FromHours(1));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Join_HundredInAnHourFromOneNetwork_HeldAfterTheFifth()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var code = (await world.Counter.Links.LinkAsync(ann))!.Code;
        var judged = new List<ReferralView>();
        for (var i = 0; i < 100; i++)
        {
            world.Clock.Now += Duration.FromSeconds(30);
            judged.Add(Of(await world.Counter.Joins.JoinAsync(Join($"f{i}") with { Code = code, Signals = new ReferralSignals { Ip = $"203.0.113.{i + 1}" } }, $"j{i}")));
        }

        Assert.All(judged.Take(5), static one => Assert.Equal(ReferralOutcome.Allow, one.Outcome));
        Assert.All(judged.Skip(5), static one => Assert.Equal(ReferralOutcome.Hold, one.Outcome));
        Assert.Equal("network-velocity", string.Join(' ', judged[9].Reasons));
        Assert.Equal("network-velocity referrer-velocity", string.Join(' ', judged[10].Reasons));
        Assert.Equal(95, (await world.Counter.Referrals.HeldAsync()).Count);
        world.Clock.Now += Duration.FromHours(25);
        Assert.Equal(ReferralOutcome.Allow, Of(await world.Counter.Joins.JoinAsync(Join("next") with { Code = code, Signals = new ReferralSignals { Ip = "203.0.113.9" } }, "next")).Outcome);
    }

    [Fact]
    public async Task Decide_AllowedRefusedAllowed_MoneyFollowsEachTime()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (ann, bob) = (await KnownAsync(world, "ann"), await KnownAsync(world, "bob"));
        var own = new ReferralSignals { Address = "Main Street 1" };
        var code = (await world.Counter.Links.LinkAsync(ann, own))!.Code;
        Assert.Equal("held", Of(await world.Counter.Joins.JoinAsync(Join("bob") with { Code = code, Signals = own }, "j")).Status);
        await world.TellAsync(Tell.Paid("bob@shop.example", "1", 40, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(20));
        Assert.Equal((0, 0), (await PointsAsync(world, bob), await PointsAsync(world, ann)));
        Assert.Equal([bob], (await world.Counter.Referrals.HeldAsync()).Select(static one => one.FriendId));
        var number = 0;
        foreach (var (decision, friend, referrer) in new[] { ("allow", 50, 200), ("refuse", 0, 0), ("allow", 50, 200), ("refuse", 0, 0) })
        {
            var request = new VerdictRequest { Decision = decision, Actor = "cem", Reason = "looked at it" };
            var key = $"k{++number}";
            var done = Assert.IsType<VerdictAnswer.Done>(await world.Counter.Review.DecideAsync(bob, request, key));
            Assert.IsType<VerdictAnswer.Done>(await world.Counter.Review.DecideAsync(bob, request, key));
            Assert.Equal(decision == "allow" ? "qualified" : "refused", done.Referral.Status);
            Assert.Equal((friend, referrer), (await PointsAsync(world, bob), await PointsAsync(world, ann)));
        }

        Assert.Empty(await world.Counter.Referrals.HeldAsync());
        Assert.Equal(4, (await world.Counter.Referrals.FindAsync(bob))!.Verdicts.Length);
        Assert.Equal(RefusalCode.NotFound, Code(await world.Counter.Review.DecideAsync(ann, new VerdictRequest { Decision = "allow", Actor = "c", Reason = "r" }, "x")));
        Assert.Equal(RefusalCode.InvalidField, Code(await world.Counter.Review.DecideAsync(bob, new VerdictRequest { Decision = "perhaps", Actor = "c", Reason = "r" }, "y")));
        Assert.Equal(RefusalCode.MissingHeader, Code(await world.Counter.Review.DecideAsync(bob, new VerdictRequest { Decision = "allow", Actor = "c", Reason = "r" }, null)));
        await world.CheckBooksAsync();
    }

    private static JoinRequest Join(string name) => new() { Friend = new ReferralFriend { Email = name + "@shop.example" } };

    private static async Task<ReferralView> JoinAsync(EngineWorld world, string name, string code) =>
        Of(await world.Counter.Joins.JoinAsync(Join(name) with { Code = code }, "join-" + name));

    private static async Task<ReferralView> FriendAsync(EngineWorld world, string name) =>
        (await world.Counter.Referrals.FindAsync((await world.Queries.FindAsync(name + "@shop.example"))!))!;

    private static async Task<string> KnownAsync(EngineWorld world, string name)
    {
        await world.TellAsync(Tell.SignUp(name + "@shop.example", world.Clock.Now));
        return (await world.Queries.FindAsync(name + "@shop.example"))!;
    }

    private static async Task<int> PointsAsync(EngineWorld world, string customerId) =>
        (int)((await world.Store.FindCustomerAsync(customerId))!.Wallets.FirstOrDefault(static one => one.Name == "spendable")?.Available ?? 0);

    private static ReferralView Of(JoinAnswer answer) => Assert.IsType<JoinAnswer.Done>(answer).Referral;

    private static RefusalCode? Code(JoinAnswer answer) => (answer as JoinAnswer.Refused)?.Code;

    private static RefusalCode? Code(VerdictAnswer answer) => (answer as VerdictAnswer.Refused)?.Code;
}
