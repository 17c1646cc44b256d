using Loyalty.Core.Customers;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Tests.Customers;

public sealed class PurchaseHistoryTests
{
    [Fact]
    public void Replace_OrdersInAnyOrder_GivesTheSameHistory()
    {
        var orders = Enumerable.Range(0, 60).Select(static i => ($"o{i}", Counts(i * 10))).ToArray();
        var expected = Shop.Json(Filled(orders));
        for (var seed = 0; seed < 50; seed++)
        {
            new Random(seed).Shuffle(orders);
            Assert.Equal(expected, Shop.Json(Filled(orders)));
        }
    }

    [Fact]
    public void Replace_ManyOrders_KeepsFirstLastAndMean()
    {
        var history = Filled(Enumerable.Range(0, 200).Select(static i => ($"o{i}", Counts(i * 3))));
        Assert.Equal(200, history.Count);
        Assert.Equal(40, history.Orders.Length);
        Assert.Equal(Duration.FromDays(3), history.MeanInterval);
        Assert.Equal(20000, history.SpendIn("EUR"));
    }

    [Fact]
    public void Replace_FirstAndLastCancelled_FallsBackToTheNext()
    {
        var history = Filled([("a", Counts(0)), ("b", Counts(10)), ("c", Counts(40)), ("d", Counts(41))]);
        history = history.Replace("a", Counts(0), null).Replace("d", Counts(41), null);
        Assert.Equal((2, Counts(10).PaidAt, Counts(40).PaidAt), (history.Count, history.FirstAt, history.LastAt));
        Assert.Equal(Duration.FromDays(30), history.MeanInterval);
        history = history.Replace("b", Counts(10), null).Replace("c", Counts(40), null);
        Assert.Equal(Shop.Json(new PurchaseHistory()), Shop.Json(history));
    }

    [Fact]
    public void Replace_SeveralCurrencies_AreSummedApart()
    {
        var history = Filled([("a", Counts(0)), ("b", Counts(1) with { Currency = "JPY", SpendMinor = 7 })]);
        Assert.Equal((100, 7, 0), (history.SpendIn("EUR"), history.SpendIn("JPY"), history.SpendIn("USD")));
    }

    private static PurchaseHistory Filled(IEnumerable<(string Id, OrderContribution Counts)> orders) =>
        orders.Aggregate(new PurchaseHistory(), static (history, order) => history.Replace(order.Id, null, order.Counts));

    private static OrderContribution Counts(int day) => new(Shop.Start + Duration.FromDays(day), 100, "EUR");
}
