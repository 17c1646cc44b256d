using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Tests.Customers;

public sealed class CdnowTests
{
    [SharedDataFact("cdnow/CDNOW_sample.txt")]
    public void Decide_EighteenMonthsOfRealPurchases_CountsEveryRowAndBalancesTheBooks()
    {
        var program = Shop.Program(Shop.PerEuro) with { Currency = "USD" };
        var rows = File.ReadLines(SharedData.Full("cdnow/CDNOW_sample.txt"))
            .Select(static (line, number) => (Cells: line.Split(' ', StringSplitOptions.RemoveEmptyEntries), Number: number))
            .Where(static row => row.Cells.Length == 5)
            .ToList();
        Assert.Equal(6919, rows.Count);
        var customers = rows.GroupBy(static row => row.Cells[1]).ToList();
        Assert.Equal(2357, customers.Count);
        foreach (var customer in customers)
        {
            var keeper = new Keeper(program);
            var cents = 0L;
            foreach (var row in customer)
            {
                var at = LocalDatePattern.CreateWithInvariantCulture("yyyyMMdd").Parse(row.Cells[2]).Value.AtMidnight().InUtc().ToInstant();
                var net = (long)(decimal.Parse(row.Cells[4], CultureInfo.InvariantCulture) * 100);
                cents += net;
                keeper.Apply(Shop.Told(Shop.Paid(row.Number.ToString(CultureInfo.InvariantCulture), at, net) with { Currency = "USD" }));
            }

            Assert.Equal(customer.Count(), keeper.Customer!.Purchases.Count);
            Assert.Equal(cents, keeper.Customer.Purchases.SpendIn("USD"));
            Assert.Equal(keeper.Entries.Sum(static entry => entry.Points), keeper.Wallet().Balances.Available);
            Assert.Empty(LedgerBooks.Check(keeper.Wallet(), keeper.Entries));
        }
    }
}
