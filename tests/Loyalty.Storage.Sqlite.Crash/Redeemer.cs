using System.Globalization;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Crash;

/// <summary>Many redemptions of one balance at once; used by a test in its own process and in a child's.</summary>
public static class Redeemer
{
    public const string Customer = "c-shared";

    public static PointsUseCase Create(IDocumentStore store, IClock clock, SeenCustomers? seen = null) =>
        new(store, new NoJourneys(), RunProtocolSettings.Default, clock, seen);

    /// <summary>Asks for points so many times in parallel and prints or collects the keys that were granted.</summary>
    public static async Task<IReadOnlyList<(string Key, long Points)>> RedeemAsync(PointsUseCase points, string name, int times, long each)
    {
        var done = new List<(string, long)>();
        await Task.WhenAll(Enumerable.Range(0, times).Select(number => Task.Run(async () =>
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
            var answer = await points.PostAsync(Customer, "spendable", new LedgerCommand.Spend(key, each + number % 3, new EntryCause { OrderId = key }));
            if (answer is not PointsAnswer.Done) return;
            lock (done) done.Add((key, each + number % 3));
        })));
        return done;
    }

    /// <summary>The child: waits for a line, redeems, tells each key that was granted.</summary>
    public static async Task RunAsync(string file, string name, int times, long each)
    {
        await using var database = SqliteDatabase.Open(file);
        var clock = new FixedClock();
        var points = Create(await SqliteDocumentStore.OpenAsync(database, clock), clock);
        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadLineAsync();
        var text = new StringBuilder();
        foreach (var (key, redeemed) in await RedeemAsync(points, name, times, each)) text.Append(CultureInfo.InvariantCulture, $"{key} {redeemed}\n");
        await Console.Out.WriteAsync(text + "end\n");
    }

    private sealed class NoJourneys : IProgramSource
    {
        public LiveProgram Current { get; } = new() { Model = new ProgramModel(), Journeys = [] };

        public ValueTask<JourneyDefinition?> DefinitionAsync(string journey, int version, CancellationToken cancellation = default) => default;
    }
}
