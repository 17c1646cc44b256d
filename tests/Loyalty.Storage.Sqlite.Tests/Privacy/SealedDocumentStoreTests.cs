using System.Security.Cryptography;
using System.Text;
using Loyalty.Core.Events;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests.Privacy;

public sealed class SealedDocumentStoreTests : IAsyncLifetime
{
    private const string Canary = "canary-4711@privacy.example";
    private const string Person = "customer:c1";
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 12, 0);

    private readonly TemporaryFile _file = new();
    private SqliteDocumentStore _raw = null!;
    private SealedDocumentStore _store = null!;

    public async Task InitializeAsync()
    {
        _raw = await _file.OpenStoreAsync(new ManualClock(Now));
        _store = new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey()));
    }

    public async Task DisposeAsync() => await _file.DisposeAsync();

    private static byte[] Body(string text = Canary) => Encoding.UTF8.GetBytes($$"""{"email":"{{text}}"}""");

    private static async Task<string> TextAsync(IDocumentStore store, string partition, string id) =>
        Encoding.UTF8.GetString((await store.ReadAsync(partition, id))!.Body.Span);

    [Fact]
    public async Task CommitAsync_APersonsDocument_LiesSealedAndComesBackAsItWas()
    {
        await _store.CommitAsync(Person, [new DocumentWrite.Create("person", Kinds.Person, Body())]);

        Assert.DoesNotContain("canary", await TextAsync(_raw, Person, "person"), StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetString(Body()), await TextAsync(_store, Person, "person"));
        Assert.Equal(Encoding.UTF8.GetString(Body()), await TextAsync(new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey())), Person, "person"));
    }

    [Fact]
    public async Task CommitAsync_ALedgerEntry_StaysReadableWithoutAnyKey()
    {
        await _store.CommitAsync(Person, [new DocumentWrite.Create("entry-1", Kinds.Entry, Body("no name"))]);

        Assert.Contains("no name", await TextAsync(_raw, Person, "entry-1"), StringComparison.Ordinal);
        Assert.Null(await _raw.ReadAsync(Person, "~key"));
    }

    [Fact]
    public async Task CommitAsync_TwoProcessesAtOnce_AgreeOnOneKey()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey()))).ToList();
        var outcomes = await Task.WhenAll(stores.Select((store, i) =>
            store.CommitAsync(Person, [new DocumentWrite.Create($"feedback-{i}", Kinds.Feedback, Body())]).AsTask()));

        Assert.All(outcomes, static outcome => Assert.True(outcome.IsCommitted));
        var page = await _store.QueryAsync(new DocumentQuery(Person));
        Assert.Equal(8, page.Items.Count);
        Assert.All(page.Items, static one => Assert.Equal(Encoding.UTF8.GetString(Body()), Encoding.UTF8.GetString(one.Body.Span)));
    }

    [Fact]
    public async Task CommitAsync_AHundredWritesAndNoKeyYet_AreOneBatchBehindTheKey()
    {
        var writes = Enumerable.Range(0, StoreLimits.BatchOperations).Select(i => new DocumentWrite.Create($"order-{i}", Kinds.Order, Body())).ToList();

        Assert.Equal(100, Assert.IsType<BatchOutcome.Committed>(await _store.CommitAsync(Person, writes)).ETags.Count);
    }

    [Fact]
    public async Task CommitAsync_ABatchOfTwoMegabytes_FitsSealed()
    {
        var text = string.Concat(Enumerable.Repeat("an article, ", 9_000));
        var writes = Enumerable.Range(0, 19).Select(i => new DocumentWrite.Create($"order-{i}", Kinds.Order, Body(text))).ToList();

        Assert.True((await _store.CommitAsync(Person, writes)).IsCommitted);
        Assert.Contains("an article", await TextAsync(_store, Person, "order-7"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_SealedBytesMovedToAnotherPerson_DoNotOpen()
    {
        await _store.CommitAsync(Person, [new DocumentWrite.Create("person", Kinds.Person, Body())]);
        await _store.CommitAsync("customer:c2", [new DocumentWrite.Create("person", Kinds.Person, Body("somebody else"))]);
        var stolen = (await _raw.ReadAsync(Person, "person"))!.Body;
        var key = (await _raw.ReadAsync(Person, "~key"))!.Body;
        await _raw.CommitAsync("customer:c2", [new DocumentWrite.Upsert("person", Kinds.Person, stolen)]);

        await Assert.ThrowsAsync<AuthenticationTagMismatchException>(async () => await _store.ReadAsync("customer:c2", "person"));
        await _raw.CommitAsync("customer:c2", [new DocumentWrite.Upsert("~key", "personal-key", key)]);
        var other = new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey()));
        await Assert.ThrowsAsync<MasterKeyException>(async () => await other.ReadAsync("customer:c2", "person"));
    }

    [Fact]
    public async Task ReadAsync_UnderAnotherMasterKey_IsRefused()
    {
        await _store.CommitAsync(Person, [new DocumentWrite.Create("person", Kinds.Person, Body())]);

        var other = new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey(2)));
        await Assert.ThrowsAsync<MasterKeyException>(async () => await other.ReadAsync(Person, "person"));
    }

    [Fact]
    public async Task DestroyKeyAsync_WhatWasSealed_IsAbsentForEveryReader()
    {
        await _store.CommitAsync(Person, [new DocumentWrite.Create("person", Kinds.Person, Body()), new DocumentWrite.Create("entry-1", Kinds.Entry, Body("books"))]);
        await _store.DestroyKeyAsync(Person, Now);
        await _store.DestroyKeyAsync(Person, Now);

        Assert.True(await _store.IsDestroyedAsync(Person));
        Assert.Null(await _store.ReadAsync(Person, "person"));
        Assert.Equal("entry-1", Assert.Single((await _store.QueryAsync(new DocumentQuery(Person))).Items).Id);
        Assert.Empty((await _store.ScanKindAsync((await _store.GetFeedRangesAsync())[0], Kinds.Person, 10)).Items);
        Assert.DoesNotContain("\"key\"", await TextAsync(_raw, Person, "~key"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommitAsync_AnAcceptedEvent_LiesUnderTheProgramsOwnKey()
    {
        await _store.CommitAsync("intake:s", [new DocumentWrite.Create("one", Kinds.Intake, Body())]);

        Assert.DoesNotContain("canary", await TextAsync(_raw, "intake:s", "one"), StringComparison.Ordinal);
        Assert.Null(await _raw.ReadAsync("intake:s", "~key"));
        Assert.Contains("canary", await TextAsync(new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey())), "intake:s", "one"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => _store.DestroyKeyAsync("intake:s", Now));
    }

    [Fact]
    public async Task CommitAsync_WithRetention_IsGoneWhenItsTimeIsOver()
    {
        var clock = new ManualClock(Now);
        var raw = await _file.OpenStoreAsync(clock);
        var store = new SealedDocumentStore(raw, new KeyRing(raw, new FixedMasterKey()), retention: new RetentionRules { Messages = Duration.FromDays(30) }, clock: clock);
        await store.CommitAsync(Person, [new DocumentWrite.Create("message-1", Kinds.Message, Body()), new DocumentWrite.Create("order-1", Kinds.Order, Body())]);
        Assert.Equal(Now + Duration.FromDays(30), (await raw.ReadAsync(Person, "message-1"))!.ExpiresAt);
        Assert.Null((await raw.ReadAsync(Person, "order-1"))!.ExpiresAt);
        // A term that is shorter already stays.
        await store.CommitAsync(Person, [new DocumentWrite.Upsert("message-1", Kinds.Message, Body(), ExpiresAt: Now + Duration.FromDays(1))]);
        Assert.Equal(Now + Duration.FromDays(1), (await raw.ReadAsync(Person, "message-1"))!.ExpiresAt);
    }

    [Fact]
    public async Task CommitAsync_ARun_IsKeptAsLongAsItMayGoOnAndThenForItsPeriod()
    {
        var clock = new ManualClock(Now);
        var raw = await _file.OpenStoreAsync(clock);
        var store = new SealedDocumentStore(raw, new KeyRing(raw, new FixedMasterKey()), retention: new RetentionRules { Runs = Duration.FromDays(400), Orders = Duration.FromDays(500) }, clock: clock);
        foreach (var (status, wakeAt, kept) in new (string, Instant?, bool)[] { ("active", Now, true), ("parked", Now, true), ("held", null, true), ("finished", null, false) })
        {
            var body = Encoding.UTF8.GetBytes($$"""{"run":{"status":"finished","x":[{"status":1}]},"gen":1,"status":"{{status}}"}""");
            await store.CommitAsync(Person, [new DocumentWrite.Upsert("run-1", Kinds.Run, body, WakeAt: wakeAt)]);
            Assert.Equal(kept ? null : Now + Duration.FromDays(400), (await raw.ReadAsync(Person, "run-1"))!.ExpiresAt);
        }

        await store.CommitAsync(Person, [new DocumentWrite.Create("order-1", Kinds.Order, Body())]);
        Assert.Equal(Now + Duration.FromDays(500), (await raw.ReadAsync(Person, "order-1"))!.ExpiresAt);
    }

    [Fact]
    public async Task ReadAsync_ADocumentFromBeforeSealing_IsReadAsItIs()
    {
        await _raw.CommitAsync(Person, [new DocumentWrite.Create("person", Kinds.Person, Body())]);

        Assert.Equal(Encoding.UTF8.GetString(Body()), await TextAsync(_store, Person, "person"));
    }

    [Fact]
    public async Task CommitAsync_AnIdentifier_LiesUnderAKeyedHash()
    {
        var partition = Keys.IdentifierPartition(Identifier.Email(Canary)!.Value);
        await _store.CommitAsync(partition, [new DocumentWrite.Create(Keys.OwnerId, Kinds.Identifier, Body("who"))]);

        Assert.Equal(partition, (await _store.ReadAsync(partition, Keys.OwnerId))!.Partition);
        Assert.Null(await _raw.ReadAsync(partition, Keys.OwnerId));
        var stored = Assert.Single((await _raw.ScanKindAsync((await _raw.GetFeedRangesAsync())[0], Kinds.Identifier, 10)).Items).Partition;
        Assert.StartsWith("identifier:", stored, StringComparison.Ordinal);
        var elsewhere = new SealedDocumentStore(_raw, new KeyRing(_raw, new FixedMasterKey()));
        Assert.NotNull(await elsewhere.ReadAsync(partition, Keys.OwnerId));
    }
}
