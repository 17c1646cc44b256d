using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;

namespace Loyalty.Bench;

/// <summary>A durable engine of its own, without host.</summary>
internal static class BenchEngine
{
    public static async Task<DurableEngine> StartAsync(SqliteDatabase database, HostClock clock, DurableFunctions functions)
    {
        await database.AcquireOwnershipAsync("bench", TimeSpan.FromSeconds(1), held: null, CancellationToken.None);
        await DurableEngine.EnsureSchemaAsync(database);
        using var durableClock = new HostDurableClock(clock);
        var engine = new DurableEngine(database, functions, durableClock, new DurableEngineOptions { MaxConcurrentActivities = 256 });
        durableClock.Attach(engine);
        await engine.StartAsync();
        return engine;
    }
}
