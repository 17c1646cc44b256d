using System.Diagnostics;
using Loyalty.Core.Contact;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>
/// Very many messages due at one moment against a quota of 1,000 a minute, on a SQLite file under a clock of its own: each waits as a document with a moment,
/// the due scan brings it back, half way the process's memory is thrown away. As many as <c>--customers</c>.
/// </summary>
internal static class PacingBench
{
    private const int PerMinute = 1000;
    private const int ScanLimit = 1000;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    public static async Task<bool> RunAsync(BenchOptions options)
    {
        var count = options.Customers;
        var clock = new SetClock { Now = Start };
        await using var database = SqliteDatabase.Open(new SqliteDatabaseOptions(options.Fresh("pacing")) { SurvivesPowerCut = false });
        var store = await SqliteDocumentStore.OpenAsync(database, clock);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (number, cancellation) =>
            await store.CommitAsync(Partition(number), [new DocumentWrite.Create("message", Kind(number), Body(false), Start)], cancellation));

        var watch = Stopwatch.StartNew();
        var (before, most, sent, asks, fullest, minutes) = (Memory(), 0L, 0, 0L, 0, 0);
        var inMinute = new int[4];
        var sums = new double[4];
        var pacing = Make(store, clock);
        while (sent < count)
        {
            if (sent >= count / 2 && minutes > 0 && pacing.IsFirst) pacing = Make(store, clock) with { IsFirst = false };
            Array.Clear(inMinute);
            foreach (var range in await store.GetFeedRangesAsync())
            {
                while (await store.ScanDueAsync(range, clock.Now, ScanLimit) is { Count: > 0 } page)
                {
                    foreach (var due in page)
                    {
                        asks++;
                        var lane = Lane(due.Kind);
                        var known = (await store.ReadAsync(due.Partition, due.Id))!;
                        var notYet = await pacing.Pacing.AskAsync(new PacingRequest("email", lane, due.Partition, known.Body.Span[5] == (byte)'1', Start + Duration.FromDays(365)));
                        if (notYet is null)
                        {
                            await store.CommitAsync(due.Partition, [new DocumentWrite.Delete(due.Id, known.ETag)]);
                            (sent, inMinute[(int)lane], sums[(int)lane]) = (sent + 1, inMinute[(int)lane] + 1, sums[(int)lane] + (clock.Now - Start).TotalMinutes);
                        }
                        else
                        {
                            await store.CommitAsync(due.Partition, [new DocumentWrite.Replace(due.Id, known.ETag, due.Kind, Body(true), notYet.Until)]);
                        }
                    }
                }
            }

            fullest = Math.Max(fullest, inMinute.Sum());
            if (minutes++ % 50 == 0) most = Math.Max(most, Memory());
            clock.Now += Duration.FromMinutes(1);
        }

        Console.WriteLine(
            $"pacing: {count:N0} messages at {PerMinute:N0}/min: {minutes:N0} minutes of its clock, {fullest:N0} in the fullest, {(double)asks / count:N2} asks each, {watch.Elapsed.TotalSeconds:N0} s, "
            + $"heap {before / 1e6:N0} MB before and at most {most / 1e6:N0} MB; mean wait by lane {string.Join(" / ", sums.Select(sum => $"{sum / (count / 4.0):N0}"))} min");
        return fullest <= PerMinute;
    }

    private static Paced Make(IDocumentStore store, IClock clock) => new(
        new StorePacing(store, new NoProgram(), new Dictionary<string, ProviderQuota>(StringComparer.Ordinal) { ["email"] = new(PerMinute: PerMinute) }, clock), true);

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static string Partition(int number) => "customer:" + Core.Hashing.Id(20, "paced", number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static string Kind(int number) => "paced" + (number % 4).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static SendLane Lane(string kind) => (SendLane)(kind[^1] - '0');

    private static byte[] Body(bool hasTurn) => hasTurn ? """{"t":1}"""u8.ToArray() : """{"t":0}"""u8.ToArray();

    private sealed record Paced(StorePacing Pacing, bool IsFirst);

    private sealed class SetClock : IClock
    {
        public Instant Now { get; set; }

        public Instant GetCurrentInstant() => Now;
    }

    private sealed class NoProgram : IProgramSource
    {
        public LiveProgram Current { get; } = new() { Model = new(), Journeys = [] };

        public ValueTask<Core.Journeys.JourneyDefinition?> DefinitionAsync(string journey, int version, CancellationToken cancellation = default) => ValueTask.FromResult<Core.Journeys.JourneyDefinition?>(null);
    }
}
