using System.Diagnostics;
using System.Globalization;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation;
using Loyalty.Simulation.Populations;

namespace Loyalty.Bench;

/// <summary>
/// Generated people × 90 days through every shipped journey, without a disk: seconds, processor and memory, and whether one thread and several
/// give the same report.
/// </summary>
internal static class SimulateBench
{
    private const int Compared = 10_000;
    private const int Days = 90;

    /// <returns>True if the reports of the same people are the same on one thread and on several.</returns>
    public static bool Run(BenchOptions options)
    {
        var program = ProgramReader.LoadProgram(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase));
        var threads = Environment.ProcessorCount;
        SimulationInput Input(int customers) => new()
        {
            Program = program.ToLive(),
            Population = new GeneratedPopulation(new GeneratedOptions
            {
                Customers = customers,
                Days = Days,
                Currency = program.Currency,
                Topics = [.. program.Topics.Keys],
            }),
        };

        // Also warms up: what is measured afterwards is compiled as it stays.
        var compared = Math.Min(Compared, options.Customers);
        var one = Simulator.Run(Input(compared)).Digest();
        var isSame = Simulator.Run(Input(compared), 2).Digest() == one && Simulator.Run(Input(compared), 4).Digest() == one;
        Console.WriteLine(Line($"simulate   {compared:N0} people on 1, 2 and 4 threads: {(isSame ? "the same report" : "DIFFERENT REPORTS")}; digest {one}"));

        var process = Process.GetCurrentProcess();
        var (before, allocated) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes());
        var watch = Stopwatch.StartNew();
        var report = Simulator.Run(Input(options.Customers), threads);
        watch.Stop();
        process.Refresh();
        var processor = process.TotalProcessorTime - before;
        Console.WriteLine(Line($"simulate   {options.Customers:N0} people × {Days} days, {report.Journeys.Length} journeys, {threads} threads: {watch.Elapsed.TotalSeconds:0.0} s"));
        var made = (GC.GetTotalAllocatedBytes() - allocated) / options.Customers;
        var memory = process.PeakWorkingSet64 / (1 << 20);
        Console.WriteLine(Line($"simulate   {processor.TotalMicroseconds / options.Customers:0} µs of processor and {made:N0} bytes made per person; at most {memory:N0} MB of memory"));
        Console.WriteLine(Line(
            $"simulate   {report.Events.Values.Sum():N0} events, {report.Journeys.Sum(static journey => journey.Entered):N0} runs, {report.Sent():N0} messages; digest {report.Digest()}"));
        return isSame;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
