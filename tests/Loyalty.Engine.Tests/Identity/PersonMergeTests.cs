using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Engine.Identity;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Identity;

/// <summary>An event with identifiers of two people makes them one, by events.md.</summary>
public sealed class PersonMergeTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);
    private static readonly Duration Hour = Duration.FromHours(1);

    [Fact]
    public async Task Merge_GuestAndAccount_OlderIdWinsAndNothingIsLost()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        await world.TellAsync(ann.Paid([ann.Email], "g1", 40, Start));
        await world.PassAsync(Hour);
        await world.TellAsync(ann.SignUp(ann.Account, world.Clock.Now) with { Identifiers = [ann.Account] });
        await world.TellAsync(ann.Paid([ann.Account], "a1", 60, world.Clock.Now));
        var guest = (await world.People.OwnerAsync(ann.Email))!;
        var account = (await world.People.OwnerAsync(ann.Account))!;
        Assert.NotEqual(guest, account);
        var before = await SumAsync(world);

        await world.PassAsync(Hour);
        await world.TellAsync(ann.Both(world.Clock.Now));

        Assert.Equal(guest, await world.People.OwnerAsync(ann.Account));
        Assert.Equal(guest, await world.Queries.FindAsync(account));
        var snapshot = (await world.Queries.GetAsync(account))!;
        Assert.Equal(guest, snapshot.Customer!.CustomerId);
        Assert.Equal(2, snapshot.Customer.Purchases.Count);
        Assert.Equal(100_00, snapshot.Customer.Purchases.SpendIn("USD"));
        Assert.Equal(CustomerStage.Repeat, snapshot.Customer.Stage);
        Assert.Equal(account, Assert.Single(snapshot.Customer.Absorbed));
        Assert.Empty(snapshot.Customer.Joining);
        Assert.Equal(before, await SumAsync(world));
        Assert.Equal((100L, 100L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending));
        Assert.All(await world.AllAsync<OrderState>(Kinds.Order), order => Assert.Equal(guest, order.CustomerId));
        Assert.Contains(await world.AllAsync<EventMarker>(Kinds.Marker), static marker => marker.Type == EventTypes.CustomerMerged);
        Assert.Empty(await LeftAsync(world, account));
        await world.CheckBooksAsync();
        var explained = Assert.Single(await world.Queries.ExplainAsync(account));
        Assert.Equal(snapshot.Wallets[0].Balances, explained.Balances);
    }

    [Fact]
    public async Task Merge_RefundAfterwards_ReversesWhatTheAbsorbedPersonEarned()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        await world.TellAsync(ann.Paid([ann.Account], "a1", 60, Start));
        await world.TellAsync(ann.Paid([ann.Email], "g1", 40, Start));
        await world.TellAsync(ann.Both(Start));
        foreach (var (order, id, amount) in new[] { ("a1", "r1", 20L), ("g1", "r2", 40L) })
            await world.TellAsync(ann.Refund(order, id, amount, Start + Hour));
        await world.TellAsync(ann.Fulfilled([ann.Email], "a1", 60, Start, Start + Hour));
        await world.PassAsync(Duration.FromDays(15));

        var snapshot = (await world.Queries.GetAsync((await world.Queries.FindAsync(ann.Address))!))!;
        Assert.Equal((40L, 0L, 60L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending, snapshot.Wallets[0].Balances.Reversed));
        Assert.Equal(40_00, snapshot.Customer!.Purchases.SpendIn("USD"));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Merge_BothSignedUp_GrantedOnceAndOneRunPerJourney()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        await world.TellAsync(ann.SignUp(ann.Email, Start));
        await world.SettleAsync();
        await world.PassAsync(Hour);
        await world.TellAsync(ann.SignUp(ann.Account, world.Clock.Now));
        var (older, younger) = ((await world.People.OwnerAsync(ann.Email))!, (await world.People.OwnerAsync(ann.Account))!);
        await world.SettleAsync();
        var live = (await world.Queries.GetAsync(older))!.Customer!.Runs;

        await world.TellAsync(ann.Both(world.Clock.Now));
        await world.SettleAsync();

        var snapshot = (await world.Queries.GetAsync(younger))!;
        Assert.Equal((100L, 0L, 100L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending, snapshot.Wallets[0].Balances.Reversed));
        Assert.Equal(live.AsEnumerable(), snapshot.Customer!.Runs);
        var runs = await world.Queries.RunsAsync(older);
        var ended = runs.Where(run => !live.Any(one => one.RunId == run.Run.RunId)).ToList();
        Assert.NotEmpty(ended);
        Assert.All(ended, static run => Assert.Equal((RunOutcomes.Merged, RunStatus.Finished), (run.Run.Outcome, run.Status)));
        Assert.All(runs, run => Assert.Equal((older, older), (run.Run.CustomerId, run.Run.KeyValue)));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Merge_RunOfTheYounger_MovesWithItsIdAndHearsTheNextEvent()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (ann, run) = await InsideAsync(world, "not-bought");
        await world.PassAsync(Duration.FromDays(15));
        await world.TellAsync(ann.Both(world.Clock.Now));
        var owner = (await world.People.OwnerAsync(ann.Account))!;
        Assert.Equal(await world.People.OwnerAsync(ann.Email), owner);
        Assert.Contains((await world.Queries.GetAsync(owner))!.Customer!.Runs, live => live.RunId == run.RunId && live.Key == owner);

        await world.TellAsync(ann.Said(ann.Email, "trust", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(80));

        var ended = Assert.Single(await world.Queries.RunsAsync(owner), one => one.Run.RunId == run.RunId);
        Assert.Equal(RunStatus.Finished, ended.Status);
        var messages = (await world.Queries.MessagesAsync(owner)).Where(message => message.RunId == run.RunId && message.Result == "sent").ToList();
        Assert.Single(messages, static message => message.Template == "why-not-yet");
        Assert.Single(messages, static message => message.Template == "delivery-and-returns");
        Assert.Equal(
            (await world.AllAsync<MessageRecord>(Kinds.Message)).Count(static message => message.Result == "sent"),
            Directory.GetFiles(world.OutboxFolder, "*.eml").Length);
    }

    [Fact]
    public async Task Merge_MessageQueuedButNotHandedOver_GoesOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        world.LosesStarts = true;
        var (ann, run) = await InsideAsync(world, "welcome");
        // One turn: the first letter lies in the outbox, the hand that would deliver it is gone.
        var report = await world.Turns.AdvanceAsync(new Ports.RunReference((await world.People.OwnerAsync(ann.Account))!, run.RunId, 1), null);
        Assert.Single(report.Items);
        await world.TellAsync(ann.Both(world.Clock.Now));
        world.LosesStarts = false;
        await world.PassAsync(Hour);

        var owner = (await world.People.OwnerAsync(ann.Email))!;
        Assert.Single(await world.Queries.MessagesAsync(owner), message => message.RunId == run.RunId && message.Result == "sent");
        Assert.Single(Directory.GetFiles(world.OutboxFolder, "*.eml"));
    }

    [Fact]
    public async Task Merge_WhileTheProviderIsCalled_OutcomeFindsTheRun()
    {
        var channel = new MergingChannel();
        await using var world = await EngineWorld.StartAsync(Start, channel);
        world.LosesStarts = true;
        var (ann, run) = await InsideAsync(world, "welcome");
        var account = (await world.People.OwnerAsync(ann.Account))!;
        var report = await world.Turns.AdvanceAsync(new Ports.RunReference(account, run.RunId, 1), null);
        channel.During = () => world.TellAsync(ann.Both(world.Clock.Now));
        await world.Deliveries.DeliverAsync(new Ports.RunReference(account, run.RunId, 1), Assert.Single(report.Items));
        world.LosesStarts = false;
        await world.PassAsync(Hour);

        var owner = (await world.People.OwnerAsync(ann.Email))!;
        Assert.NotEqual(account, owner);
        Assert.Single(await world.Queries.MessagesAsync(owner), message => message.RunId == run.RunId && message.Result == "sent");
        Assert.Equal(1, channel.Sent);
    }

    [Fact]
    public async Task Redelivery_OfAnEventOfTheAbsorbedPerson_ChangesNothing()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        var old = ann.Said(ann.Account, "price", Start);
        await world.TellAsync(ann.Paid([ann.Email], "g1", 40, Start));
        await world.TellAsync(old);
        await world.TellAsync(ann.SignUp(ann.Account, Start));
        await world.TellAsync(ann.Both(Start + Hour));
        var before = await StateAsync(world);
        foreach (var e in new[] { old, ann.SignUp(ann.Account, Start), ann.Paid([ann.Email], "g1", 40, Start), ann.Both(Start + Hour) })
        {
            world.ForgetMessageIds();
            await world.TellAsync(e);
        }

        Assert.Equal(before, await StateAsync(world));
    }

    [Fact]
    public async Task Merge_Chain_AllBecomeTheOldest()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (a, b, c) = (new Shopper("a"), new Shopper("b"), new Shopper("c"));
        var ids = new List<string>();
        foreach (var (one, number) in new[] { (c, "1"), (a, "2"), (b, "3") })
        {
            await world.TellAsync(one.SignUp(one.Email, world.Clock.Now));
            await world.TellAsync(one.Paid([one.Email], number, 10, world.Clock.Now));
            ids.Add((await world.People.OwnerAsync(one.Email))!);
            await world.PassAsync(Hour);
        }

        await world.TellAsync(b.Both(world.Clock.Now) with { Identifiers = [a.Email, b.Email] });
        await world.TellAsync(a.Both(world.Clock.Now) with { Identifiers = [c.Email, a.Email] });

        foreach (var id in ids) Assert.Equal(ids[0], await world.Queries.FindAsync(id));
        var snapshot = (await world.Queries.GetAsync(ids[2]))!;
        Assert.Equal(3, snapshot.Customer!.Purchases.Count);
        Assert.Equal(ids.Skip(1).Order(StringComparer.Ordinal), snapshot.Customer.Absorbed);
        Assert.Equal((100L, 30L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending));
        await world.CheckBooksAsync();
        await world.TellAsync(b.Paid([b.Email], "4", 10, world.Clock.Now));
        Assert.Equal(4, (await world.Queries.GetAsync(ids[0]))!.Customer!.Purchases.Count);
    }

    [Fact]
    public async Task Merge_BeyondSixteen_EventIsAppliedAndNobodyIsMerged()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        await world.TellAsync(ann.SignUp(ann.Email, Start));
        await world.PassAsync(Hour);
        for (var i = 0; i <= CustomerLimits.Absorbed; i++)
        {
            var other = new Shopper($"o{i}");
            await world.TellAsync(other.Paid([other.Email], "1", 10, world.Clock.Now));
            await world.TellAsync(other.Both(world.Clock.Now) with { Identifiers = [ann.Email, other.Email] });
        }

        var customer = (await world.Queries.GetAsync((await world.Queries.FindAsync(ann.Address))!))!.Customer!;
        Assert.Equal((16, 16), (customer.Absorbed.Length, customer.Purchases.Count));
        Assert.NotEqual(customer.CustomerId, await world.Queries.FindAsync("o16@example.com"));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task OrderToldOfTwoAccounts_StaysWithWhoHasIt_NobodyIsMerged()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (ann, bob) = (new Shopper("ann"), new Shopper("bob"));
        await world.TellAsync(bob.SignUp(bob.Account, Start));
        await world.TellAsync(ann.Paid([ann.Account], "1", 10, Start));
        await world.TellAsync(ann.Fulfilled([bob.Account], "1", 10, Start, Start + Hour));

        var (one, other) = ((await world.People.OwnerAsync(ann.Account))!, (await world.People.OwnerAsync(bob.Account))!);
        Assert.NotEqual(one, other);
        Assert.Equal(one, Assert.Single(await world.AllAsync<OrderState>(Kinds.Order)).CustomerId);
        Assert.DoesNotContain(bob.Account.Value, (await world.Queries.GetAsync(one))!.Customer!.Identifiers);
    }

    [Fact]
    public async Task OrderToldOfGuestAndAccount_MakesThemOne()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var ann = new Shopper("ann");
        await world.TellAsync(ann.SignUp(ann.Account, Start));
        await world.TellAsync(ann.Paid([ann.Email], "1", 10, Start));
        await world.TellAsync(ann.Fulfilled([ann.Account], "1", 10, Start, Start + Hour));

        var owner = (await world.People.OwnerAsync(ann.Account))!;
        Assert.Equal(owner, await world.People.OwnerAsync(ann.Email));
        Assert.Equal(1, (await world.Queries.GetAsync(owner))!.Customer!.Purchases.Count);
        await world.CheckBooksAsync();
    }

    /// <summary>A guest, then an account that is inside a journey and not held out of it.</summary>
    internal static async Task<(Shopper Shopper, RunState Run)> InsideAsync(EngineWorld world, string journey)
    {
        for (var i = 0; i < 20; i++)
        {
            var ann = new Shopper($"ann{i}");
            await world.TellAsync(ann.Said(ann.Email, "advice", world.Clock.Now - Hour));
            world.Clock.Now += Duration.FromSeconds(1);
            await world.TellAsync(ann.SignUp(ann.Account, world.Clock.Now));
            var runs = await world.Queries.RunsAsync((await world.People.OwnerAsync(ann.Account))!);
            if (runs.FirstOrDefault(run => run.Run.Journey == journey && !run.Run.IsHeldOut) is { } inside) return (ann, inside.Run);
        }

        throw new InvalidOperationException("Twenty people in a row were held out.");
    }

    internal static async Task<WalletBalances> SumAsync(EngineWorld world) =>
        LedgerBooks.Balances(await world.AllAsync<LedgerEntry>(Kinds.Entry));

    private static async Task<List<string>> LeftAsync(EngineWorld world, string customerId)
    {
        var page = await world.Store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(customerId)));
        return [.. page.Items.Select(static one => one.Id).Where(static id => id is not (Keys.CustomerId or Keys.MergeId) && !id.StartsWith(Keys.MarkerPrefix, StringComparison.Ordinal))];
    }

    private static async Task<string> StateAsync(EngineWorld world)
    {
        var lines = new List<string>();
        lines.AddRange((await world.AllAsync<CustomerState>(Kinds.Customer)).Select(Text));
        lines.AddRange((await world.AllAsync<OrderState>(Kinds.Order)).Select(Text));
        lines.AddRange((await world.AllAsync<LedgerEntry>(Kinds.Entry)).Select(Text));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string Text<T>(T value) => System.Text.Encoding.UTF8.GetString(Core.Serialization.LoyaltyJson.Write(value));
}
