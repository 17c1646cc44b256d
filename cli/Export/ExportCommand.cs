using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation.Import;
using Microsoft.Extensions.DependencyInjection;
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
        var api = new ApiOptions("Integration");
        var command = new Command(
            "export",
            "Writes members, balances and tiers (members.json, as 'import --format json' reads it; members.csv without tiers, as '--format members' does), orders and every ledger entry (orders.jsonl, ledger.jsonl). "
            + "The files hold personal data.\n\n"
            + "Example:  loyalty export leaving --data shop.db   or   loyalty export leaving --url https://shop.azurewebsites.net")
        {
            folder, data, set, json,
        };
        api.AddTo(command, hasData: false, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var remote = api.Remote(parsed);
            if (remote is not null)
            {
                if (parsed.GetValue(data) is not null) throw new UsageException("--url and --data name two places: give one of them.");
                if (parsed.GetValue(set) is { Length: > 0 }) throw new UsageException("--set is for a data file; the app has its own settings.");
                return await RunAsync(parsed.GetValue(folder)!, new RemoteExport(remote), parsed.GetValue(json), cancellation);
            }

            await using var reader = ProgramReader.Open(CommonOptions.ExistingPath(parsed.GetValue(data)), CommonOptions.Settings(parsed.GetValue(set)));
            return await RunAsync(parsed.GetValue(folder)!, ActivatorUtilities.CreateInstance<FileExport>(reader.Services), parsed.GetValue(json), cancellation);
        }));
        return command;
    }

    private static async Task<int> RunAsync(DirectoryInfo folder, IExportSource source, bool asJson, CancellationToken cancellation)
    {
        foreach (var name in new[] { "members.json", "members.csv", "orders.jsonl", "ledger.jsonl" })
        {
            if (File.Exists(Path.Combine(folder.FullName, name))) throw new UsageException($"{Path.Combine(folder.FullName, name)} is there already; name an empty folder.");
        }

        folder.Create();
        var (members, balances, standings, owing) = (new List<ExportedMember>(), new List<ExportedBalance>(), new List<ExportedStanding>(), 0);
        var people = 0;
        await foreach (var one in source.MembersAsync(cancellation))
        {
            people++;
            members.AddRange(one.Members);
            balances.AddRange(one.Balances);
            if (one.Standing is { } standing) standings.Add(standing);
            if (one.Owes) owing++;
        }

        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "members.json"), Document(members, balances, standings), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "members.csv"), ExportCsv.Of(members, balances), new UTF8Encoding(false), cancellation);
        var orders = await LinesAsync(Path.Combine(folder.FullName, "orders.jsonl"), source.OrdersAsync(cancellation), cancellation);
        var entries = await LinesAsync(Path.Combine(folder.FullName, "ledger.jsonl"), source.EntriesAsync(cancellation), cancellation);
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
    private static byte[] Document(List<ExportedMember> members, List<ExportedBalance> balances, List<ExportedStanding> standings)
    {
        static string Lines<T>(List<T> records) => string.Join(",\n", records.Select(static one => "  " + Encoding.UTF8.GetString(LoyaltyJson.Write(one))));
        return Encoding.UTF8.GetBytes($"{{ \"members\": [\n{Lines(members)}\n],\n\"balances\": [\n{Lines(balances)}\n],\n\"standings\": [\n{Lines(standings)}\n] }}\n");
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
