using System.Text;
using System.Text.Json.Nodes;
using Loyalty.CosmosGateway;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Storage.Cosmos.Tests;

/// <summary>What the adapter does when calls go wrong. Always at the gateway: a real account cannot be told to fail.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-cosmos-").FullName;
    private readonly ManualClock _clock = new(Instant.FromUtc(2026, 3, 1, 12, 0));
    private GatewayAccount _gateway = null!;
    private CosmosDocumentStore _store = null!;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayAccount.OpenAsync(Path.Combine(_folder, "account.db"), () => _clock.Now);
        _store = new CosmosDocumentStore(_gateway.CreateClient(), _clock, TemporaryAccount.Options);
    }

    public Task DisposeAsync()
    {
        _gateway.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    public static TheoryData<Fault> Passing =>
        new(Fault.Throttled, Fault.Unavailable, Fault.RetryWith, Fault.BrokenBefore, Fault.BrokenAfter, Fault.TimedOutAfter);

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Commit_BatchMeetsAFaultThatPasses_IsDoneOnceAndKnowsItsETags(Fault fault)
    {
        string etag = await CreateAsync("counter", 1);
        _gateway.Faults.Plan("batch", fault);
        var outcome = Assert.IsType<BatchOutcome.Committed>(await _store.CommitAsync(
            "p", [new DocumentWrite.Replace("counter", etag, "k", Json(2)), new DocumentWrite.Create("marker", "k", Json(1))]));
        Assert.Equal(1, _gateway.Faults.Dealt);
        Assert.Equal((await _store.ReadAsync("p", "counter"))!.ETag, outcome.ETags[0]);
        Assert.Equal((await _store.ReadAsync("p", "marker"))!.ETag, outcome.ETags[1]);
        Assert.Equal(2, await NumberAsync("counter"));
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Commit_SingleWriteMeetsAFaultThatPasses_IsDoneOnce(Fault fault)
    {
        _gateway.Faults.Plan("create", fault);
        Assert.True((await _store.CommitAsync("p", [new DocumentWrite.Create("a", "k", Json(1))])).IsCommitted);
        string etag = (await _store.ReadAsync("p", "a"))!.ETag;
        _gateway.Faults.Plan("replace", fault);
        Assert.True((await _store.CommitAsync("p", [new DocumentWrite.Replace("a", etag, "k", Json(2))])).IsCommitted);
        etag = (await _store.ReadAsync("p", "a"))!.ETag;
        _gateway.Faults.Plan("patch", fault);
        var guarded = Assert.IsType<BatchOutcome.Committed>(await _store.CommitAsync("p", [new DocumentWrite.Guard("a", etag)]));
        _gateway.Faults.Plan("delete", fault);
        Assert.True((await _store.CommitAsync("p", [new DocumentWrite.Delete("a", guarded.ETags[0])])).IsCommitted);
        Assert.Null(await _store.ReadAsync("p", "a"));
        Assert.Equal(4, _gateway.Faults.Dealt);
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Reads_MeetAFaultThatPasses_Answer(Fault fault)
    {
        await CreateAsync("a", 1);
        var range = (await _store.GetFeedRangesAsync())[0];
        foreach (string operation in (string[])["read", "query", "plan", "feed"]) _gateway.Faults.Plan(operation, fault);
        Assert.NotNull(await _store.ReadAsync("p", "a"));
        Assert.Single((await _store.QueryAsync(new DocumentQuery("p"))).Items);
        Assert.Empty(await _store.ScanDueAsync(range, _clock.Now, 10));
        Assert.NotNull(await _store.ReadChangesAsync(range, null, 10));
        Assert.Equal(4, _gateway.Faults.Dealt);
    }

    [Fact]
    public async Task Commit_LostAnswerThenOverwritten_TellsTheTruthOfTheRest()
    {
        await CreateAsync("mine", 1);
        _gateway.Faults.Plan("batch", Fault.BrokenAfter);
        // Somebody else changes one of the two documents before the second attempt: the other one still bears witness.
        var other = new CosmosDocumentStore(_gateway.CreateClient(), _clock);
        _gateway.Faults.Plan("batch", Fault.Unavailable, times: 3);
        var committing = _store.CommitAsync("p", [new DocumentWrite.Upsert("a", "k", Json(1)), new DocumentWrite.Create("marker", "k", Json(1))]).AsTask();
        while (await other.ReadAsync("p", "a") is null) await Task.Yield();
        await other.CommitAsync("p", [new DocumentWrite.Upsert("b", "k", Json(9))]);
        Assert.True((await committing).IsCommitted);
        Assert.Equal(1, await NumberAsync("marker"));
    }

    [Fact]
    public async Task Commit_RealConflictAfterALostCall_IsStillARefusal()
    {
        await CreateAsync("taken", 1);
        _gateway.Faults.Plan("batch", Fault.BrokenBefore);
        var outcome = await _store.CommitAsync("p", [new DocumentWrite.Create("new", "k", Json(1)), new DocumentWrite.Create("taken", "k", Json(2))]);
        Assert.Equal(new BatchOutcome.Refused(1, WriteRefusal.Exists), outcome);
        Assert.Null(await _store.ReadAsync("p", "new"));
    }

    [Fact]
    public async Task Commit_PreconditionRefused_IsARefusalWithoutRetry()
    {
        string etag = await CreateAsync("a", 1);
        _gateway.Faults.Plan("replace", Fault.PreconditionFailed);
        Assert.Equal(
            new BatchOutcome.Refused(0, WriteRefusal.Changed),
            await _store.CommitAsync("p", [new DocumentWrite.Replace("a", etag, "k", Json(2))]));
        Assert.Equal(1, await NumberAsync("a"));
    }

    [Fact]
    public async Task Commit_ServiceStaysAway_ThrowsUnavailable()
    {
        _gateway.Faults.Plan("*", Fault.Unavailable, times: 1000);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.CommitAsync("p", [new DocumentWrite.Create("a", "k", Json(1))]));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.ReadAsync("p", "a"));
    }

    [Fact]
    public async Task Calls_ThrottledForGood_SayHowLongToWait()
    {
        _gateway.Faults.Plan("*", Fault.Throttled, times: 1000);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.ReadAsync("p", "a"));
        Assert.Equal(TimeSpan.FromMilliseconds(1), refused.RetryAfter);
        Assert.Contains("throughput", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_Missing_IsUnavailableAndSaysSo()
    {
        var elsewhere = new CosmosDocumentStore(_gateway.CreateClient(), _clock, TemporaryAccount.Options with { Container = "nowhere" });
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await elsewhere.ReadAsync("p", "a"));
        Assert.Contains("no such database or container", refused.Message, StringComparison.Ordinal);
    }

    private async Task<string> CreateAsync(string id, int value) =>
        Assert.IsType<BatchOutcome.Committed>(await _store.CommitAsync("p", [new DocumentWrite.Create(id, "k", Json(value))])).ETags[0]!;

    private async Task<int> NumberAsync(string id) => JsonNode.Parse((await _store.ReadAsync("p", id))!.Body.Span)!["value"]!.GetValue<int>();

    private static byte[] Json(int value) => Encoding.UTF8.GetBytes($$"""{"value":{{value}}}""");
}
