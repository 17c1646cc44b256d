using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;

namespace Loyalty.Functions.Tests.Runs;

/// <summary>The program's store; while it is cut, nothing can be deleted.</summary>
internal sealed class CutStore(IDocumentStore store) : PassingStore(store)
{
    public bool IsCut { get; set; }

    public override ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        IsCut && writes.Any(static write => write is DocumentWrite.Delete)
            ? throw new StoreUnavailableException("The test has cut the connection.")
            : Inner.CommitAsync(partition, writes, cancellation);
}
