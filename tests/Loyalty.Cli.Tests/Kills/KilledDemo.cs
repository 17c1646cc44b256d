using System.Diagnostics;
using System.Globalization;

namespace Loyalty.Cli.Tests.Kills;

/// <summary>The demo as a process: once never killed, for comparison, and then killed again and again.</summary>
/// <param name="Customers">People in the shop.</param>
/// <param name="Days">Virtual days.</param>
/// <param name="Seed">The shop's seed.</param>
internal sealed record KilledDemo(int Customers, int Days, long Seed)
{
    /// <summary>One kill in so many hits the process while it starts.</summary>
    private const int StartKills = 4;

    /// <summary>Never killed; measures what the kills' moments are chosen by.</summary>
    public async Task<ReferenceRun> ReferenceAsync(string file)
    {
        var watch = Stopwatch.StartNew();
        using var process = Start(file);
        await process.ErrorLineAsync();
        var startUp = watch.Elapsed;
        var lines = 0;
        while (await process.ErrorLineAsync() is { } line)
        {
            if (Day(line) is not null) lines++;
        }

        return new ReferenceRun(await process.EndAsync(), startUp, (watch.Elapsed - startUp) / Math.Max(1, lines));
    }

    /// <summary>
    /// Killed at so many moments drawn from a seed, spread over the whole life of the run, start-up included, and started again each time until
    /// it ends by itself.
    /// </summary>
    public async Task<(LoyaltyResult Result, int Kills)> RunAsync(string file, int kills, int seed, ReferenceRun reference)
    {
        var random = new Random(seed);
        var hits = 0;
        var reached = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            var inStart = random.Next(StartKills) == 0;
            var target = Days * 0.9 * (kill + random.NextDouble()) / kills;
            var part = random.NextDouble();
            using var process = Start(file);
            if (!inStart) reached = await ReachAsync(process, reached, target);
            if (!await process.KillWithinALineAsync(part * (inStart ? reference.StartUp : reference.Line))) return (await process.EndAsync(), hits);
            hits++;
        }

        using var last = Start(file);
        return (await last.EndAsync(), hits);
    }

    private LoyaltyProcess Start(string file) => LoyaltyProcess.Start(
        null,
        "demo",
        "--json",
        "--data",
        file,
        "--customers",
        Customers.ToString(CultureInfo.InvariantCulture),
        "--days",
        Days.ToString(CultureInfo.InvariantCulture),
        "--seed",
        Seed.ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits until the host runs and the day has come.</summary>
    private static async Task<int> ReachAsync(LoyaltyProcess process, int reached, double target)
    {
        if (await process.ErrorLineAsync() is null) return reached;
        while (reached < target && await process.ErrorLineAsync() is { } line) reached = Day(line) ?? reached;
        return reached;
    }

    private static int? Day(string line) =>
        line.StartsWith("day ", StringComparison.Ordinal) ? int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) : null;
}

/// <summary>A run that nobody killed.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="StartUp">From the start of the process until the host ran.</param>
/// <param name="Line">Between two lines of progress.</param>
internal sealed record ReferenceRun(LoyaltyResult Result, TimeSpan StartUp, TimeSpan Line);
