using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Contract;
using Loyalty.Storage.Sqlite.Crash;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>
/// A process goes on from the customer as it committed them last. Another process on the same file (here: another use case with a memory of its own) may have
/// changed them: what is answered must be what fresh reads would have answered.
/// </summary>
public sealed class SeenCustomersTests
{
    private const string Id = Redeemer.Customer;
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 1, 12, 0);
    private static readonly ManualClock Clock = new(Day);
    private static readonly EntryCause Because = new() { OrderId = "o", Actor = "operator", Reason = "goodwill" };

    [Fact]
    public async Task Post_WhatWasSeenHasTooLittle_FindsWhatAnotherProcessGave()
    {
        await using var file = new TemporaryFile();
        var (one, other) = await TwoAsync(file, 100);
        Assert.Equal(40, await SpendAsync(one, "a", 60));
        Assert.IsType<PointsAnswer.Done>(await other.PostAsync(Id, "spendable", new LedgerCommand.Adjust("more", 100, null, Because)));
        Assert.Equal(20, await SpendAsync(one, "b", 120));
    }

    [Fact]
    public async Task Post_WhatWasSeenHasEnough_IsRefusedWhereAnotherProcessSpentIt()
    {
        await using var file = new TemporaryFile();
        var (one, other) = await TwoAsync(file, 100);
        Assert.Equal(90, await SpendAsync(one, "a", 10));
        Assert.Equal(0, await SpendAsync(other, "b", 90));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.InsufficientPoints), await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("c", 10, Because)));
    }

    [Fact]
    public async Task Post_KeyThatAnotherProcessPosted_IsRepeatedOrAConflict()
    {
        await using var file = new TemporaryFile();
        var (one, other) = await TwoAsync(file, 100);
        await SpendAsync(one, "a", 10);
        var theirs = Assert.IsType<PointsAnswer.Done>(await other.PostAsync(Id, "spendable", new LedgerCommand.Spend("same", 5, Because)));
        var ours = Assert.IsType<PointsAnswer.Done>(await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("same", 5, Because)));
        Assert.Equal((theirs.EntryId, 85), (ours.EntryId, ours.Available));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.KeyConflict), await other.PostAsync(Id, "spendable", new LedgerCommand.Spend("same", 6, Because)));
    }

    [Fact]
    public async Task Post_OwnKeyAgain_IsRepeatedOrAConflict()
    {
        await using var file = new TemporaryFile();
        var (one, _) = await TwoAsync(file, 100);
        var request = IdempotentRequest.Of("redeem", "key", 10L)!;
        var first = await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("a", 10, Because), request);
        await SpendAsync(one, "b", 1);
        Assert.Equal(first, await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("a", 10, Because), request));
        Assert.Equal(
            new PointsAnswer.Refused(RefusalCode.IdempotencyKeyReused),
            await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("c", 11, Because), IdempotentRequest.Of("redeem", "key", 11L)));
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.KeyConflict), await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("a", 12, Because)));
    }

    [Fact]
    public async Task Post_PersonRestrictedSince_IsRefused()
    {
        await using var file = new TemporaryFile();
        var (one, _) = await TwoAsync(file, 100);
        await SpendAsync(one, "a", 10);
        var store = await file.OpenStoreAsync(Clock);
        var stored = (await store.ReadAsync(Keys.CustomerPartition(Id), Keys.CustomerId))!;
        var restricted = LoyaltyJson.WriteDocument(LoyaltyJson.Read<CustomerState>(stored.Body.Span) with { RestrictedAt = Day });
        Assert.True((await store.CommitAsync(stored.Partition, [new DocumentWrite.Replace(stored.Id, stored.ETag, stored.Kind, restricted)])).IsCommitted);
        Assert.Equal(new PointsAnswer.Refused(RefusalCode.CustomerRestricted), await one.PostAsync(Id, "spendable", new LedgerCommand.Spend("b", 10, Because)));
    }

    [Fact]
    public async Task Post_SeenCustomer_ReadsNothing()
    {
        await using var file = new TemporaryFile();
        var store = new CountingStore(await file.OpenStoreAsync(Clock));
        var points = Redeemer.Create(store, Clock);
        await OpenAsync(store, points, 100);
        var before = store.Reads;
        await SpendAsync(points, "a", 10);
        Assert.Equal(before, store.Reads);
    }

    [Fact]
    public async Task Post_MoreCustomersThanAreKept_ReadsThemAgain()
    {
        await using var file = new TemporaryFile();
        var store = new CountingStore(await file.OpenStoreAsync(Clock));
        var points = Redeemer.Create(store, Clock, new SeenCustomers(1));
        foreach (var customer in (string[])["x", "y", "z"]) await OpenAsync(store, points, 100, customer);
        var before = store.Reads;
        foreach (var customer in (string[])["z", "y"])
            Assert.IsType<PointsAnswer.Done>(await points.PostAsync(customer, "spendable", new LedgerCommand.Spend("a", 1, Because)));
        Assert.Equal(before, store.Reads);
        Assert.IsType<PointsAnswer.Done>(await points.PostAsync("x", "spendable", new LedgerCommand.Spend("a", 1, Because)));
        Assert.True(store.Reads > before);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Post_TurnAndTurnAbout_AnswersAsOneProcessWould(int seed)
    {
        await using var file = new TemporaryFile();
        var (one, other) = await TwoAsync(file, 200);
        var (random, balance, known) = (new Random(seed), 200L, new Dictionary<string, long>(StringComparer.Ordinal));
        for (var i = 0; i < 150; i++)
        {
            var points = random.Next(3) == 0 ? other : one;
            var (key, amount) = (random.Next(60).ToString(CultureInfo.InvariantCulture), random.Next(1, 40));
            var gives = random.Next(4) == 0;
            LedgerCommand command = gives ? new LedgerCommand.Adjust(key, amount, null, Because) : new LedgerCommand.Spend(key, amount, Because);
            var answer = await points.PostAsync(Id, "spendable", command);
            var asked = gives ? amount : -amount;
            if (known.TryGetValue(key, out var before))
            {
                if (before == asked) Assert.IsType<PointsAnswer.Done>(answer);
                else Assert.Equal(new PointsAnswer.Refused(RefusalCode.KeyConflict), answer);
            }
            else if (balance + asked < 0)
            {
                Assert.Equal(new PointsAnswer.Refused(RefusalCode.InsufficientPoints), answer);
            }
            else
            {
                (balance, known[key]) = (balance + asked, asked);
                Assert.Equal(balance, Assert.IsType<PointsAnswer.Done>(answer).Available);
            }
        }

        var store = await file.OpenStoreAsync(Clock);
        var page = await store.QueryAsync(new DocumentQuery(Keys.CustomerPartition(Id), Keys.EntryPrefix, 1000));
        var customer = LoyaltyJson.Read<CustomerState>((await store.ReadAsync(Keys.CustomerPartition(Id), Keys.CustomerId))!.Body.Span);
        var wallet = Assert.Single(customer.WalletStates);
        Assert.Empty(LedgerBooks.Check(wallet, [.. page.Items.Select(static item => LoyaltyJson.Read<LedgerEntry>(item.Body.Span))]));
        Assert.Equal((balance, known.Count + 1), (wallet.Balances.Available, page.Items.Count));
    }

    private static async Task<(PointsUseCase One, PointsUseCase Other)> TwoAsync(TemporaryFile file, long balance)
    {
        var store = await file.OpenStoreAsync(Clock);
        var (one, other) = (Redeemer.Create(store, Clock), Redeemer.Create(store, Clock));
        await OpenAsync(store, one, balance);
        return (one, other);
    }

    private static async Task OpenAsync(IDocumentStore store, PointsUseCase points, long balance, string id = Id)
    {
        var customer = LoyaltyJson.Write(new CustomerState { CustomerId = id, CreatedAt = Day, KnownSince = Day });
        await store.CommitAsync(Keys.CustomerPartition(id), [new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, customer)]);
        Assert.IsType<PointsAnswer.Done>(await points.PostAsync(id, "spendable", LedgerCommand.Opening("old-system", "1", balance, null, null, Day)));
    }

    private static async Task<long> SpendAsync(PointsUseCase points, string key, long amount) =>
        Assert.IsType<PointsAnswer.Done>(await points.PostAsync(Id, "spendable", new LedgerCommand.Spend(key, amount, Because))).Available;

    /// <summary>Passes everything on and counts point reads.</summary>
    private sealed class CountingStore(IDocumentStore inner) : PassingStore(inner)
    {
        public int Reads { get; private set; }

        public override ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default)
        {
            Reads++;
            return Inner.ReadAsync(partition, id, cancellation);
        }
    }
}
