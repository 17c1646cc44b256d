using System.Collections.Immutable;
using System.Diagnostics;
using Loyalty.Connectors;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Runs;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>Turns of runs: read run and customer, decide, commit both under their ETags (synchronous=FULL), 128 runs at a time.</summary>
internal static class TurnsBench
{
    private const int People = 3000;

    public static async Task RunAsync(BenchOptions options)
    {
        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        var start = Instant.FromUtc(2026, 1, 5, 9, 0);
        await using var host = await ProgramHost.StartAsync(new ProgramHostOptions
        {
            DataFile = options.Fresh("turns"),
            VirtualStart = start,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Mail"] = "outbox:" + Path.Combine(options.Folder, "turns", "outbox") },
        });
        var runs = await RunsAsync(host, start);
        var turns = host.Services.GetRequiredService<AdvanceRunUseCase>();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (run, cancellation) =>
            await turns.AdvanceAsync(run, firedAt: null, cancellation));
        Console.WriteLine($"turns: {runs.Count / watch.Elapsed.TotalSeconds:N0} turns/s ({runs.Count:N0} first turns of the shipped journeys, 128 at a time)");
    }

    private static async Task<List<RunReference>> RunsAsync(ProgramHost host, Instant at)
    {
        var customers = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, People), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (number, cancellation) =>
        {
            using var scope = host.Services.CreateScope();
            var e = SignUp(number, at);
            var customer = (await scope.ServiceProvider.GetRequiredService<PersonResolver>().ResolveAsync(e, cancellation)).People[0];
            scope.ServiceProvider.GetRequiredService<Loyalty.Functions.Runs.DurableRunHands>().Bind(host.Durable);
            await scope.ServiceProvider.GetRequiredService<ApplyEventUseCase>().ApplyToAsync(customer, e, mayStart: true, cancellation);
            customers.Add(customer);
        });
        var queries = host.Services.GetRequiredService<CustomerQueries>();
        var runs = new List<RunReference>();
        foreach (var customer in customers)
        {
            foreach (var run in await queries.RunsAsync(customer))
            {
                if (run.Status == RunStatus.Active) runs.Add(new RunReference(customer, run.Run.RunId, run.Gen));
            }
        }

        return runs;
    }

    internal static CanonicalEvent SignUp(int number, Instant at) => new()
    {
        Id = $"s{number}",
        Source = "bench",
        Type = EventTypes.CustomerSignedUp,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email($"p{number}@bench.example")!.Value],
        Data = new EventData.Person
        {
            Email = $"p{number}@bench.example",
            FirstName = "Pat",
            Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true),
        },
    };
}
