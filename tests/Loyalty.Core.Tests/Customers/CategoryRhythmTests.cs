using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

public sealed class CategoryRhythmTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 12, 0);
    private static readonly SignalRules Signals = new() { ReorderAtLeastDays = 7, ReorderAtMostDays = 100 };

    [Fact]
    public void Replace_OrdersOfSeveralCategories_EachHasItsOwnRhythm()
    {
        var rhythms = Bought((0, "tea"), (0, "ware"), (20, "tea"), (30, "tea"));

        Assert.Equal(Start + Duration.FromDays(45), rhythms.Single(one => one.Category == "tea").DueAt(Signals));
        Assert.Null(rhythms.Single(one => one.Category == "ware").DueAt(Signals));
    }

    [Fact]
    public void Replace_AnyOrderOfEvents_SameRhythms()
    {
        (int Day, string Category)[] orders = [(0, "tea"), (3, "tea"), (9, "ware"), (12, "tea"), (15, "ware"), (40, "tea"), (41, "tea"), (70, "tea"), (80, "tea")];
        var expected = Shown(Bought(orders));

        for (var turn = 1; turn < orders.Length; turn++) Assert.Equal(expected, Shown(Bought([.. orders[turn..], .. orders[..turn]])));
        Assert.Equal(expected, Shown(Bought([.. orders.Reverse()])));
    }

    [Fact]
    public void Replace_CancelledOrder_IsAsIfItHadNeverBeen()
    {
        var with = Bought((0, "tea"), (10, "tea"), (20, "tea"));

        var without = CategoryRhythm.Replace(with, Order(20, "tea"), null)!.Value;

        Assert.Equal(Shown(Bought((0, "tea"), (10, "tea"))), Shown(without));
        Assert.Empty(CategoryRhythm.Replace(CategoryRhythm.Replace(without, Order(0, "tea"), null), Order(10, "tea"), null)!.Value);
    }

    [Fact]
    public void DueAt_VeryShortAndVeryLongIntervals_AreBounded()
    {
        Assert.Equal(Start + Duration.FromDays(1 + 7), Bought((0, "tea"), (1, "tea"))[0].DueAt(Signals));
        Assert.Equal(Start + Duration.FromDays(400 + 100), Bought((0, "tea"), (400, "tea"))[0].DueAt(Signals));
        Assert.Null(Bought((5, "tea"), (5, "tea"))[0].DueAt(Signals));
    }

    [Fact]
    public void Replace_ManyCategories_KeepsTheLatest()
    {
        var rhythms = Bought([.. Enumerable.Range(0, 40).Select(static day => (day, $"category-{day:00}"))]);

        Assert.Equal(CategoryRhythm.Limit, rhythms.Length);
        Assert.Equal("category-16", rhythms[0].Category);
    }

    [Fact]
    public void Join_TwoPeopleWhoAreOne_CountTogetherAndNothingIsToldTwice()
    {
        var other = Bought((20, "tea"), (25, "ware"));

        var joined = CategoryRhythm.Join(Bought((0, "tea"), (10, "tea")), other)!.Value;
        var kept = CategoryRhythm.Join(CategoryRhythm.Tell(joined, joined[0]), null)!.Value;

        Assert.Equal(Start + Duration.FromDays(30), joined[0].DueAt(Signals));
        Assert.Equal(kept[0].LastAt, kept[0].ToldFor);
        Assert.Equal(["tea", "ware"], joined.Select(static rhythm => rhythm.Category));
    }

    private static OrderContribution Order(int day, string category) => new(Start + Duration.FromDays(day), 100, "EUR") { Categories = CategoryRhythm.Join([Line(category), Line(null), Line(category)]) };

    private static OrderLine Line(string? category) => new() { LineId = "1", Category = category, Quantity = 1, NetMinor = 100 };

    private static ImmutableArray<CategoryRhythm> Bought(params (int Day, string Category)[] orders) =>
        orders.Aggregate((ImmutableArray<CategoryRhythm>?)null, static (known, order) => CategoryRhythm.Replace(known, null, Order(order.Day, order.Category)))!.Value;

    private static string Shown(ImmutableArray<CategoryRhythm> rhythms) =>
        string.Join(' ', rhythms.Select(static one => $"{one.Category}:{one.Count}:{one.Times[0]}..{one.LastAt}"));
}
