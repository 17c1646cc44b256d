using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.Tests.Kills;

namespace Loyalty.Bench;

/// <summary>The long variant of the kill tests: one demo killed with SIGKILL fifty times, compared with the one that nobody killed.</summary>
internal static class KillBench
{
    private const int Kills = 50;

    /// <returns>True if tables, mails and effect keys are the same.</returns>
    public static async Task<bool> RunAsync(BenchOptions options)
    {
        var demo = new KilledDemo(Customers: 150, Days: 120, Seed: 1);
        var calm = options.Fresh("kills-reference");
        var killed = options.Fresh("kills");
        var reference = await demo.ReferenceAsync(calm);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"kills      reference: {demo.Customers} people, {demo.Days} days, exit code {reference.Result.ExitCode}, start-up {reference.StartUp.TotalSeconds:0.0} s, {reference.Line.TotalMilliseconds:0} ms a line"));
        var watch = Stopwatch.StartNew();
        var (result, kills) = await demo.RunAsync(killed, Kills, seed: 1, reference);
        var before = await DemoEffects.ReadAsync(calm, Outbox(calm));
        var after = await DemoEffects.ReadAsync(killed, Outbox(killed));
        var tables = result.Output == reference.Result.Output;
        var mails = after.Mails.SequenceEqual(before.Mails, StringComparer.Ordinal) && after.Sent.Count == after.Mails.Count;
        var keys = after.Messages.SequenceEqual(before.Messages, StringComparer.Ordinal) && after.Entries.SequenceEqual(before.Entries, StringComparer.Ordinal);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"kills      {kills} kills in {watch.Elapsed.TotalSeconds:0} s, exit code {result.ExitCode}; tables {Same(tables)}, {after.Mails.Count} mails {Same(mails)}, {after.Entries.Count} ledger entries and {after.Messages.Count} effect keys {Same(keys)}"));
        return result.ExitCode == 0 && kills == Kills && tables && mails && keys;
    }

    private static string Same(bool same) => same ? "the same" : "DIFFERENT";

    private static string Outbox(string file) => Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file) + "-outbox");
}
