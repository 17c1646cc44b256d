using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Charges;

/// <summary>
/// The budget of an order event where documents are large: a customer with a year of orders and a wallet with a lot of each, an order of ten lines, each
/// with what shops tell of it. Texts, amounts and moments differ, as they do in shops: how far a document can be packed depends on that.
/// </summary>
public sealed class RegularCustomerTests : IDisposable
{
    private const string Ann = "ann@example.com";
    private const int Lines = 10;

    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);
    private static readonly string[] Goods =
        ["Assam Gold Tips", "Darjeeling First Flush", "Sencha Fukamushi", "Lapsang Souchong, smoked", "Kettle of cast iron", "Milk Oolong", "Rooibos Vanilla", "Jasmine Pearls", "White Peony", "Strainer, steel"];

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-charges-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The budget is 40 RU for documents up to 4 KB; it holds also where thirty orders make a customer of 11 KB.</summary>
    [Theory]
    [InlineData(7, 40)]
    [InlineData(30, 40)]
    public async Task PaidOrder_OfTenLinesByARegularCustomer_StaysWithinTheBudget(int ordersBefore, double budget)
    {
        var program = new ProgramText().Program("""
            wallets: { spendable: { returns: within-balance } }
            earning:
              - { rule: one-per-euro, event: order.paid, per-amount: 1, base: net, active: { after-fulfilment: 14d, at-latest: 30d }, expires: 365d }
            """).Journey("listens", """
            stage: attract
            about: customer
            enter: { event: feedback.given, key: customer, again: never }
            steps:
              - { name: hear, wait-for: { event: order.paid, up-to: 30d }, in-time: [ { name: bought, end: bought } ], too-late: [ { name: quiet, end: no-order } ] }
            """);
        using var account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), static () => Start);
        await using var world = await EngineWorld.StartAsync(Start, program: program, open: clock => Task.FromResult(DeployedStore.Of(account, clock)));
        await world.TellAsync(Tell.SignUp(Ann, Start));
        for (var i = 0; i < ordersBefore; i++) await world.TellAsync(Order(1000 + i, lines: 2, Start - Duration.FromHours((30 * (ordersBefore - i)) + i)));
        await world.TellAsync(Tell.Reason(Ann, "price", Start));
        await world.SettleAsync();
        account.Charges.Clear();

        await world.TellAsync(Order(2000, Lines, Start));

        var batch = Assert.Single(account.Charges.Calls, static call => call.Operation == "batch").What;
        Assert.Contains("Create:entry-", batch, StringComparison.Ordinal);
        Assert.Contains("Replace:run-", batch, StringComparison.Ordinal);
        Assert.True(
            account.Charges.Total <= budget,
            string.Create(CultureInfo.InvariantCulture, $"{account.Charges.Total:0.00} RU of {budget}:\n")
            + string.Join('\n', account.Charges.Calls.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.RequestUnits,6:0.00} {one.Operation} {one.What}"))));
    }

    private static CanonicalEvent Order(int number, int lines, Instant at)
    {
        var told = Tell.Paid(Ann, number.ToString(CultureInfo.InvariantCulture), 80, at);
        var snapshot = ((EventData.Order)told.Data).Snapshot;
        return told with { Data = new EventData.Order(snapshot with { Lines = [.. Enumerable.Range(0, lines).Select(i => Line((number * 31) + (i * 7919)) with { Title = Goods[i] })] }) };
    }

    private static OrderLine Line(int seed) => new()
    {
        LineId = (15_400_000_000_000L + (seed * 7_368_787L)).ToString(CultureInfo.InvariantCulture),
        ProductId = (8_100_000_000_000L + (seed * 1_299_709L)).ToString(CultureInfo.InvariantCulture),
        Sku = "TEA-" + (seed * 104_729L % 100_000).ToString(CultureInfo.InvariantCulture),
        Category = seed % 3 == 0 ? "Ware" : "Tea",
        Quantity = 1 + (seed % 3),
        NetMinor = 395 + (seed % 4_177),
        TaxMinor = 28 + (seed % 397),
    };
}
