using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

/// <summary>
/// Random operations on a store and on <see cref="StoreModel"/> must give the same answers. Seeded: a failure names the seed and the step, and the
/// same seed fails again.
/// </summary>
public abstract class DocumentStoreModelTest : IAsyncLifetime
{
    private const int Steps = 250;

    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);
    private static readonly string[] Partitions = ["customer:1", "customer:2", "limit:ü"];
    private static readonly string[] Ids = ["a", "ab", "b", "b-1", "b-2", "ä", "\uFFFD", "😀"];
    private static readonly string[] Kinds = ["run", "marker"];

    private readonly ManualClock _clock = new(Start);
    private readonly StoreModel _model = new();
    private readonly Dictionary<string, string> _fed = new(StringComparer.Ordinal);

    public Task InitializeAsync() => Task.CompletedTask;

    public abstract Task DisposeAsync();

    /// <inheritdoc cref="DocumentStoreContract.OpenAsync"/>
    protected abstract Task<IDocumentStore> OpenAsync(IClock clock);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task RandomOperations_ComparedWithTheModel_GiveTheSameAnswers(int seed)
    {
        var random = new Random(seed);
        IDocumentStore store = await OpenAsync(_clock);
        var changes = new ChangeReader(store, limit: 3);
        for (int step = 0; step < Steps; step++)
        {
            try
            {
                await StepAsync(store, changes, random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, step {step} of {Steps}: {failure.Message}", failure);
            }
        }
    }

    private async Task StepAsync(IDocumentStore store, ChangeReader changes, Random random)
    {
        string partition = Pick(random, Partitions);
        switch (random.Next(20))
        {
            case < 11:
                await CommitAsync(store, partition, random);
                break;
            case < 13:
                await CheckReadAsync(store, partition, Pick(random, Ids));
                break;
            case < 15:
                await CheckQueryAsync(store, partition, random);
                break;
            case 15:
                await CheckDueAsync(store, random);
                break;
            case 16:
                await CheckKindAsync(store, Pick(random, Kinds), random.Next(1, 6));
                break;
            case 17:
                await CheckChangesAsync(changes);
                break;
            default:
                _clock.Now += Duration.FromMilliseconds(random.Next(0, 4_000));
                break;
        }
    }

    private async Task CommitAsync(IDocumentStore store, string partition, Random random)
    {
        int count = random.Next(3) == 0 ? random.Next(2, 6) : 1;
        string[] ids = [.. Ids];
        random.Shuffle(ids);
        (DocumentWrite Write, int Value)[] writes = [.. ids.Take(count).Select(id => NextWrite(partition, id, random))];
        DocumentWrite[] batch = [.. writes.Select(write => write.Write)];

        BatchOutcome.Refused? expected = _model.Check(partition, batch, _clock.Now);
        BatchOutcome outcome = await store.CommitAsync(partition, batch);
        if (expected is not null)
        {
            Assert.Equal(expected, outcome);
            return;
        }

        _model.Apply(partition, writes, Assert.IsType<BatchOutcome.Committed>(outcome).ETags);
    }

    private (DocumentWrite Write, int Value) NextWrite(string partition, string id, Random random)
    {
        int value = random.Next(1_000_000);
        byte[] body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"value":{{value}}}"""));
        string kind = Pick(random, Kinds);
        Instant? wakeAt = random.Next(2) == 0 ? _clock.Now + Duration.FromMilliseconds(random.Next(-2_000, 8_000)) : null;
        Instant? expiresAt = random.Next(3) == 0
            ? Instant.FromUnixTimeSeconds(_clock.Now.ToUnixTimeSeconds() + random.Next(0, 6))
            : null;
        string etag = NextETag(partition, id, random);
        DocumentWrite write = random.Next(10) switch
        {
            < 3 => new DocumentWrite.Create(id, kind, body, wakeAt, expiresAt),
            < 6 => new DocumentWrite.Replace(id, etag, kind, body, wakeAt, expiresAt),
            6 => new DocumentWrite.Upsert(id, kind, body, wakeAt, expiresAt),
            7 => new DocumentWrite.Delete(id, random.Next(2) == 0 ? null : etag),
            _ => new DocumentWrite.Guard(id, etag),
        };
        return (write, value);
    }

    /// <summary>Mostly the present ETag, sometimes one that was valid once.</summary>
    private string NextETag(string partition, string id, Random random)
    {
        if (random.Next(4) == 0 && _model.OldETags.TryGetValue((partition, id), out List<string>? old))
        {
            return old[random.Next(old.Count)];
        }

        return _model.Find(partition, id, _clock.Now)?.ETag ?? "999999999";
    }

    private async Task CheckReadAsync(IDocumentStore store, string partition, string id)
    {
        Document? read = await store.ReadAsync(partition, id);
        StoreModel.Entry? expected = _model.Find(partition, id, _clock.Now);
        Assert.Equal(expected is null ? null : Describe(partition, id, expected), read is null ? null : Describe(read));
    }

    private async Task CheckQueryAsync(IDocumentStore store, string partition, Random random)
    {
        string prefix = Pick(random, ["", "a", "b", "b-", "x", "😀"]);
        bool descending = random.Next(2) == 0;
        IEnumerable<string> expected = _model.Present(_clock.Now)
            .Where(entry => entry.Key.Partition == partition && entry.Key.Id.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(entry => Convert.ToHexString(Encoding.UTF8.GetBytes(entry.Key.Id)), StringComparer.Ordinal)
            .Select(entry => Describe(entry.Key.Partition, entry.Key.Id, entry.Entry));
        var query = new DocumentQuery(partition, prefix, random.Next(1, 6), descending);
        var found = new List<string>();
        DocumentPage page;
        do
        {
            page = await store.QueryAsync(query);
            found.AddRange(page.Items.Select(Describe));
            query = query with { Continuation = page.Continuation };
        }
        while (page.Continuation is not null);

        Assert.Equal(descending ? expected.Reverse() : expected, found);
    }

    private async Task CheckDueAsync(IDocumentStore store, Random random)
    {
        Instant until = _clock.Now + Duration.FromMilliseconds(random.Next(-1_000, 4_000));
        IEnumerable<string> expected = _model.Present(_clock.Now).Where(entry => entry.Entry.WakeAt <= until)
            .Select(entry => $"{entry.Key} {entry.Entry.Kind} {entry.Entry.WakeAt!.Value.ToUnixTimeTicks()}");
        var found = new List<string>();
        foreach (FeedRange range in await store.GetFeedRangesAsync())
        {
            IReadOnlyList<DueDocument> due = await store.ScanDueAsync(range, until, StoreLimits.PageSize);
            Assert.Equal(due.Select(item => item.WakeAt).Order(), due.Select(item => item.WakeAt));
            found.AddRange(due.Select(item => $"{(item.Partition, item.Id)} {item.Kind} {item.WakeAt.ToUnixTimeTicks()}"));
        }

        AssertSame(expected, found);
    }

    private async Task CheckKindAsync(IDocumentStore store, string kind, int limit)
    {
        var found = new List<string>();
        foreach (FeedRange range in await store.GetFeedRangesAsync())
        {
            DocumentPage page;
            string? continuation = null;
            do
            {
                page = await store.ScanKindAsync(range, kind, limit, continuation);
                found.AddRange(page.Items.Select(Describe));
                continuation = page.Continuation;
            }
            while (continuation is not null);
        }

        AssertSame(
            _model.Present(_clock.Now).Where(entry => entry.Entry.Kind == kind)
                .Select(entry => Describe(entry.Key.Partition, entry.Key.Id, entry.Entry)),
            found);
    }

    /// <summary>After catching up, the reader's last word on every present document is its present state.</summary>
    private async Task CheckChangesAsync(ChangeReader changes)
    {
        foreach (Document change in await changes.CatchUpAsync())
        {
            _fed[$"{change.Partition} {change.Id}"] = Describe(change with { ETag = string.Empty });
        }

        foreach (((string partition, string id), StoreModel.Entry entry) in _model.Present(_clock.Now))
        {
            Assert.Equal(Describe(partition, id, entry with { ETag = string.Empty }), _fed.GetValueOrDefault($"{partition} {id}"));
        }
    }

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> found) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));

    private static string Describe(string partition, string id, StoreModel.Entry entry) =>
        Describe(partition, id, entry.ETag, entry.Kind, entry.Value, entry.WakeAt, entry.ExpiresAt);

    private static string Describe(Document document) => Describe(
        document.Partition,
        document.Id,
        document.ETag,
        document.Kind,
        JsonNode.Parse(document.Body.Span)!["value"]!.GetValue<int>(),
        document.WakeAt,
        document.ExpiresAt);

    private static string Describe(string partition, string id, string etag, string kind, int value, Instant? wakeAt, Instant? expiresAt) =>
        $"{partition} {id} {etag} {kind} {value} {wakeAt?.ToUnixTimeTicks()} {expiresAt?.ToUnixTimeTicks()}";

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
