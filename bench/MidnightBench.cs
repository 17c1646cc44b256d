using System.Diagnostics;
using System.Globalization;
using System.Text;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>
/// One midnight for 100,000 customers: of each a lot becomes usable, a lot ends and a tier is reviewed, in this order and in one commit. A process of its own
/// works it off and is killed with SIGKILL three times; the last one ends it, and a further run finds nothing to do.
/// </summary>
internal static class MidnightBench
{
    public const string Worker = "midnight-worker";
    private const int People = 100_000;
    private const int Kills = 3;
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
    private static readonly Instant Midnight = Zone.AtStartOfDay(new LocalDate(2027, 1, 1)).ToInstant();

    private const string Yaml = """
        program: midnight
        zone: Europe/Sofia
        currency: EUR
        locales: [en]
        earning:
          - { rule: at-once, event: order.paid, per-amount: 1, expires: { end-of: year } }
          - { rule: later, event: order.paid, per-amount: 1, active: { after-payment: 14d } }
        tiers: { by: points, window: calendar-year, levels: [ { tier: silver, from: 200 } ] }
        signals: { inactive: { after: never } }
        """;

    /// <returns>True if everybody stands where they should.</returns>
    public static async Task<bool> RunAsync(BenchOptions options)
    {
        var file = options.Fresh("midnight");
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        var people = Math.Min(options.Customers, People);
        var watch = Stopwatch.StartNew();
        await SeedAsync(file, people);
        Console.WriteLine(Text($"midnight   {people:N0} customers made in {watch.Elapsed.TotalSeconds:0} s"));
        watch.Restart();
        var (kills, done) = (0, 0L);
        while (true)
        {
            using var worker = Start(file);
            // A third of what is left, then the kill.
            var (mine, most) = (0L, kills < Kills ? Math.Max(1, (people - done) / 3) : long.MaxValue);
            string? end = null;
            while (await worker.StandardOutput.ReadLineAsync() is { } line && (end = line.StartsWith("end", StringComparison.Ordinal) ? line : null) is null)
            {
                mine = long.Parse(line, CultureInfo.InvariantCulture);
                if (mine < most) continue;
                worker.Kill();
                kills++;
                break;
            }

            await worker.WaitForExitAsync();
            done += mine;
            if (end is not null) break;
        }

        var seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine(Text($"midnight   worked off in {seconds:0.0} s with {kills} kills and restarts, {people / seconds:N0} customers/s"));
        var (wrong, entries) = await CheckAsync(file, people);
        watch.Restart();
        using var again = Start(file);
        var nothing = await again.StandardOutput.ReadLineAsync() == "end 0";
        await again.WaitForExitAsync();
        Console.WriteLine(Text($"midnight   {entries:N0} entries; {(wrong == 0 ? "everybody stands where they should" : $"{wrong:N0} ARE WRONG")}; a further run {(nothing ? "has nothing to do" : "DID SOMETHING")} ({watch.Elapsed.TotalSeconds:0.0} s with its start)"));
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        return wrong == 0 && nothing;
    }

    /// <summary>The process that is killed: sweeps until nothing is due, telling how many it has taken.</summary>
    public static async Task<int> WorkAsync(string file)
    {
        await using var database = SqliteDatabase.Open(new SqliteDatabaseOptions(file));
        var clock = new StandingClock(Midnight);
        var store = await SqliteDocumentStore.OpenAsync(database, clock);
        var programs = await PublishedPrograms.PublishAsync(store, Program());
        var hands = new NoHands();
        var announcer = new Announcer(store, hands, clock);
        var settings = RunProtocolSettings.Default;
        var due = new DueUseCase(store, new TickCustomerUseCase(store, programs, announcer, settings, clock), new PersonMerger(store, programs, announcer, settings, clock), announcer, hands, settings, clock);
        var taken = 0L;
        while (await due.FindAsync() is { Count: > 0 } batches)
        {
            await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, cancellation) =>
            {
                await due.TakeAsync(batch, cancellation);
                var count = Interlocked.Add(ref taken, batch.Items.Count);
                lock (hands) Console.WriteLine(count.ToString(CultureInfo.InvariantCulture));
            });
        }

        Console.WriteLine(Text($"end {taken}"));
        return 0;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Process Start(string file) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(MidnightBench).Assembly.Location, Worker, file] : [Worker, file])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;

    private static LoyaltyProgram Program() =>
        ProgramLoader.Load(new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal) { ["program.yaml"] = Encoding.UTF8.GetBytes(Yaml) }).Program!;

    /// <summary>The customers as the rules themselves make them; half reach the year's 200 only with what becomes usable at that midnight.</summary>
    private static async Task SeedAsync(string file, int people)
    {
        await using var database = SqliteDatabase.Open(new SqliteDatabaseOptions(file));
        var store = await SqliteDocumentStore.OpenAsync(database, new StandingClock(Midnight - Duration.FromDays(1)));
        var model = Program().Model;
        await Parallel.ForEachAsync(Enumerable.Range(0, people), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (number, cancellation) =>
        {
            var id = Text($"person-{number}");
            var (snapshot, entries) = (new CustomerSnapshot { CustomerId = id }, new List<LedgerEntry>());
            Tell("a", Midnight - Duration.FromDays(400), 250);
            Keep(CustomerDecider.Tick(snapshot, model, Midnight - Duration.FromDays(365)));
            Tell("b", Zone.AtStartOfDay(new LocalDate(2026, 12, 18)).ToInstant(), number % 2 == 0 ? 150 : 50);
            var customer = snapshot.Customer! with { WalletStates = snapshot.Wallets };
            DocumentWrite[] writes =
            [
                new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, LoyaltyJson.WriteDocument(customer), CustomerMoments.Next(customer, model)),
                .. entries.Select(static entry => new DocumentWrite.Create(Keys.Entry(entry.EntryId), Kinds.Entry, LoyaltyJson.WriteDocument(entry))),
            ];
            await store.CommitAsync(Keys.CustomerPartition(id), writes, cancellation);

            void Tell(string order, Instant at, long euros) => Keep((CustomerDecision.Applied)CustomerDecider.Decide(snapshot, Paid(id, order, euros, at), model, at));

            void Keep(CustomerDecision.Applied applied)
            {
                var wallets = snapshot.Wallets.Where(one => applied.Wallets.All(other => other.Name != one.Name)).Concat(applied.Wallets);
                snapshot = snapshot with { Customer = applied.Customer, Wallets = [.. wallets], Order = null };
                entries.AddRange(applied.Entries);
            }
        });
    }

    private static async Task<(long Wrong, long Entries)> CheckAsync(string file, int people)
    {
        await using var database = SqliteDatabase.Open(new SqliteDatabaseOptions(file));
        var store = await SqliteDocumentStore.OpenAsync(database, new StandingClock(Midnight));
        var (wrong, all) = (0L, 0L);
        for (var number = 0; number < people; number++)
        {
            var partition = Keys.CustomerPartition(Text($"person-{number}"));
            var customer = LoyaltyJson.Read<CustomerState>((await store.ReadAsync(partition, Keys.CustomerId))!.Body.Span);
            var page = await store.QueryAsync(new DocumentQuery(partition, Keys.Entry(""), 100));
            var entries = page.Items.Select(static document => LoyaltyJson.Read<LedgerEntry>(document.Body.Span)).OrderBy(static entry => entry.Sequence).ToList();
            all += entries.Count;
            var points = number % 2 == 0 ? 150 : 50;
            var posted = entries.Where(static entry => entry.At == Midnight).Select(static entry => (entry.Type, entry.Points));
            var isRight = posted.SequenceEqual([(EntryType.Activate, points), (EntryType.Expire, points)])
                && customer.Tier?.Name == (number % 2 == 0 ? "silver" : null)
                && LedgerBooks.Check(customer.WalletStates[0], entries).IsEmpty;
            if (!isRight) wrong++;
        }

        return (wrong, all);
    }

    private static CanonicalEvent Paid(string customer, string number, long euros, Instant at) => new()
    {
        Id = $"{customer}-{number}",
        Source = "bench:shop",
        Type = EventTypes.OrderPaid,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(customer + "@example.com")!.Value],
        Data = new EventData.Order(new OrderSnapshot
        {
            OrderId = $"bench:{customer}-{number}",
            Currency = "EUR",
            PlacedAt = at,
            UpdatedAt = at,
            Payment = PaymentStatus.Paid,
            PaidAt = at,
            Lines = [new OrderLine { LineId = "1", Sku = "TEA", Quantity = 1, NetMinor = euros * 100 }],
        }),
    };

    private sealed class StandingClock(Instant now) : IClock
    {
        public Instant GetCurrentInstant() => now;
    }

    /// <summary>The program has no journeys: nothing is started.</summary>
    private sealed class NoHands : IRunHands
    {
        public Task StartAsync(RunReference run, CancellationToken cancellation = default) => Task.CompletedTask;

        public Task PokeAsync(RunReference run, CancellationToken cancellation = default) => Task.CompletedTask;
    }
}
