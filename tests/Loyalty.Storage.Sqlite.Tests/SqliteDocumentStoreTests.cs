using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

public sealed class SqliteDocumentStoreContractTests : DocumentStoreContract
{
    private readonly TemporaryFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _file.OpenStoreAsync(clock);
}

public sealed class SqliteDocumentStoreModelTests : DocumentStoreModelTest
{
    private readonly TemporaryFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override async Task<IDocumentStore> OpenAsync(IClock clock) => await _file.OpenStoreAsync(clock);
}
