using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Tests.Journeys;

/// <summary>A file with people who wait at <c>breathe</c> of the shipped journey <c>not-bought</c>, version 1, and a draft that changes that wait.</summary>
internal static class ParkedPeople
{
    public const string Journey = "not-bought";
    public const string Step = "breathe";

    /// <summary>Writes the file.</summary>
    public static async Task MakeAsync(string file, int people, Instant at)
    {
        await using var reader = ProgramReader.Open(file);
        var store = reader.Services.GetRequiredService<IDocumentStore>();
        reader.Services.GetRequiredService<Engine.Ports.IProgramSource>();
        await Parallel.ForEachAsync(Enumerable.Range(0, people), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (number, cancellation) =>
        {
            var (customer, run) = Person(number, at);
            await store.CommitAsync(
                Keys.CustomerPartition(customer.CustomerId),
                [
                    new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, LoyaltyJson.Write(customer)),
                    new DocumentWrite.Create(Keys.Run(run.Run.RunId), Kinds.Run, LoyaltyJson.Write(run), run.WakeAt),
                ],
                cancellation);
        });
    }

    /// <summary>A copy of the shipped program in which the wait is another one.</summary>
    public static string Draft(string folder, string wait)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "program");
        foreach (var path in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(shipped, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy, overwrite: true);
        }

        var journey = Path.Combine(folder, "journeys", Journey + ".yaml");
        var lines = File.ReadAllLines(journey);
        var place = Array.FindIndex(lines, static line => line.Contains("name: " + Step, StringComparison.Ordinal));
        lines[place + 1] = lines[place + 1].Replace("7d", wait, StringComparison.Ordinal);
        File.WriteAllLines(journey, lines);
        return folder;
    }

    /// <summary>All runs of a file.</summary>
    public static async Task<List<RunDocument>> RunsAsync(string file)
    {
        await using var reader = ProgramReader.Open(file);
        var store = reader.Services.GetRequiredService<IDocumentStore>();
        var runs = new List<RunDocument>();
        string? continuation = null;
        do
        {
            var page = await store.ScanKindAsync((await store.GetFeedRangesAsync())[0], Kinds.Run, StoreLimits.PageSize, continuation);
            runs.AddRange(page.Items.Select(static document => LoyaltyJson.Read<RunDocument>(document.Body.Span)));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return runs;
    }

    private static (CustomerState Customer, RunDocument Run) Person(int number, Instant at)
    {
        var id = "c" + Hashing.Id(21, "parked", number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var entry = new Occurrence("customer.signed-up:" + number, "customer.signed-up", at - Duration.FromDays(19), ImmutableDictionary<string, AttributeValue>.Empty);
        var run = new RunState
        {
            RunId = Core.Journeys.JourneyEntry.RunId(id, Journey, id, entry.Id),
            CustomerId = id,
            Journey = Journey,
            Version = 1,
            KeyValue = id,
            Entry = entry,
            EnteredAt = entry.At,
            Position = new RunPosition(Step, 1, at, at + Duration.FromDays(7)),
            Steps = StepRecordDictionary.Empty
                .SetItem("ask-why", new StepRecord { Visits = 1, StartedAt = at, EndedAt = at, Result = "sent" })
                .SetItem(Step, new StepRecord { Visits = 1, StartedAt = at }),
        };
        var customer = new CustomerState { CustomerId = id, CreatedAt = entry.At, SignedUpAt = entry.At };
        var document = new RunDocument
        {
            Run = run,
            Gen = 3,
            Status = RunStatus.Parked,
            WakeAt = at + Duration.FromDays(7),
            Log = [new RunLogLine(at, Step, "waits until " + (at + Duration.FromDays(7)))],
        };
        return (customer, document);
    }
}
