using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

public sealed class CosmosDocumentStoreContractTests : DocumentStoreContract
{
    private readonly TemporaryAccount _account = new();

    public override Task DisposeAsync() => _account.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _account.OpenStoreAsync(clock);
}

/// <summary>The same where the service removes nothing in time: its clock stands still.</summary>
public sealed class LateCosmosDocumentStoreContractTests : DocumentStoreContract
{
    private readonly TemporaryAccount _account = new() { ServiceNow = () => Start };

    public override Task DisposeAsync() => _account.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _account.OpenStoreAsync(clock);
}

public sealed class CosmosDocumentStoreModelTests : DocumentStoreModelTest
{
    private readonly TemporaryAccount _account = new();

    public override Task DisposeAsync() => _account.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _account.OpenStoreAsync(clock);
}

/// <summary>The same while one call in twelve goes wrong: refused, lost before it arrives, or done with its answer lost.</summary>
public sealed class FaultyCosmosDocumentStoreModelTests : DocumentStoreModelTest
{
    private readonly TemporaryAccount _account = new() { ServiceNow = () => Instant.FromUtc(2026, 3, 1, 12, 0), FaultSeed = 1 };

    public override Task DisposeAsync() => _account.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _account.OpenStoreAsync(clock);
}
