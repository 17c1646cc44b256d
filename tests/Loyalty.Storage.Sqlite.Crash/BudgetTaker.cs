using System.Globalization;
using Loyalty.Engine.Limits;
using Loyalty.Storage.Sqlite.Documents;

namespace Loyalty.Storage.Sqlite.Crash;

/// <summary>Many orders that take their part of one budget of points at once; used by a test in its own process and in a child's.</summary>
public static class BudgetTaker
{
    public const int Capacity = 5_000;
    public static readonly string Limit = SharedLimits.PointsOf("first-come");

    /// <summary>So many orders of 1 to 19 points; what they were granted. Every fifth comes to nothing and gives back, every third uses a part.</summary>
    public static async Task<long> TakeAsync(SharedLimits limits, string name, int times)
    {
        var used = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, times), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (number, cancellation) =>
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
            var request = new LimitRequest(Limit, key, (number % 19) + 1, Capacity, new TakeOutcome("customer:" + key, "entry")) { TakesPart = true };
            if (await limits.AcquireAsync(request, cancellation) is not { } grant) return;
            var part = number % 5 == 0 ? 0 : number % 3 == 0 ? grant.Amount / 2 : grant.Amount;
            await limits.ConfirmAsync(Limit, key, part, cancellation);
            Interlocked.Add(ref used, part);
        });
        return used;
    }

    /// <summary>The child: waits for a line, takes, tells how much.</summary>
    public static async Task RunAsync(string file, string name, int times)
    {
        await using var database = SqliteDatabase.Open(file);
        var clock = new FixedClock();
        var limits = new SharedLimits(await SqliteDocumentStore.OpenAsync(database, clock), clock);
        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadLineAsync();
        await Console.Out.WriteLineAsync((await TakeAsync(limits, name, times)).ToString(CultureInfo.InvariantCulture));
    }
}
