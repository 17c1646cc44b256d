using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Tests.Charges;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Ledger;

/// <summary>
/// One idempotency key sent at the same moment with different bodies, to two hosts on one store: one body wins whoever the others name, and the others are
/// told so.
/// </summary>
public sealed class RequestClaimTests : IDisposable
{
    private const int People = 6;
    private const int Rounds = 10;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText()
        .Program("""
            referrals:
              link: "https://trial.example/r/{code}"
              referrer: { points: 200 }
            """)
        .Offers("""
              mug: { title: A mug, gives: { free-item: MUG }, price: 200, stock: 30 }
              cup: { title: A cup, gives: { free-item: CUP }, price: 100 }
              free: { title: Free, gives: 10% }
              gift: { title: Gift, gives: 20%, stock: 30 }
            """);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-claims-").FullName;
    private GatewayAccount? _account;

    public static TheoryData<string> Stores => ["sqlite", "cosmos"];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Hold_OneKeyManyCustomersAtOnce_OneWins(string kind)
    {
        await using var world = await OpenAsync(kind);
        var other = new OfferDesk(world, RunProtocolSettings.Default);
        var people = await PeopleAsync(world);
        foreach (var id in people)
            await world.Counter.Points.PostAsync(id, "spendable", new LedgerCommand.Adjust("a", 5000, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));

        for (var round = 0; round < Rounds; round++)
        {
            var key = $"cart-{round}";
            var answers = await Task.WhenAll(people.Select((id, i) => Task.Run(() =>
                (i % 2 == 0 ? world.Counter : other).Redemptions.HoldAsync(new RedemptionRequest { CustomerId = id, Points = 50, Wallet = "spendable" }, key))));

            Assert.Single(answers.OfType<RedemptionAnswer.Done>());
            Assert.Equal(People - 1, answers.OfType<RedemptionAnswer.Refused>().Count());
            Assert.All(answers.OfType<RedemptionAnswer.Refused>(), static refused => Assert.Equal(RefusalCode.IdempotencyKeyReused, refused.Code));
        }

        var held = 0L;
        foreach (var id in people) held += (await world.Queries.GetAsync(id))!.Customer!.WalletStates.Single(static wallet => wallet.Name == "spendable").Balances.Held;
        Assert.Equal(Rounds * 50, held);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Join_OneKeyManyFriendsAtOnce_OneWins(string kind)
    {
        await using var world = await OpenAsync(kind);
        var other = new OfferDesk(world, RunProtocolSettings.Default);
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start) with { Data = new EventData.Person { FirstName = "Ann" } });
        var ann = (await world.Queries.FindAsync("ann@shop.example"))!;
        var code = (await world.Counter.Links.LinkAsync(ann))!.Code;

        var answers = await Task.WhenAll(Enumerable.Range(0, People).Select(i => Task.Run(() => (i % 2 == 0 ? world.Counter : other).Joins.JoinAsync(
            new JoinRequest { Friend = new ReferralFriend { Email = $"friend{i}@shop.example" }, Code = code }, "key"))));

        Assert.Single(answers.OfType<JoinAnswer.Done>());
        Assert.All(answers.OfType<JoinAnswer.Refused>(), static refused => Assert.Equal(RefusalCode.IdempotencyKeyReused, refused.Code));
        Assert.Single(await world.Counter.Referrals.OfReferrerAsync(ann));
    }

    [Fact]
    public async Task Hold_SameBodyAtOnceAndAgain_IsOneHoldAndKeepsTheKey()
    {
        await using var world = await OpenAsync("sqlite");
        var other = new OfferDesk(world, RunProtocolSettings.Default);
        var people = await PeopleAsync(world);
        await world.Counter.Points.PostAsync(people[0], "spendable", new LedgerCommand.Adjust("a", 50, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var request = new RedemptionRequest { CustomerId = people[0], Points = 50, Wallet = "spendable" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? world.Counter : other).Redemptions.HoldAsync(request, "key"))));

        Assert.IsType<RedemptionAnswer.Done>(Assert.Single(answers.Distinct()));
        var stolen = await other.Redemptions.HoldAsync(request with { CustomerId = people[1], Points = 1 }, "key");
        Assert.Equal(RefusalCode.IdempotencyKeyReused, Assert.IsType<RedemptionAnswer.Refused>(stolen).Code);
    }

    [Fact]
    public async Task Claim_OneKeyManyOffersAtOnce_OneWinsAndOnlyThatIsPaid()
    {
        await using var world = await OpenAsync("sqlite");
        var other = new OfferDesk(world, RunProtocolSettings.Default);
        var ann = (await PeopleAsync(world))[0];
        await world.Counter.Points.PostAsync(ann, "spendable", new LedgerCommand.Adjust("a", 5000, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var paid = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var key = $"wish-{round}";
            string[] offers = ["mug", "cup", "free", "gift"];
            var answers = await Task.WhenAll(offers.Select((offer, i) => Task.Run(() =>
                (i % 2 == 0 ? world.Counter : other).Claims.ClaimAsync(ann, new ClaimRequest { Offer = offer }, key))));

            paid += Assert.Single(answers.OfType<ClaimAnswer.Done>()).Price ?? 0;
            Assert.All(answers.OfType<ClaimAnswer.Refused>(), static refused => Assert.Equal(RefusalCode.IdempotencyKeyReused, refused.Code));
        }

        Assert.Equal(Rounds, (await world.Counter.Queries.CodesAsync(ann)).Count);
        Assert.Equal(5000 - paid, (await world.Queries.GetAsync(ann))!.Customer!.WalletStates.Single(static wallet => wallet.Name == "spendable").Balances.Available);
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Restore_OneKeyTwoAmounts_TheSecondIsTheKeyUsedAgain()
    {
        await using var world = await OpenAsync("sqlite");
        var ann = (await PeopleAsync(world))[0];
        await world.Counter.Points.PostAsync(ann, "spendable", new LedgerCommand.Adjust("a", 100, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var redemptions = world.Counter.Redemptions;
        var held = Assert.IsType<RedemptionAnswer.Done>(await redemptions.HoldAsync(new RedemptionRequest { CustomerId = ann, Points = 60, Wallet = "spendable" }, "h"));
        await redemptions.CommitAsync(held.RedemptionId, new RedemptionCommitRequest(), "c");

        var back = await redemptions.RestoreAsync(held.RedemptionId, new RedemptionRestoreRequest { Points = 10 }, "r");
        var again = await redemptions.RestoreAsync(held.RedemptionId, new RedemptionRestoreRequest { Points = 10 }, "r");
        var other = await redemptions.RestoreAsync(held.RedemptionId, new RedemptionRestoreRequest { Points = 20 }, "r");

        Assert.Equal(50, Assert.IsType<RedemptionAnswer.Done>(back).Available);
        Assert.Equal(back, again);
        Assert.Equal(RefusalCode.IdempotencyKeyReused, Assert.IsType<RedemptionAnswer.Refused>(other).Code);
    }

    [Fact]
    public async Task Hold_RefusedByEveryoneAtOnce_LeavesTheKeyFree()
    {
        await using var world = await OpenAsync("sqlite");
        var people = await PeopleAsync(world);
        await world.Counter.Points.PostAsync(people[1], "spendable", new LedgerCommand.Adjust("a", 50, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var request = new RedemptionRequest { CustomerId = people[0], Points = 50, Wallet = "spendable" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => world.Counter.Redemptions.HoldAsync(request, "key"))));

        Assert.All(answers, static answer => Assert.Equal(RefusalCode.InsufficientPoints, Assert.IsType<RedemptionAnswer.Refused>(answer).Code));
        Assert.IsType<RedemptionAnswer.Done>(await world.Counter.Redemptions.HoldAsync(request with { CustomerId = people[1] }, "key"));
    }

    public void Dispose()
    {
        _account?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<EngineWorld> OpenAsync(string kind)
    {
        if (kind == "sqlite") return await EngineWorld.StartAsync(Start, program: Program);
        _account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), static () => Start);
        return await EngineWorld.StartAsync(Start, program: Program, open: clock => Task.FromResult(DeployedStore.Of(_account, clock)));
    }

    private static async Task<string[]> PeopleAsync(EngineWorld world)
    {
        var people = new string[People];
        for (var i = 0; i < People; i++)
        {
            var email = $"p{i}@shop.example";
            await world.TellAsync(Tell.SignUp(email, Start));
            people[i] = (await world.Queries.FindAsync(email))!;
        }

        return people;
    }
}
