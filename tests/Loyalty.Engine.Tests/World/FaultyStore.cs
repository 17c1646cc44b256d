using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;

namespace Loyalty.Engine.Tests.World;

/// <summary>The real store, which can be cut off at any call: before the call, or after it was done and before its answer came.</summary>
internal sealed class FaultyStore(IDocumentStore store) : PassingStore(store)
{
    private int _left = int.MaxValue;
    private bool _isAfter;

    /// <summary>Calls since the last <see cref="CutAfter"/>.</summary>
    public int Calls { get; private set; }

    /// <summary>True once the cut has happened.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Runs before a commit of this partition; for what shall happen in between.</summary>
    public Func<string, Task>? BeforeCommit { get; set; }

    /// <summary>The next <paramref name="calls"/> calls work; the one after them, and all that follow, fail.</summary>
    /// <param name="calls">0 or more; a large number: never.</param>
    /// <param name="isAfter">The failing call is done, only its answer is lost.</param>
    public void CutAfter(int calls, bool isAfter) => (_left, _isAfter, Calls, IsCut) = (calls, isAfter, 0, false);

    /// <summary>The connection is back.</summary>
    public void Mend() => (_left, IsCut) = (int.MaxValue, false);

    public override ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) =>
        AskAsync(() => Inner.ReadAsync(partition, id, cancellation));

    public override ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) =>
        AskAsync(() => Inner.QueryAsync(query, cancellation));

    public override async ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        if (BeforeCommit is { } before) await before(partition);
        return await AskAsync(() => Inner.CommitAsync(partition, writes, cancellation));
    }

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        Calls++;
        if (_left > 0)
        {
            _left--;
            return await ask();
        }

        if (_isAfter && !IsCut) await ask();
        IsCut = true;
        throw new StoreUnavailableException("The test has cut the connection.");
    }
}
