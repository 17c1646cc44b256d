using Loyalty.Engine.Storage;

namespace Loyalty.Storage.Contract;

/// <summary>Reads the change feed of all ranges, going on from where it was.</summary>
public sealed class ChangeReader
{
    private readonly IDocumentStore _store;
    private readonly int _limit;
    private readonly Dictionary<FeedRange, string> _continuations = [];

    public ChangeReader(IDocumentStore store, int limit = 100)
    {
        _store = store;
        _limit = limit;
    }

    /// <summary>Everything up to the first page of each range that says it is the last.</summary>
    public async Task<List<Document>> CatchUpAsync()
    {
        var changes = new List<Document>();
        foreach (FeedRange range in await _store.GetFeedRangesAsync())
        {
            ChangePage page;
            do
            {
                page = await _store.ReadChangesAsync(range, _continuations.GetValueOrDefault(range), _limit);
                Assert.True(page.Items.Count <= _limit);
                _continuations[range] = page.Continuation;
                changes.AddRange(page.Items);
            }
            while (page.HasMore);
        }

        return changes;
    }
}
