using Loyalty.Cli.Demo;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Tests.Faults;

/// <summary>What the durable engine loses costs minutes, never a person: the demo under such losses equals the demo without.</summary>
[Collection(ReferenceDemoTests.Name)]
public sealed class DemoFaultTests(ReferenceDemo reference)
{
    private static readonly Duration MostLate = Duration.FromMinutes(3);

    [Fact]
    public async Task Demo_NothingLost_EqualsTheReferenceAndNothingIsLate()
    {
        WatchedStore? store = null;
        var file = reference.Fresh("calm");

        var tables = await PlayAsync(Options(file) with { Override = services => WatchedStore.Override(services, made => store = made) });

        await reference.AssertSameAsync(tables, file);
        Assert.True(store!.Waits.Count > 100);
        Assert.True(store.Longest.For == Duration.Zero, string.Join('\n', store.Waits.Where(static wait => wait.For > Duration.Zero)));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Demo_EveryStartOrPokeLost_SameTablesAtMostThreeMinutesLate(bool starts, bool pokes)
    {
        WatchedStore? store = null;
        var lost = new LostCalls(starts, pokes);
        var file = reference.Fresh($"lost-{starts}-{pokes}");

        var tables = await PlayAsync(Options(file) with
        {
            Override = services =>
            {
                lost.Override(services);
                WatchedStore.Override(services, made => store = made);
            },
        });

        await reference.AssertSameAsync(tables, file);
        Assert.True(lost.Count > 0);
        // Something was late, else nothing was lost; and nothing was late by more than the promise.
        Assert.InRange(store!.Longest.For, Duration.FromMinutes(1), MostLate);
    }

    [Fact]
    public async Task TaskHubLoss_EveryDurableInstanceWipedMidFlight_NothingIsLostAtMostThreeMinutesLate()
    {
        WatchedStore? store = null;
        using var wiper = new Wiper(Duration.FromMinutes(61 * 60 + 7), eachMail: 7);
        var file = reference.Fresh("wiped");

        var tables = await PlayAsync(Options(file) with
        {
            Begun = wiper.Begin,
            DecorateChannel = wiper.Decorate,
            Override = services => WatchedStore.Override(services, made => store = made),
        });

        await reference.AssertSameAsync(tables, file);
        Assert.True(wiper.Wiped >= 10, $"only {wiper.Wiped} instances were lost");
        Assert.True(store!.Longest.For <= MostLate, store.Longest.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(30)]
    public async Task Demo_KilledBetweenAdvanceRunsCommitAndItsResult_TheMessageGoesOutOnce(int nth)
    {
        var file = reference.Fresh($"advance-{nth}");
        using var killed = new CancellationTokenSource();
        using var crash = new CrashAfterAdvance(nth, killed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PlayAsync(
            Options(file) with
            {
                Begun = crash.Begin,
                Durable = new DurableEngineOptions { PersistenceObserver = crash },
                Override = services => WatchedStore.Override(services, static _ => { }, crash.OnCommitted),
            },
            killed.Token));
        Assert.Equal(1, crash.Crashes);

        var tables = await PlayAsync(Options(file));

        await reference.AssertSameAsync(tables, file);
    }

    private static Task<string> PlayAsync(DemoOptions options, CancellationToken cancellation = default) => new DemoRun(options).PlayAsync(
        async (host, source) =>
        {
            Assert.Null(source.Failure);
            return await TablesAsync(host, cancellation);
        },
        cancellation);

    private static async Task<string> TablesAsync(ProgramHost host, CancellationToken cancellation) =>
        System.Text.Encoding.UTF8.GetString(
            LoyaltyJson.Write(await host.Services.GetRequiredService<ReportQueries>().ReadAsync(cancellation)));

    private DemoOptions Options(string file) => new()
    {
        Customers = reference.Shop.Customers,
        Days = reference.Shop.Days,
        Seed = reference.Shop.Seed,
        DataFile = file,
    };
}
