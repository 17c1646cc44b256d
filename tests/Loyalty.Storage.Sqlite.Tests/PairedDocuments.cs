using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite.Documents;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>What the child of the crash tests writes: each document in one batch with its twin.</summary>
internal static class PairedDocuments
{
    private const string Twin = "-twin";

    public static async Task<HashSet<string>> ReadIdsAsync(SqliteDocumentStore store)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (Document document in store.ReadAllAsync(new DocumentQuery("crash", Limit: StoreLimits.PageSize)))
        {
            ids.Add(document.Id);
        }

        return ids;
    }

    public static void AssertNoneIsHalf(HashSet<string> ids) =>
        Assert.All(ids, id => Assert.Contains(id.EndsWith(Twin, StringComparison.Ordinal) ? id[..^Twin.Length] : id + Twin, ids));
}
