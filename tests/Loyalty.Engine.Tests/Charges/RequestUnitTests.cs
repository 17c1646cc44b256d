using System.Globalization;
using System.Text.RegularExpressions;
using Loyalty.Core.Events;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Charges;

/// <summary>
/// What the use cases cost on Cosmos DB, by the published charges for point reads and writes (tests/Loyalty.CosmosGateway/RequestCharges.cs). A budget
/// that is exceeded shows every call with its charge.
/// </summary>
public sealed class RequestUnitTests : IAsyncLifetime
{
    private const string Ann = "ann@example.com";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-charges-").FullName;
    private GatewayAccount _account = null!;
    private EngineWorld _world = null!;

    public async Task InitializeAsync()
    {
        _account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), static () => Start);
        _world = await EngineWorld.StartAsync(Start, open: clock => Task.FromResult(DeployedStore.Of(_account, clock)));
        await _world.TellAsync(Tell.SignUp(Ann, Start));
        await _world.SettleAsync();
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _account.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>
    /// The first event of an order, with one grant and one listening run, intake included: the accepted event, the order's owner, and one batch of four
    /// documents (customer with wallets, order with the mark of the event, entry, run).
    /// </summary>
    private const double FirstPaidOrder = 40;

    private const double FurtherListener = 12;
    private const double Turn = 30;

    /// <summary>A program with these rules of points, and as many journeys as listen.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task PaidOrder_OneGrantAndSoManyListeners_StaysWithinItsBudget(int listeners)
    {
        var program = new ProgramText().Program("""
            wallets: { spendable: { returns: within-balance } }
            earning:
              - { rule: one-per-euro, event: order.paid, per-amount: 1, base: net, active: { after-fulfilment: 14d, at-latest: 30d }, expires: 365d }
            """);
        for (int i = 0; i < listeners; i++)
        {
            program = program.Journey($"first-order-{i}", """
                stage: attract
                about: customer
                enter: { event: customer.signed-up, key: customer, again: never }
                steps:
                  - { name: hear, wait-for: { event: order.paid, up-to: 30d }, in-time: [ { name: bought, end: bought } ], too-late: [ { name: quiet, end: no-order } ] }
                """);
        }

        using var account = await GatewayAccount.OpenAsync(Path.Combine(_folder, "listeners.db"), static () => Start);
        await using var world = await EngineWorld.StartAsync(
            Start, program: program, open: clock => Task.FromResult(DeployedStore.Of(account, clock)));
        await world.TellAsync(Tell.SignUp(Ann, Start));
        await world.SettleAsync();
        account.Charges.Clear();
        await world.TellAsync(Tell.Paid(Ann, "1001", 80, Start));
        string batch = Assert.Single(account.Charges.Calls, static call => call.Operation == "batch").What;
        Assert.Single(Regex.Matches(batch, "Create:entry-"));
        Assert.Equal(listeners, Regex.Count(batch, "Replace:run-"));
        AssertWithin(account, FirstPaidOrder + (Math.Max(0, listeners - 1) * FurtherListener));
    }

    [Fact]
    public async Task PaidOrder_OneGrantAndTwoListeners_StaysWithinItsBudget()
    {
        _account.Charges.Clear();
        await _world.TellAsync(InDollars(Tell.Paid(Ann, "1001", 80, Start)));
        string batch = Assert.Single(_account.Charges.Calls, static call => call.Operation == "batch").What;
        Assert.Contains("Create:entry-", batch, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(batch, "Replace:run-"));
        AssertWithin(FirstPaidOrder + FurtherListener);
    }

    [Fact]
    public async Task PaidOrder_Redelivered_CostsReadsOnly()
    {
        await _world.TellAsync(InDollars(Tell.Paid(Ann, "1001", 80, Start)));
        _world.ForgetMessageIds();
        _account.Charges.Clear();
        await _world.TellAsync(InDollars(Tell.Paid(Ann, "1001", 80, Start)));
        Assert.DoesNotContain(_account.Charges.Calls, static call => call.Operation == "batch");
        AssertWithin(12);
    }

    [Fact]
    public async Task Turns_OfTwoRunsAfterAnOrder_StayWithinTheirBudget()
    {
        await _world.TellAsync(InDollars(Tell.Paid(Ann, "1001", 80, Start)));
        _account.Charges.Clear();
        await _world.SettleAsync();
        Assert.Equal(2, _account.Charges.Calls.Count(static call => call.Operation == "batch"));
        AssertWithin(2 * Turn);
    }

    private static CanonicalEvent InDollars(CanonicalEvent e) =>
        e with { Data = new EventData.Order(((EventData.Order)e.Data).Snapshot with { Currency = "USD" }) };

    private void AssertWithin(double budget) => AssertWithin(_account, budget);

    private static void AssertWithin(GatewayAccount account, double budget) => Assert.True(
        account.Charges.Total <= budget,
        string.Create(CultureInfo.InvariantCulture, $"{account.Charges.Total:0.00} RU of {budget}:\n")
        + string.Join('\n', account.Charges.Calls.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.RequestUnits,6:0.00} {one.Operation} {one.What}"))));
}
