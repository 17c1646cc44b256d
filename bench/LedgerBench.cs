using System.Diagnostics;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Programs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Privacy;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>
/// A redemption: the conditional debit of a wallet and its entry, durable before it is answered. Ours through the use case that checkouts call (read,
/// decide, commit), beside PostgreSQL doing the same debit and insert in one prepared statement. The two take turns, so that both meet the same disk.
/// </summary>
internal static class LedgerBench
{
    private const int People = 2_000;
    private const int Rounds = 3;
    private const int Clients = 32;
    private const string Hot = "person-0";

    public static async Task RunAsync(BenchOptions options)
    {
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        await using var postgres = options.HasPeer ? await PostgresPeer.TryStartAsync(options, People) : null;
        if (postgres is null && options.HasPeer) Console.WriteLine("PostgreSQL is not installed here (Debian: apt-get install postgresql); ours alone is measured.");
        await using var ours = await Ours.StartAsync(options.Fresh("ledger"));
        Console.WriteLine($"{People:N0} customers, {Rounds} turns each of {options.Seconds} s, median; {postgres?.Version}");
        await CompareAsync("1 client, any customer", 1, static (client, i) => $"person-{i * 7 % People}", 1, ours, postgres, options);
        await CompareAsync($"{Clients} clients, any customer", Clients, static (client, i) => $"person-{(client * 61 + i * 7) % People}", 1, ours, postgres, options);
        await CompareAsync($"{Clients} clients, one hot customer", Clients, static (_, _) => Hot, 1, ours, postgres, options);
        await CompareAsync("1 client, 24 postings at a time for one customer", 1, static (client, i) => $"person-{i * 7 % People}", 24, ours, postgres, options);
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        await ours.CheckAsync();
    }

    private static async Task CompareAsync(
        string what, int clients, Func<int, int, string> customer, int batch, Ours ours, PostgresPeer? postgres, BenchOptions options)
    {
        if (options.Only is { } only && !what.Contains(only, StringComparison.OrdinalIgnoreCase)) return;
        var (own, peer) = (new List<Taken>(), new List<Taken>());
        // The first turn of each only warms it up.
        for (var round = 0; round <= Rounds; round++)
        {
            var before = ours.Counters;
            own.Add(await MeasureAsync(clients, options.Seconds, batch, (client, i) => ours.SpendAsync(customer(client, i), batch)) with { PerCommit = PerCommitOf(before, ours.Counters) });
            if (postgres is not null) peer.Add(await MeasureAsync(clients, options.Seconds, batch, (client, i) => postgres.SpendAsync(client, customer(client, i), batch)));
        }

        var mine = Median(own[1..]);
        if (peer.Count == 0)
        {
            Console.WriteLine($"{what}: {mine}; {mine.OwnUse}");
            return;
        }

        var theirs = Median(peer[1..]);
        Console.WriteLine($"{what}: ours {mine}, PostgreSQL {theirs}, {mine.PerSecond / theirs.PerSecond:0.0} times; {mine.OwnUse}");
    }

    private static async Task<Taken> MeasureAsync(int clients, int seconds, int batch, Func<int, int, Task> spend)
    {
        var done = 0L;
        var busy = MachineClock.BusySeconds();
        var written = ProcessUse.Now();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            for (var i = 0; watch.Elapsed.TotalSeconds < seconds; i++)
            {
                await spend(client, i);
                Interlocked.Add(ref done, batch);
            }
        })));
        return new Taken(done / watch.Elapsed.TotalSeconds, (MachineClock.BusySeconds() - busy) / done * 1_000_000, ProcessUse.Now().Since(written), done);
    }

    private static double PerCommitOf(SqliteDatabaseCounters from, SqliteDatabaseCounters to) => (double)(to.Writes - from.Writes) / (to.Groups - from.Groups);

    private static Taken Median(List<Taken> values) => values.OrderBy(static one => one.PerSecond).ElementAt(values.Count / 2);

    /// <param name="PerSecond">Postings.</param>
    /// <param name="Microseconds">Of processor time of the whole machine for one, with its client; null: not known here.</param>
    /// <param name="Own">What this process used.</param>
    /// <param name="Done">Postings.</param>
    private sealed record Taken(double PerSecond, double? Microseconds, ProcessUse Own, long Done)
    {
        public double PerCommit { get; init; }

        public string OwnUse => $"{PerCommit:0.0} writes per commit; of our process each: {Own.For(Done)}";

        public override string ToString() => Microseconds is { } each ? $"{PerSecond:N0}/s ({each:N0} µs of processor each)" : $"{PerSecond:N0}/s";
    }

    private sealed class Ours : IAsyncDisposable
    {
        private const long Balance = 1_000_000_000;
        private readonly SqliteDatabase _database;
        private readonly IDocumentStore _store;
        private readonly PointsUseCase _points;
        private long _number;
        private long _spent;

        private Ours(SqliteDatabase database, IDocumentStore store, PointsUseCase points) => (_database, _store, _points) = (database, store, points);

        public static async Task<Ours> StartAsync(string file)
        {
            var database = SqliteDatabase.Open(new SqliteDatabaseOptions(file));
            var clock = new BenchClock();
            // As one machine composes it: personal data is sealed before it comes to the file.
            var files = await SqliteDocumentStore.OpenAsync(database, clock);
            var store = new SealedDocumentStore(files, new KeyRing(files, new FileMasterKey(file + ".key")), clock: clock);
            var load = ProgramLoader.Load(Path.Combine(AppContext.BaseDirectory, "program"));
            var programs = await PublishedPrograms.PublishAsync(store, load.Program!);
            var points = new PointsUseCase(store, programs, RunProtocolSettings.Default, clock);
            var now = clock.GetCurrentInstant();
            await Parallel.ForEachAsync(Enumerable.Range(0, People), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
            {
                var id = $"person-{number}";
                var state = LoyaltyJson.Write(new CustomerState { CustomerId = id, CreatedAt = now, KnownSince = now });
                await store.CommitAsync(Keys.CustomerPartition(id), [new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, state)]);
                await points.PostAsync(id, "spendable", new LedgerCommand.Grant("opening", Balance, now, null, new EntryCause { Reason = "opening-balance" }));
            });
            return new Ours(database, store, points);
        }

        public SqliteDatabaseCounters Counters => _database.Counters;

        public Task SpendAsync(string customer, int batch) => batch == 1
            ? OneAsync(customer)
            : Task.WhenAll(Enumerable.Range(0, batch).Select(_ => OneAsync(customer)));

        /// <summary>Nothing lost, nothing twice.</summary>
        public async Task CheckAsync()
        {
            var sum = 0L;
            for (var i = 0; i < People; i++)
            {
                var document = await _store.ReadAsync(Keys.CustomerPartition($"person-{i}"), Keys.CustomerId);
                sum += LoyaltyJson.Read<CustomerState>(document!.Body.Span).WalletStates.Single(static one => one.Name == "spendable").Balances.Spent;
            }

            Console.WriteLine($"answered {_spent:N0} postings, the wallets hold {sum:N0}: {(sum == _spent ? "equal" : "NOT EQUAL")}");
        }

        public ValueTask DisposeAsync() => _database.DisposeAsync();

        private async Task OneAsync(string customer)
        {
            var key = $"spend-{Interlocked.Increment(ref _number)}";
            var answer = await _points.PostAsync(customer, "spendable", new LedgerCommand.Spend(key, 1, new EntryCause { OrderId = "bench" }));
            if (answer is not PointsAnswer.Done) throw new InvalidOperationException($"{customer}: {answer}");
            Interlocked.Increment(ref _spent);
        }
    }

    private sealed class BenchClock : IClock
    {
        public Instant GetCurrentInstant() => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
    }
}
