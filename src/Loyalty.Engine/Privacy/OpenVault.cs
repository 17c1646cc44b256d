using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>A store that seals nothing: there is no key to destroy, documents are removed all the same, and names are not hashed.</summary>
public sealed class OpenVault(IDocumentStore store) : IPersonalVault
{
    /// <inheritdoc/>
    public ValueTask<BatchOutcome> CommitOpenAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        store.CommitAsync(partition, writes, cancellation);

    /// <inheritdoc/>
    public Task DestroyKeyAsync(string partition, Instant at, CancellationToken cancellation = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<bool> IsDestroyedAsync(string partition, CancellationToken cancellation = default) => Task.FromResult(false);

    /// <inheritdoc/>
    public ValueTask<string> HashAsync(string text, CancellationToken cancellation = default) => ValueTask.FromResult(text);
}
