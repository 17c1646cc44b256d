using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using Loyalty.Storage.Contract;
using NodaTime;

namespace Loyalty.Engine.Tests.Queries;

/// <summary>The doctor finds nothing in a healthy program, and each broken promise by its name.</summary>
public sealed class DoctorTests
{
    private const string Ann = "ann@example.com";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Fact]
    public async Task CheckAsync_HealthyProgram_FindsNothing()
    {
        await using var world = await WorldAsync();
        var report = await Doctor(world).CheckAsync();
        Assert.True(report.IsHealthy, string.Join('\n', report.Checks.SelectMany(static check => check.Examples)));
        Assert.Equal(
            ["entered-is-finished-plus-inside", "waiting-runs-have-a-moment", "nothing-overdue", "no-run-stalled", "books-balance"],
            report.Checks.Select(static check => check.Name));
    }

    [Fact]
    public async Task CheckAsync_NobodySweeps_WhatIsDueCountsAsLateAfterTheGivenTime()
    {
        await using var world = await WorldAsync();
        world.Clock.Now += Duration.FromDays(30);
        Assert.True(Found(await Doctor(world).CheckAsync(), "nothing-overdue").Findings > 0);
        Assert.Equal(0, Found(await Doctor(world).CheckAsync(Duration.FromDays(31)), "nothing-overdue").Findings);
    }

    [Fact]
    public async Task CheckAsync_RunWithoutAMoment_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<RunDocument>(world, Kinds.Run, static run => run with { WakeAt = null });
        Assert.True(Found(await Doctor(world).CheckAsync(), "waiting-runs-have-a-moment").Findings > 0);
    }

    [Fact]
    public async Task CheckAsync_StalledRun_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<RunDocument>(world, Kinds.Run, static run => run with { IsStalled = true, Failures = 10 });
        Assert.True(Found(await Doctor(world).CheckAsync(), "no-run-stalled").Findings > 0);
    }

    [Fact]
    public async Task CheckAsync_RunThatItsCustomerDoesNotKnow_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<CustomerState>(world, Kinds.Customer, static customer => customer with { Runs = [] });
        var check = Found(await Doctor(world).CheckAsync(), "entered-is-finished-plus-inside");
        Assert.True(check.Findings > 0);
        Assert.Contains("its customer does not know it", check.Examples[0], StringComparison.Ordinal);
        Assert.NotNull(check.Remedy);
    }

    [Fact]
    public async Task CheckAsync_FinishedRunThatItsCustomerCountsAsLive_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<RunDocument>(world, Kinds.Run, static run => run with { Run = run.Run with { EndedAt = Start, Outcome = "finished" }, Status = RunStatus.Finished });
        Assert.Contains("its customer counts it as live", Found(await Doctor(world).CheckAsync(), "entered-is-finished-plus-inside").Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_LiveRunWithoutADocument_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<CustomerState>(
            world, Kinds.Customer, static customer => customer with { Runs = [.. customer.Runs, customer.Runs[0] with { RunId = "lost" }] });
        Assert.Contains("there is no such run", Found(await Doctor(world).CheckAsync(), "entered-is-finished-plus-inside").Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_RunWhoseDocumentWakesAtAnotherMoment_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<RunDocument>(world, Kinds.Run, static run => run with { WakeAt = run.WakeAt + Duration.FromDays(400) });
        var check = Found(await Doctor(world).CheckAsync(), "waiting-runs-have-a-moment");
        Assert.Contains(check.Examples, static one => one.Contains("its document wakes at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CheckAsync_EntriesWithoutTheirWallet_AreFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<CustomerState>(world, Kinds.Customer, static customer => customer with { WalletStates = [] });
        Assert.Contains("entries without a wallet", Found(await Doctor(world).CheckAsync(), "books-balance").Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_WalletThatIsNotTheSumOfItsEntries_IsFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<CustomerState>(
            world, Kinds.Customer, static customer => customer with { WalletStates = [.. customer.WalletStates.Select(static wallet => wallet with { Lots = [] })] });
        Assert.True(Found(await Doctor(world).CheckAsync(), "books-balance").Findings > 0);
    }

    [Fact]
    public async Task CheckAsync_EntriesThatNoWalletLeadsTo_AreFound()
    {
        await using var world = await WorldAsync();
        await ChangeAsync<CustomerState>(world, Kinds.Customer, static customer => customer with { WalletStates = [] });
        Assert.Equal(1, Found(await Doctor(world).CheckAsync(), "books-balance").Findings);
    }

    [Fact]
    public async Task CheckAsync_PointsGivenWhileItReads_AreNoFinding()
    {
        await using var world = await WorldAsync();
        var id = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer)).CustomerId;
        var given = 0;
        var store = new BusyStore(world.Store, async () =>
        {
            // Twice: what was read again has changed once more.
            if (given++ < 2) await world.Counter.Points.PostAsync(id, "spendable", new LedgerCommand.Adjust($"gift-{given}", 5, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        });

        var report = await new DoctorQueries(store, world.Clock).CheckAsync();

        Assert.Equal(0, Found(report, "books-balance").Findings);
        Assert.True(given > 2);
    }

    private static async Task<EngineWorld> WorldAsync()
    {
        var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Tell.SignUp(Ann, Start));
        await world.SettleAsync();
        Assert.NotEmpty(await world.AllAsync<RunDocument>(Kinds.Run));
        return world;
    }

    private static DoctorQueries Doctor(EngineWorld world) => new(world.Store, world.Clock);

    private static DoctorCheck Found(DoctorReport report, string name) => report.Checks.Single(check => check.Name == name);

    private static async Task ChangeAsync<T>(EngineWorld world, string kind, Func<T, T> change)
    {
        foreach (var range in await world.Store.GetFeedRangesAsync())
        {
            foreach (var one in (await world.Store.ScanKindAsync(range, kind, 100)).Items)
            {
                var changed = LoyaltyJson.Write(change(LoyaltyJson.Read<T>(one.Body.Span)));
                await world.Store.CommitAsync(one.Partition, [new DocumentWrite.Upsert(one.Id, kind, changed, kind == Kinds.Run ? null : one.WakeAt)]);
            }
        }
    }

    /// <summary>Something happens before the entries of a customer are read.</summary>
    private sealed class BusyStore(IDocumentStore store, Func<Task> happens) : PassingStore(store)
    {
        public override async ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default)
        {
            if (query.IdPrefix == Keys.EntryPrefix) await happens();
            return await base.QueryAsync(query, cancellation);
        }
    }
}
