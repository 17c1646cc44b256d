using System.Globalization;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Cosmos;
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
        _world = await EngineWorld.StartAsync(Start, open: clock => Task.FromResult<Storage.IDocumentStore>(new CosmosDocumentStore(_account.CreateClient(), clock)));
        await _world.TellAsync(Tell.SignUp(Ann, Start));
        await _world.SettleAsync();
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _account.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task PaidOrder_FirstOfItsCustomer_StaysWithinItsBudget()
    {
        _account.Charges.Clear();
        await _world.TellAsync(Tell.Paid(Ann, "1001", 80, Start));
        AssertWithin(1);
    }

    [Fact]
    public async Task Turn_AfterAnOrder_StaysWithinItsBudget()
    {
        await _world.TellAsync(Tell.Paid(Ann, "1001", 80, Start));
        _account.Charges.Clear();
        await _world.SettleAsync();
        AssertWithin(1);
    }

    private void AssertWithin(double budget) => Assert.True(
        _account.Charges.Total <= budget,
        string.Create(CultureInfo.InvariantCulture, $"{_account.Charges.Total:0.00} RU of {budget}:\n")
        + string.Join('\n', _account.Charges.Calls.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.RequestUnits,6:0.00} {one.Operation} {one.What}"))));
}
