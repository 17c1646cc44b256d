using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Games;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Games;

public sealed class GameTests
{
    private static readonly Instant Day = Shop.Start;

    private static readonly GameRule Regular = new()
    {
        Name = "regular",
        Title = "Regular",
        Kind = GameKind.Badge,
        EventType = EventTypes.OrderPaid,
        Goal = 3,
        Points = 50,
    };

    [Fact]
    public void Badge_ThirdOrder_IsEarnedAndRolledBackWithTheRefund()
    {
        var keeper = new Keeper(Shop.Program() with { Games = [Regular] });
        for (var i = 1; i <= 3; i++) keeper.Apply(Shop.Told(Shop.Paid($"{i}", Day + Duration.FromDays(i), 1000)));
        Assert.Equal((50, 1), (keeper.Wallet().Balances.Available, keeper.Customer!.Games!.Value[0].Rounds));
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r1", Day, ("l0", 400))));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:2", Shop.Refund("r2", Day, ("l0", 600))));
        Assert.Equal((0, 0, 2L), (keeper.Wallet().Balances.Available, keeper.Customer!.Games!.Value[0].Rounds, keeper.Customer.Games.Value[0].Sum));
        keeper.Apply(Shop.Told(Shop.Paid("4", Day + Duration.FromDays(9), 1000)));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(Shop.Paid("5", Day + Duration.FromDays(10), 1000)));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        Assert.Equal(2, keeper.Occurrences.Count(static occurrence => occurrence.Type == "badge.earned"));
        Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
    }

    [Fact]
    public void Challenge_Amount_CountsWhatIsKeptWithinItsTimeAndRepeats()
    {
        var challenge = Regular with
        {
            Name = "spring",
            Kind = GameKind.Challenge,
            Measure = GameMeasure.Amount,
            Goal = 10000,
            IsRepeated = true,
            From = Day + Duration.FromDays(1),
            Until = Day + Duration.FromDays(30),
        };
        var keeper = new Keeper(Shop.Program() with { Games = [challenge] });
        keeper.Apply(Shop.Told(Shop.Paid("0", Day, 90000)));
        keeper.Apply(Shop.Told(Shop.Paid("1", Day + Duration.FromDays(2), 25000)));
        Assert.Equal(100, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told("shopify:s:1", Shop.Refund("r1", Day + Duration.FromDays(50), ("l0", 5001))));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(Shop.Paid("2", Day + Duration.FromDays(30), 90000)));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Streak_WeeksInARow_BreaksWithTheOrderThatLeaves()
    {
        var streak = Regular with { Name = "weekly", Kind = GameKind.Streak, Every = StreakPeriod.Week, Goal = 3 };
        var keeper = new Keeper(Shop.Program() with { Games = [streak] });
        foreach (var week in new[] { 2, 0, 1, 5 }) keeper.Apply(Shop.Told(Shop.Paid($"{week}", Day + Duration.FromDays(7 * week), 1000)));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(Shop.Paid("1", Day + Duration.FromDays(7), 1000) with { UpdatedAt = Day + Duration.FromDays(60), CancelledAt = Day + Duration.FromDays(60) }));
        Assert.Equal(0, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Badge_OfEventsAndOfCategories_CountsDifferentThings()
    {
        var reviewer = Regular with { Name = "reviewer", EventType = EventTypes.FeedbackGiven, Goal = 2 };
        var taster = Regular with { Name = "taster", Measure = GameMeasure.Categories, Goal = 2, Points = 7 };
        var keeper = new Keeper(Shop.Program() with { Games = [reviewer, taster] });
        foreach (var id in new[] { "a", "b", "c" })
            keeper.Apply(Shop.Event(id, EventTypes.FeedbackGiven, Day, new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "idea"))));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        var order = Shop.Paid("1", Day) with { Lines = [Shop.Line("a", 100) with { Category = "tea" }, Shop.Line("b", 100) with { Category = "tea" }] };
        keeper.Apply(Shop.Told(order));
        Assert.Equal(50, keeper.Wallet().Balances.Available);
        keeper.Apply(Shop.Told(order with { UpdatedAt = Day + Duration.FromDays(1), Lines = order.Lines.Add(Shop.Line("c", 100) with { Category = "cups" }) }));
        Assert.Equal(57, keeper.Wallet().Balances.Available);
    }

    [Fact]
    public void Games_OrdersToldInAnyOrderAndTwice_EndAtTheSame()
    {
        GameRule[] games =
        [
            Regular with { IsRepeated = true },
            Regular with { Name = "amount", Measure = GameMeasure.Amount, Goal = 3000, IsRepeated = true },
            Regular with { Name = "weekly", Kind = GameKind.Streak, Every = StreakPeriod.Week, Goal = 2, IsRepeated = true },
            Regular with { Name = "skus", Measure = GameMeasure.Skus, Goal = 2, IsRepeated = true },
        ];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var events = Enumerable.Range(0, 7).Select(i => Shop.Told(Shop.Paid($"{i}", Day + Duration.FromDays(random.Next(60)), [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.NextInt64(1, 2000))]))).ToList();
            events.AddRange(Enumerable.Range(0, 5).Select(i => Shop.Told($"shopify:s:{random.Next(7)}", Shop.Refund($"r{i}", Day + Duration.FromDays(61), ($"l{random.Next(2)}", random.NextInt64(1, 2500))))));
            var ordered = new Keeper(Shop.Program() with { Games = [.. games] });
            foreach (var e in events) ordered.Apply(e, Day + Duration.FromDays(62));
            var mixed = events.ToArray();
            random.Shuffle(mixed);
            var shuffled = new Keeper(Shop.Program() with { Games = [.. games] });
            foreach (var e in mixed.Concat(mixed)) shuffled.Apply(e, Day + Duration.FromDays(62));
            Assert.Equal(States(ordered), States(shuffled));
            Assert.Equal(ordered.Wallet().Balances.Available, shuffled.Wallet().Balances.Available);
            Assert.Equal(ordered.Customer!.Games!.Value.Sum(static game => game.Lots.Sum(static lot => lot.Points)), ordered.Wallet().Balances.Available);
            Assert.Empty(LedgerBooks.Check(shuffled.Wallet(), shuffled.Entries));
        }
    }

    private static IEnumerable<string> States(Keeper keeper) => keeper.Customer!.Games!.Value
        .Select(static game => $"{game.Name} {game.Sum} {game.Rounds} {string.Join(',', game.Counts)}");
}
