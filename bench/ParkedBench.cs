using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>How many parked runs fit into a gigabyte of SQLite file: real run documents, with an entry, a step's record and a log.</summary>
internal static class ParkedBench
{
    private const int Runs = 20_000;

    public static async Task RunAsync(BenchOptions options)
    {
        var file = options.Fresh("parked");
        var at = Instant.FromUtc(2026, 1, 5, 9, 0);
        await using (var reader = ProgramReader.Open(file))
        {
            var store = reader.Services.GetRequiredService<IDocumentStore>();
            await Parallel.ForEachAsync(Enumerable.Range(0, Runs), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (number, cancellation) =>
            {
                var run = Parked(number, at);
                await store.CommitAsync(
                    Keys.CustomerPartition(run.Run.CustomerId),
                    [new DocumentWrite.Create(Keys.Run(run.Run.RunId), Kinds.Run, LoyaltyJson.Write(run), run.WakeAt)],
                    cancellation);
            });
        }

        var bytes = new FileInfo(file).Length;
        Console.WriteLine(
            $"parked runs: {bytes / Runs:N0} bytes each in the file with its indexes ({LoyaltyJson.Write(Parked(1, at)).Length:N0} bytes of JSON), "
            + $"{1_073_741_824L * Runs / bytes:N0} runs/GB");
    }

    private static RunDocument Parked(int number, Instant at)
    {
        var signUp = TurnsBench.SignUp(number, at);
        var attributes = System.Collections.Immutable.ImmutableDictionary<string, Core.AttributeValue>.Empty.Add("source", "search").Add("campaign", "spring");
        var run = new RunState
        {
            RunId = Core.Hashing.Id(26, "run", signUp.Id),
            CustomerId = "c" + Core.Hashing.Id(21, "person", signUp.Id),
            Journey = "not-bought",
            Version = 1,
            KeyValue = "c" + Core.Hashing.Id(21, "person", signUp.Id),
            Entry = new Occurrence("customer.signed-up:" + number, signUp.Type, at, attributes),
            EnteredAt = at,
            Position = new RunPosition("breathe", 1, at, at + Duration.FromDays(14)),
            Steps = StepRecordDictionary.Empty.SetItem(
                "ask-why", new StepRecord { Visits = 1, StartedAt = at, EndedAt = at, Result = "sent" }),
        };
        return new RunDocument
        {
            Run = run,
            Gen = 3,
            Status = RunStatus.Parked,
            WakeAt = at + Duration.FromDays(14),
            Log = [new RunLogLine(at, "ask-why", "sent", "why-not-yet"), new RunLogLine(at, "breathe", "waits until 2026-01-19")],
        };
    }
}
