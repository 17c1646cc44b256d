using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation.Import;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Export;

/// <summary><c>loyalty export FOLDER</c>: everything a shop needs to leave.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = "Where to write; made if it is not there. Files that are there are not overwritten." };
        var data = CommonOptions.Data("loyalty.db");
        var set = CommonOptions.Set();
        var json = CommonOptions.Json();
        var command = new Command(
            "export",
            "Writes members and balances (members.json, as 'import --format json' reads it; members.csv, as '--format members' does), orders and every ledger entry (orders.jsonl, ledger.jsonl). "
            + "The files hold personal data.\n\n"
            + "Example:  loyalty export leaving --data shop.db")
        {
            folder, data, set, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() =>
            RunAsync(parsed.GetValue(folder)!, CommonOptions.ExistingPath(parsed.GetValue(data)), CommonOptions.Settings(parsed.GetValue(set)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(DirectoryInfo folder, string data, Dictionary<string, string?> settings, bool asJson, CancellationToken cancellation)
    {
        foreach (var name in new[] { "members.json", "members.csv", "orders.jsonl", "ledger.jsonl" })
        {
            if (File.Exists(Path.Combine(folder.FullName, name))) throw new UsageException($"{Path.Combine(folder.FullName, name)} is there already; name an empty folder.");
        }

        folder.Create();
        await using var reader = ProgramReader.Open(data, settings);
        var queries = new ExportQueries(reader.Services.GetRequiredService<Engine.Storage.IDocumentStore>());
        var now = reader.Services.GetRequiredService<IClock>().GetCurrentInstant();
        var (members, balances, owing) = (new List<ExportedMember>(), new List<ExportedBalance>(), 0);
        var people = 0;
        await foreach (var one in queries.CustomersAsync(cancellation))
        {
            people++;
            members.AddRange(ExportedMember.Of(one.Customer, one.Person));
            foreach (var wallet in one.Wallets) balances.AddRange(ExportedBalance.Of(wallet, now));
            if (one.Wallets.Any(static wallet => wallet.Balances.Arrears < 0)) owing++;
        }

        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "members.json"), Document(members, balances), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "members.csv"), ExportCsv.Of(members, balances), new UTF8Encoding(false), cancellation);
        var orders = await LinesAsync(Path.Combine(folder.FullName, "orders.jsonl"), queries.OrdersAsync(cancellation), cancellation);
        var entries = await LinesAsync(Path.Combine(folder.FullName, "ledger.jsonl"), queries.EntriesAsync(cancellation), cancellation);
        var points = balances.Sum(static one => one.Points);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(new { people, lots = balances.Count, points, orders, entries, owing })));
            return ExitCodes.Done;
        }

        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{people:N0} people, {balances.Count:N0} open lots with {points:N0} points, {orders:N0} orders, {entries:N0} ledger entries in {folder.FullName}."));
        if (owing > 0) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{owing:N0} people owe points that were returned after they had been spent; what they owe stands in ledger.jsonl alone."));
        return ExitCodes.Done;
    }

    /// <summary>One record a line, so that a fault of a later import names the record.</summary>
    private static byte[] Document(List<ExportedMember> members, List<ExportedBalance> balances)
    {
        static string Lines<T>(List<T> records) => string.Join(",\n", records.Select(static one => "  " + Encoding.UTF8.GetString(LoyaltyJson.Write(one))));
        return Encoding.UTF8.GetBytes($"{{ \"members\": [\n{Lines(members)}\n],\n\"balances\": [\n{Lines(balances)}\n] }}\n");
    }

    private static async Task<long> LinesAsync<T>(string path, IAsyncEnumerable<T> records, CancellationToken cancellation)
    {
        var count = 0L;
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        await foreach (var record in records)
        {
            await file.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(record)).AsMemory(), cancellation);
            count++;
        }

        return count;
    }
}
