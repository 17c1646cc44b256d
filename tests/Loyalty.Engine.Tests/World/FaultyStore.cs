using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Tests.World;

/// <summary>The real store, which can be cut off at any call: before the call, or after it was done and before its answer came.</summary>
internal sealed class FaultyStore(IDocumentStore store) : IDocumentStore
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

    public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) =>
        AskAsync(() => store.ReadAsync(partition, id, cancellation));

    public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) =>
        AskAsync(() => store.QueryAsync(query, cancellation));

    public async ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default)
    {
        if (BeforeCommit is { } before) await before(partition);
        return await AskAsync(() => store.CommitAsync(partition, writes, cancellation));
    }

    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => store.GetFeedRangesAsync(cancellation);

    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        store.ScanDueAsync(range, until, limit, cancellation);

    public ValueTask<ChangePage> ReadChangesAsync(FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
        store.ReadChangesAsync(range, continuation, limit, cancellation);

    public ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
        store.ScanKindAsync(range, kind, limit, continuation, cancellation);

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
