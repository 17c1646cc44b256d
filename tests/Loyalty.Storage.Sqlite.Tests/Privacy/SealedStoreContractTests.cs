using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests.Privacy;

/// <summary>A store that seals every document keeps every promise of a store.</summary>
public sealed class SealedStoreContractTests : DocumentStoreContract
{
    internal static readonly SealingRules Everything = new(static _ => true, static _ => false, static _ => false, static _ => false);

    private readonly SealedFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override Task<IDocumentStore> OpenAsync(IClock clock) => _file.OpenAsync(clock);
}

/// <summary>Random operations on it give the answers of the model.</summary>
public sealed class SealedStoreModelTests : DocumentStoreModelTest
{
    private readonly SealedFile _file = new();

    public override async Task DisposeAsync() => await _file.DisposeAsync();

    protected override Task<IDocumentStore> OpenAsync(IClock clock) => _file.OpenAsync(clock);
}

/// <summary>A file with sealed documents; the program's own key lies in another one, so that nothing is in it that the test did not write.</summary>
internal sealed class SealedFile
{
    private readonly TemporaryFile _file = new();
    private readonly TemporaryFile _keys = new();

    public async Task<IDocumentStore> OpenAsync(IClock clock) => new SealedDocumentStore(
        await _file.OpenStoreAsync(clock), new KeyRing(await _keys.OpenStoreAsync(clock), new FixedMasterKey()), SealedStoreContractTests.Everything);

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await _keys.DisposeAsync();
    }
}
