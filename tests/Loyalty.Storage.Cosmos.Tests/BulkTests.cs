using System.Globalization;
using System.Text;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary>Single writes of many callers that travel together, as imports send them.</summary>
public sealed class BulkTests
{
    private static readonly ManualClock Clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));

    [Fact]
    public async Task Commit_ManySingleWritesInBulk_AreDoneInFewRequestsEachWithItsOwnOutcome()
    {
        var account = new TemporaryAccount { Bulk = true, ServiceNow = () => Clock.Now };
        var store = await account.OpenStoreAsync(Clock);
        string[] partitions = [.. Enumerable.Range(0, 300).Select(static number => number.ToString("'customer:'000", CultureInfo.InvariantCulture))];
        Assert.True((await store.CommitAsync(partitions[7], [Create("a", 0)])).IsCommitted);
        account.Gateway.Charges.Clear();

        var outcomes = await Task.WhenAll(partitions.Select(partition => store.CommitAsync(partition, [Create("a", 1)]).AsTask()));

        Assert.Equal(new BatchOutcome.Refused(0, WriteRefusal.Exists), outcomes[7]);
        Assert.All(outcomes.Where((_, index) => index != 7), outcome => Assert.True(outcome.IsCommitted));
        // 300 writes in three partitions of at most 100 records each; a batch may leave earlier than full.
        int requests = account.Gateway.Charges.Calls.Count(static call => call.Operation == "batch");
        Assert.InRange(requests, 3, 60);
        var etags = outcomes.OfType<BatchOutcome.Committed>().Select(static outcome => outcome.ETags[0]).ToList();
        Assert.Equal(299, etags.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(etags[0], (await store.ReadAsync(partitions[0], "a"))!.ETag);
        await account.DisposeAsync();
    }

    private static DocumentWrite Create(string id, int value) =>
        new DocumentWrite.Create(id, "customer", Encoding.UTF8.GetBytes($$"""{"value":{{value}}}"""));
}
