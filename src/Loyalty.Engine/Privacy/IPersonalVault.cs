using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What erasure needs of a store that seals: to write what is to outlive the key, and to destroy the key.</summary>
public interface IPersonalVault
{
    /// <summary>A commit of documents that stay readable when the partition's key is gone.</summary>
    ValueTask<BatchOutcome> CommitOpenAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default);

    /// <summary>Destroys a partition's key; twice is once.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="at">When; word of it is left, so that nobody makes another key.</param>
    /// <param name="cancellation">Gives up.</param>
    Task DestroyKeyAsync(string partition, Instant at, CancellationToken cancellation = default);

    /// <summary>Whether the partition's key was destroyed.</summary>
    Task<bool> IsDestroyedAsync(string partition, CancellationToken cancellation = default);

    /// <summary>A keyed hash of a name.</summary>
    ValueTask<string> HashAsync(string text, CancellationToken cancellation = default);
}
