using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>
/// One midnight for many customers: points activate, then expire, then tiers are looked at, for each in one commit. Cut anywhere and started again, it ends
/// as if nobody had cut it. The large form with killed processes: <c>bench -- midnight</c>.
/// </summary>
public sealed class MidnightRunTests
{
    private const int People = 12;
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
    private static readonly Instant Midnight = Zone.AtStartOfDay(new LocalDate(2027, 1, 1)).ToInstant();

    private static readonly ProgramText Program = new ProgramText().Program("""
        earning:
          - { rule: at-once, event: order.paid, per-amount: 1, expires: { end-of: year } }
          - { rule: later, event: order.paid, per-amount: 1, active: { after-payment: 14d } }
        tiers: { by: points, window: calendar-year, levels: [ { tier: silver, from: 200 } ] }
        signals: { inactive: { after: never } }
        """);

    [Fact]
    public async Task Run_CutAtEveryCall_EndsAsTheOneThatNobodyCut()
    {
        var calm = await PlayAsync(cut: null);
        Assert.Equal(People / 2, calm.Count(static line => line.Contains("silver", StringComparison.Ordinal)));
        Assert.Equal(People, calm.Count(static line => line.Contains("Activate", StringComparison.Ordinal) && line.Contains("Expire", StringComparison.Ordinal)));
        for (var seed = 0; seed < 4; seed++) Assert.Equal(calm, await PlayAsync(new Random(seed)));
    }

    /// <returns>A line per customer: tier, balances, what was posted at midnight.</returns>
    private static async Task<List<string>> PlayAsync(Random? cut)
    {
        FaultyStore? store = null;
        var seasonStart = Zone.AtStartOfDay(new LocalDate(2026, 12, 18)).ToInstant();
        await using var world = await EngineWorld.StartAsync(seasonStart - Duration.FromDays(400), program: Program, around: inner => store = new FaultyStore(inner));
        for (var i = 0; i < People; i++) await world.TellAsync(Tell.Paid($"c{i}@example.com", $"{i}-a", 250, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(400));
        // Half of them reach the year's 200 only with what becomes usable at that very midnight.
        for (var i = 0; i < People; i++) await world.TellAsync(Tell.Paid($"c{i}@example.com", $"{i}-b", i % 2 == 0 ? 150 : 50, seasonStart));
        world.Clock.Now = Midnight;
        while (true)
        {
            if (cut is not null) store!.CutAfter(cut.Next(1, 25), isAfter: cut.Next(2) == 0);
            try
            {
                await world.SweepAsync();
                if ((await world.Due.FindAsync()).Count == 0) break;
            }
            catch (Exception lost) when (lost is StoreUnavailableException or AggregateException)
            {
                // Killed here; the next process begins anew.
            }

            store!.Mend();
        }

        store!.Mend();
        await world.SweepAsync();
        await world.CheckBooksAsync();
        var entries = (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Where(static entry => entry.At == Midnight).ToLookup(static entry => entry.CustomerId);
        return
        [
            .. (await world.AllAsync<CustomerState>(Kinds.Customer)).OrderBy(static one => one.CustomerId, StringComparer.Ordinal).Select(one =>
                $"{one.CustomerId} {one.Tier?.Name} {one.Tier?.Since} {one.WalletStates[0].Balances} {string.Join(' ', entries[one.CustomerId].OrderBy(static entry => entry.Sequence).Select(static entry => $"{entry.Type} {entry.Points}"))}"),
        ];
    }
}
