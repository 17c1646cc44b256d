using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>The program's store; commits to a partition can fail for a while, or from the n-th on as if the process had been killed there.</summary>
internal sealed class FailingStore(SealedDocumentStore store) : PassingStore(store), IPersonalVault
{
    private int _left = int.MaxValue;

    /// <summary>Commits to this partition fail; null: none.</summary>
    public string? Broken { get; set; }

    /// <summary>So many commits go through, then none.</summary>
    public void CutAfter(int commits) => Volatile.Write(ref _left, commits);

    public void Mend() => Volatile.Write(ref _left, int.MaxValue);

    public override ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        Pass(partition);
        return store.CommitAsync(partition, writes, cancellation);
    }

    public ValueTask<BatchOutcome> CommitOpenAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        Pass(partition);
        return store.CommitOpenAsync(partition, writes, cancellation);
    }

    public Task DestroyKeyAsync(string partition, Instant at, CancellationToken cancellation = default)
    {
        Pass(partition);
        return store.DestroyKeyAsync(partition, at, cancellation);
    }

    public Task<bool> IsDestroyedAsync(string partition, CancellationToken cancellation = default) => store.IsDestroyedAsync(partition, cancellation);

    public ValueTask<string> HashAsync(string text, CancellationToken cancellation = default) => store.HashAsync(text, cancellation);

    private void Pass(string partition)
    {
        if (partition == Broken) throw new StoreUnavailableException("The test has broken this partition.");
        if (Volatile.Read(ref _left) != int.MaxValue && Interlocked.Decrement(ref _left) < 0) throw new StoreUnavailableException("The test has cut the connection.");
    }
}
