using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Cosmos;
using NodaTime;

namespace Loyalty.Engine.Tests.Offers;

/// <summary>
/// Claims, codes at a checkout and redemptions cut off at every call of the store, before it and after it, on SQLite and through the Cosmos SDK: whoever
/// asks again with the same key gets it once, and what nobody asks for again is settled as if it had never been begun, or done.
/// </summary>
public sealed class OfferCrashTests : IDisposable
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText()
        .Program("earning: [ { rule: hello, event: customer.signed-up, points: 500, active: immediately } ]")
        .Offers("""
              mug: { title: A mug, gives: { free-item: MUG }, price: 200, stock: 1000, per-customer: 2 }
              bonus: { title: Bonus, gives: { points: 300 }, budget: 300000 }
            """);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-offer-crash-").FullName;
    private GatewayAccount? _account;
    private FaultyStore _store = null!;

    public void Dispose()
    {
        _account?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claim_CutAtEveryCallAndAskedAgain_PaysOnceForOneCode(bool isCosmos)
    {
        await using var world = await StartAsync(isCosmos);
        var people = await CutAsync(world, isCosmos, (id, key) => world.Counter.Claims.ClaimAsync(id, new ClaimRequest { Offer = "mug" }, key), async (id, key) =>
        {
            var done = Assert.IsType<ClaimAnswer.Done>(await world.Counter.Claims.ClaimAsync(id, new ClaimRequest { Offer = "mug" }, key));
            Assert.Equal(300, await AvailableAsync(world, id));
            Assert.Equal([(done.Code, "open")], (await world.Counter.Queries.CodesAsync(id)).Select(static code => (code.Code, code.Status)));
        });
        await world.PassAsync(Duration.FromMinutes(15));
        Assert.Equal(1000 - people, (await world.Counter.Queries.FindAsync("mug"))!.Left);
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Claim_CutAtEveryCallAndNeverAskedAgain_PaidWithACodeOrNeither()
    {
        await using var world = await StartAsync(isCosmos: false);
        var people = new List<string>();
        await CutAsync(world, isCosmos: false, (id, key) => world.Counter.Claims.ClaimAsync(id, new ClaimRequest { Offer = "mug" }, key), (id, _) =>
        {
            people.Add(id);
            return Task.CompletedTask;
        });
        await world.PassAsync(Duration.FromMinutes(15));
        var paid = 0;
        foreach (var id in people)
        {
            var (available, codes) = (await AvailableAsync(world, id), await world.Counter.Queries.CodesAsync(id));
            Assert.True((available, codes.Count) is (500, 0) or (300, 1), $"{available} points and {codes.Count} codes");
            if (codes.Count == 0) continue;
            paid++;
            // The code is there to be redeemed, not only noted.
            Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.QuoteAsync(codes[0].Code, new CodeRequest { CustomerId = id, Basket = Basket }));
        }

        Assert.InRange(paid, 1, people.Count - 1);
        Assert.Equal(1000 - paid, (await world.Counter.Queries.FindAsync("mug"))!.Left);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Code_HoldAndCommitCutAtEveryCall_GivesOnceAndTakesTheBudgetOnce(bool isCosmos)
    {
        await using var world = await StartAsync(isCosmos);
        var people = await CutAsync(world, isCosmos, (id, key) => RedeemAsync(world, id, key), async (id, key) =>
        {
            await RedeemAsync(world, id, key);
            Assert.Equal(800, await AvailableAsync(world, id));
            Assert.Equal("used", (await world.Counter.Queries.CodesAsync(id)).Single().Status);
        });
        await world.PassAsync(Duration.FromHours(1));
        Assert.Equal(300_000 - (people * 300), (await world.Counter.Queries.FindAsync("bonus"))!.BudgetLeft);
        await world.CheckBooksAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redemption_HoldCommitRestoreCutAtEveryCall_PostsEachOnce(bool isCosmos)
    {
        await using var world = await StartAsync(isCosmos);
        await CutAsync(world, isCosmos, (id, key) => PayAsync(world, id, key), async (id, key) =>
        {
            await PayAsync(world, id, key);
            Assert.Equal(500 - 120 + 20, await AvailableAsync(world, id));
            var balances = (await world.Store.FindCustomerAsync(id))!.WalletStates.Single().Balances;
            Assert.Equal((0, 100), (balances.Held, balances.Spent));
        });
        await world.CheckBooksAsync();
    }

    private static BasketRequest Basket { get; } = new() { Lines = [new Engine.Ledger.ExploreLine { Sku = "MUG", NetMinor = 900 }] };

    private static async Task RedeemAsync(EngineWorld world, string id, string key)
    {
        var issued = Assert.IsType<OfferAnswer.Issued>(await world.Offers.IssueAsync(new OfferRequest(new OfferKey(id, "run-" + id, "gift", 1), "bonus", null)));
        var held = Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.HoldAsync(issued.Code, new CodeRequest { CustomerId = id }, key));
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.CommitAsync(issued.Code, new CodeCommitRequest { HoldId = held.HoldId! }, key));
    }

    private static async Task PayAsync(EngineWorld world, string id, string key)
    {
        var desk = world.Counter.Redemptions;
        var held = Assert.IsType<RedemptionAnswer.Done>(await desk.HoldAsync(new RedemptionRequest { CustomerId = id, Points = 120, Wallet = "spendable" }, key));
        Assert.IsType<RedemptionAnswer.Done>(await desk.CommitAsync(held.RedemptionId, new RedemptionCommitRequest(), key));
        Assert.IsType<RedemptionAnswer.Done>(await desk.RestoreAsync(held.RedemptionId, new RedemptionRestoreRequest { Points = 20 }, key));
    }

    /// <summary>A customer for each call at which it is cut, before and after the call; the last one is not cut at all.</summary>
    /// <returns>How many customers.</returns>
    private async Task<int> CutAsync(EngineWorld world, bool isCosmos, Func<string, string, Task> act, Func<string, string, Task> afterwards)
    {
        var people = 0;
        foreach (var isAfter in new[] { false, true })
        {
            for (var calls = 0; ; calls++)
            {
                var name = $"c{people++}";
                await world.TellAsync(Tell.SignUp(name + "@example.com", world.Clock.Now));
                var id = (await world.Queries.FindAsync(name + "@example.com"))!;
                _store.CutAfter(calls, isAfter);
                var isWhole = await TryAsync(() => act(id, "key-" + name));
                _store.Mend();
                await afterwards(id, "key-" + name);
                if (isWhole) break;
                // The SDK takes its time: there every third call will do.
                if (isCosmos) calls += 2;
            }
        }

        return people;
    }

    private static async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception lost) when (lost is StoreUnavailableException or AggregateException { InnerException: StoreUnavailableException })
        {
            return false;
        }
    }

    private static async Task<long> AvailableAsync(EngineWorld world, string id) => (await world.Store.FindCustomerAsync(id))!.Wallets.Single(static one => one.Name == "spendable").Available;

    private async Task<EngineWorld> StartAsync(bool isCosmos)
    {
        if (isCosmos) _account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), static () => Start);
        return await EngineWorld.StartAsync(
            Start,
            program: Program,
            around: inner => _store = new FaultyStore(inner),
            open: isCosmos ? clock => Task.FromResult<IDocumentStore>(new CosmosDocumentStore(_account!.CreateClient(), clock)) : null);
    }
}
