using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Identity;

/// <summary>A merge cut off at every call of the store, and resumed in every way there is: the same person as if nothing had happened.</summary>
public sealed class MergeFaultTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Merge_CutAnywhereAndResumed_SamePerson(bool isAfter)
    {
        FaultyStore faulty = null!;
        await using var world = await EngineWorld.StartAsync(Start, around: store => faulty = new FaultyStore(store));
        var expected = await MergedAsync(world, faulty, "calm", int.MaxValue, isAfter, 0);
        var points = 0;
        while (true)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"p{points}");
            var actual = await MergedAsync(world, faulty, name, points, isAfter, points);
            if (actual is null) break;
            Assert.True(expected == actual, $"cut {(isAfter ? "after" : "before")} call {points}:\n{actual}\nexpected:\n{expected}");
            points++;
        }

        Assert.InRange(points, 40, 400);
        await world.SettleAsync();
        await world.CheckBooksAsync();
        var messages = await world.AllAsync<MessageRecord>(Kinds.Message);
        Assert.Equal(messages.Count, messages.DistinctBy(static one => (one.RunId, one.Step, one.Visit)).Count());
        Assert.Equal(messages.Count(static one => one.Result == "sent"), Directory.GetFiles(world.OutboxFolder, "*.eml").Length);
        Assert.DoesNotContain(await world.AllAsync<RunDocument>(Kinds.Run), static run => run is { Status: RunStatus.Active, WakeAt: null });
    }

    [Fact]
    public async Task Merge_CutAnywhereWhileTheSurvivorIsAbsorbed_AllBecomeTheOldest()
    {
        FaultyStore faulty = null!;
        await using var world = await EngineWorld.StartAsync(Start, around: store => faulty = new FaultyStore(store));
        for (var points = 0; ; points++)
        {
            var (old, young) = (new Shopper($"old{points}"), new Shopper($"p{points}"));
            await world.TellAsync(old.Paid([old.Email], "0", 5, world.Clock.Now));
            world.Clock.Now += Duration.FromSeconds(1);
            await TwoAsync(world, young);
            var before = await PersonMergeTests.SumAsync(world);
            var isCut = await CutAsync(world, faulty, young.Both(world.Clock.Now), points, points % 2 == 0);
            await ApplyAsync(world, old.Both(world.Clock.Now) with { Identifiers = [old.Email, young.Email] });
            await ApplyAsync(world, young.Both(world.Clock.Now));

            var owner = (await world.Queries.FindAsync(old.Address))!;
            Assert.Equal(owner, await world.Queries.FindAsync(young.Address));
            Assert.Equal(owner, await world.Queries.FindAsync(young.Account.Value));
            var snapshot = (await world.Queries.GetAsync(owner))!;
            Assert.Equal((3, 2, 0), (snapshot.Customer!.Purchases.Count, snapshot.Customer.Absorbed.Length, snapshot.Customer.Joining.Length));
            Assert.Equal((100L, 105L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending));
            Assert.Empty(LedgerBooks.Check(snapshot.Wallets[0], await world.Queries.EntriesAsync(owner)));
            var after = await PersonMergeTests.SumAsync(world);
            Assert.Equal((before.Issued, before.Pending, before.Available - 100), (after.Issued, after.Pending, after.Available));
            if (!isCut) break;
        }
    }

    [Fact]
    public async Task Merge_ManyAtOnceInBothDirections_OnePersonAndEveryEventOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        for (var round = 0; round < 10; round++)
        {
            var (ann, bob) = (new Shopper($"a{round}"), new Shopper($"b{round}"));
            await TwoAsync(world, ann);
            world.Clock.Now += Duration.FromSeconds(1);
            await TwoAsync(world, bob);
            var now = world.Clock.Now;
            CanonicalEvent[] events =
            [
                ann.Both(now),
                bob.Both(now),
                ann.Both(now) with { Id = $"x{round}", Identifiers = [ann.Account, bob.Email] },
                bob.Both(now) with { Id = $"y{round}", Identifiers = [bob.Account, ann.Email] },
                ann.Paid([ann.Email], "n1", 1, now),
                bob.Paid([bob.Account], "n2", 2, now),
                ann.Said(ann.Account, "price", now),
            ];
            await Task.WhenAll(events.Concat(events).Select(e => Task.Run(() => ApplyAsync(world, e))));

            var owner = (await world.Queries.FindAsync(ann.Address))!;
            foreach (var name in new[] { bob.Address, ann.Account.Value, bob.Account.Value }) Assert.Equal(owner, await world.Queries.FindAsync(name));
            var snapshot = (await world.Queries.GetAsync(owner))!;
            Assert.Equal((6, 3, 0), (snapshot.Customer!.Purchases.Count, snapshot.Customer.Absorbed.Length, snapshot.Customer.Joining.Length));
            Assert.Equal((100L, 203L), (snapshot.Wallets[0].Balances.Available, snapshot.Wallets[0].Balances.Pending));
            Assert.Empty(LedgerBooks.Check(snapshot.Wallets[0], await world.Queries.EntriesAsync(owner)));
        }

        Assert.Equal(10, (await world.AllAsync<CustomerState>(Kinds.Customer)).Count);
        Assert.All(await world.AllAsync<OrderState>(Kinds.Order), static order => Assert.NotNull(order.Earning));
    }

    /// <summary>Two people with orders, sign-ups and live runs of the same journeys; then they are told to be one, and that is cut off.</summary>
    /// <returns>The person afterwards; null: the merge was over before the cut came.</returns>
    private static async Task<string?> MergedAsync(EngineWorld world, FaultyStore faulty, string name, int calls, bool isAfter, int way)
    {
        var ann = new Shopper(name);
        await TwoAsync(world, ann);
        var isCut = await CutAsync(world, faulty, ann.Both(world.Clock.Now), calls, isAfter);
        switch (way % 3)
        {
            // The queue delivers the event again.
            case 0: break;
            // Nobody comes but the minute's sweep.
            case 1:
                world.Clock.Now += Duration.FromMinutes(3);
                await world.SweepAsync();
                break;
            // Something else is told of each of the two.
            default:
                await ApplyAsync(world, ann.Said(ann.Account, "price", world.Clock.Now));
                await ApplyAsync(world, ann.Said(ann.Email, "trust", world.Clock.Now));
                break;
        }

        await ApplyAsync(world, ann.Both(world.Clock.Now));
        await ApplyAsync(world, ann.Said(ann.Account, "price", world.Clock.Now));
        await ApplyAsync(world, ann.Said(ann.Email, "trust", world.Clock.Now));
        await world.SettleAsync();
        // Where only the last note was lost, the sweep is the one who finds it.
        world.Clock.Now += Duration.FromMinutes(3);
        await world.SweepAsync();
        return isCut || calls == int.MaxValue ? await PictureAsync(world, ann) : null;
    }

    private static async Task TwoAsync(EngineWorld world, Shopper ann)
    {
        var now = world.Clock.Now;
        await world.TellAsync(ann.SignUp(ann.Email, now));
        await world.TellAsync(ann.Paid([ann.Email], "g1", 40, now));
        world.Clock.Now = now + Duration.FromSeconds(1);
        await world.TellAsync(ann.SignUp(ann.Account, now) with { Identifiers = [ann.Account] });
        await world.TellAsync(ann.Paid([ann.Account], "a1", 60, now));
        await world.TellAsync(ann.Consent(ann.Account, isGiven: false, now));
    }

    private static async Task<bool> CutAsync(EngineWorld world, FaultyStore faulty, CanonicalEvent e, int calls, bool isAfter)
    {
        faulty.CutAfter(calls, isAfter);
        try
        {
            await ApplyAsync(world, e);
            return false;
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
        finally
        {
            faulty.Mend();
        }
    }

    private static Task ApplyAsync(EngineWorld world, CanonicalEvent e) => world.Apply.ApplyAsync(e, mayStart: true);

    private static async Task<string> PictureAsync(EngineWorld world, Shopper ann)
    {
        var owner = (await world.Queries.FindAsync(ann.Address))!;
        Assert.Equal(owner, await world.Queries.FindAsync(ann.Account.Value));
        var snapshot = (await world.Queries.GetAsync(owner))!;
        var customer = snapshot.Customer!;
        var entries = await world.Queries.EntriesAsync(owner);
        Assert.Empty(LedgerBooks.Check(snapshot.Wallets[0], entries));
        var lines = new List<string>
        {
            $"orders {customer.Purchases.Count} spend {customer.Purchases.SpendIn("USD")} stage {customer.Stage} absorbed {customer.Absorbed.Length} joining {customer.Joining.Length}",
            $"consents {string.Join(',', customer.Consents.Select(static one => $"{one.Topic} {one.IsGiven}"))}",
            $"once {string.Join(',', customer.OnceGranted)} wallet {snapshot.Wallets[0].Balances}",
            $"live {string.Join(',', customer.Runs.Select(static one => one.Journey).Order(StringComparer.Ordinal))}",
        };
        lines.AddRange(entries.Select(entry => $"entry {entry.Sequence} {entry.Type} {entry.Points} {entry.Cause.Reason} {entry.Cause.Revision}"));
        lines.AddRange((await world.Queries.RunsAsync(owner)).Select(static run => $"run {run.Run.Journey} {run.Run.Outcome == RunOutcomes.Merged}").Order(StringComparer.Ordinal));
        foreach (var order in (await world.AllAsync<OrderState>(Kinds.Order)).Where(order => order.OrderId == ann.OrderId("g1") || order.OrderId == ann.OrderId("a1")))
        {
            Assert.Equal(owner, order.CustomerId);
            lines.Add($"order {order.OrderId[^2..]} {order.Nth} {order.Earning!.Rules[0].Posted}");
        }

        Assert.Single(await world.AllAsync<Engine.Identity.MergeRecord>(Kinds.Merge), one => one.DoneAt is not null && one.Into == owner);
        return string.Join('\n', lines);
    }
}
