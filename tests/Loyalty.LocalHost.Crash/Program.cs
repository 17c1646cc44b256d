using System.Globalization;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

// The child of the kill tests: runs chains of activities on a file until all are done, or until the test kills it.
// Arguments: FILE INSTANCES STEPS. Every activity waits for a line on standard input, so that the child cannot run away
// from the test, then appends its key to FILE.effects, prints it, and answers.
var (file, instances, steps) = (
    args[0], int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
await using var database = SqliteDatabase.Open(file);
if (await database.TryAcquireOwnershipAsync("child") is not OwnershipAnswer.Acquired) return 1;
await using var effects = new FileStream(file + ".effects", FileMode.Append, FileAccess.Write, FileShare.Read);
var gate = new Lock();
using var permits = new SemaphoreSlim(0);
_ = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync() is not null) permits.Release();
});
var functions = new DurableFunctions()
    .AddOrchestrator<int, long>("Chain", async (context, count) =>
    {
        var sum = 0L;
        for (var step = 1; step <= count; step++)
        {
            sum += await context.CallActivityAsync<int>("Step", $"{context.InstanceId}/{step}");
            if (step % 4 == 0) await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        }

        return sum;
    })
    .AddActivity<string, int>("Step", async (_, key) =>
    {
        await permits.WaitAsync();
        var line = System.Text.Encoding.UTF8.GetBytes(key + "\n");
        lock (gate)
        {
            effects.Write(line);
            effects.Flush(flushToDisk: false);
            Console.WriteLine(key);
        }

        return int.Parse(key!.AsSpan(key!.IndexOf('/', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
    });
using var hostClock = HostClock.Real();
using var clock = new HostDurableClock(hostClock);
await using var engine = new DurableEngine(database, functions, clock);
clock.Attach(engine);
await engine.StartAsync();
hostClock.Start();
var client = new LocalDurableTaskClient(engine);
await Task.WhenAll(Enumerable.Range(0, instances).Select(StartAsync));
await Task.WhenAll(
    Enumerable.Range(0, instances).Select(number => client.WaitForInstanceCompletionAsync($"chain{number}")));
Console.WriteLine("all done");
return 0;

async Task StartAsync(int number)
{
    var options = new StartOrchestrationOptions($"chain{number}").WithDedupeStatuses(
        [.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
    try
    {
        await client.ScheduleNewOrchestrationInstanceAsync("Chain", steps, options);
    }
    catch (DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException)
    {
        // An earlier life has started it.
    }
}
