using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

/// <summary>Webhooks come twice, late and in any order; what is known afterwards does not show it.</summary>
public sealed class DeliveryOrderTests
{
    private const int Histories = 120;
    private static readonly Instant Later = Shop.Start + Duration.FromDays(400);

    private static readonly ProgramModel Program = Shop.Program(
        Shop.PerEuro,
        Shop.PerEuro with { Id = "gross", Formula = new EarningFormula.PerAmount(0.35m, EarningBase.Gross), ExcludedSkus = ["SKU-l1"] },
        new EarningRule { Id = "thanks", Formula = new EarningFormula.Fixed(25), MinimumMinor = 5000, Activation = new ActivationRule.AfterFulfilment(14) },
        new EarningRule { Id = "welcome", On = EarningTrigger.Registration, Formula = new EarningFormula.Fixed(100) });

    [Fact]
    public void Decide_ScrambledAndTripled_EqualsOrderedOnce()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var events = new RandomHistory(seed).Make();
            var ordered = Delivered(events);
            var scrambled = Delivered(RandomHistory.Scrambled(events, seed));
            Assert.True(Story(ordered) == Story(scrambled), $"seed {seed}:\n{Story(ordered)}\n{Story(scrambled)}");
        }
    }

    [Fact]
    public void Decide_EachEventThreeTimesInOrder_PostsAndTellsNothingMore()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var events = new RandomHistory(seed).Make();
            var once = Delivered(events);
            var thrice = Delivered([.. events.SelectMany(static e => new[] { e, e, e })]);
            Assert.Equal(Shop.Json(once.Entries), Shop.Json(thrice.Entries));
            Assert.Equal(Shop.Json(once.Customer), Shop.Json(thrice.Customer));
            Assert.Equal(Told(once), Told(thrice));
        }
    }

    [Fact]
    public void Decide_AnyHistory_LeavesTheBooksInOrder()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var keeper = Delivered(RandomHistory.Scrambled(new RandomHistory(seed).Make(), seed));
            Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
            Assert.All(keeper.PointsByRule(), static sum => Assert.InRange(sum.Value, 0, long.MaxValue));
            foreach (var order in keeper.Orders.Values)
            {
                foreach (var earned in order.Earning?.Rules ?? [])
                    Assert.Equal(earned.Posted, keeper.PointsByRule().GetValueOrDefault($"{order.OrderId}|{earned.Rule.Id}"));
            }
        }
    }

    private static Keeper Delivered(IEnumerable<CanonicalEvent> events)
    {
        var keeper = new Keeper(Program);
        foreach (var e in events) keeper.Apply(e, Later);
        return keeper;
    }

    /// <summary>Everything that must not depend on the order of delivery.</summary>
    private static string Story(Keeper keeper)
    {
        var customer = keeper.Customer! with { Stage = default, Wallets = [], WalletStates = [] };
        return Shop.Json(new
        {
            customer,
            keeper.Person,
            orders = keeper.Orders.Values.OrderBy(static order => order.OrderId, StringComparer.Ordinal).Select(static order => new { order.Facts, order.Told, order.Counted }),
            points = keeper.PointsByRule().Where(static sum => sum.Value != 0),
            keeper.Wallet().Balances.Available,
            keeper.Wallet().Balances.Pending,
            stage = keeper.Customer!.Stage,
            told = Told(keeper).Where(static id => !id.StartsWith("order.updated", StringComparison.Ordinal)),
        });
    }

    /// <summary>Each id once: what a run's inbox keeps.</summary>
    private static List<string> Told(Keeper keeper) => [.. keeper.Occurrences
        .Where(static occurrence => occurrence.Type != EventTypes.CustomerStageChanged)
        .Select(static occurrence => occurrence.Id)
        .Distinct()
        .Order(StringComparer.Ordinal)];
}
