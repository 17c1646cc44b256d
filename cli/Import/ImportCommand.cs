using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Cli.Import;

/// <summary><c>loyalty import</c>.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The file of history." };
        var format = new Option<string>("--format") { Description = "cdnow, csv, json or members.", Required = true };
        format.AcceptOnlyFromAmong("cdnow", "csv", "json", "members");
        var data = CommonOptions.Data("loyalty.db");
        var until = new Option<string?>("--until") { Description = "Last day that is imported, yyyy-MM-dd; with --with-journeys also how far time passes.", HelpName = "DATE" };
        var journeys = new Option<bool>("--with-journeys")
        {
            Description = "Let journeys start and time pass between the purchases. Demands --virtual and an outbox: mails go to a folder beside the data file. "
                + "Each person signs up on the day of the first purchase, agrees to every topic and gets the address <id>@customers.invalid.",
        };
        var isVirtual = new Option<bool>("--virtual") { Description = "Virtual time, from the first purchase on." };
        var currency = new Option<string?>("--currency") { Description = "Currency of amounts that the file does not name, ISO 4217. Default: the program's.", HelpName = "CODE" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Read and check the whole file, say what it would bring, write nothing." };
        var skipEnded = new Option<bool>("--skip-ended") { Description = "Leave out points that have ended by now and import the rest; without it such a file is refused." };
        var program = CommonOptions.Program();
        var set = CommonOptions.Set();
        var json = CommonOptions.Json();
        var api = new ApiOptions("Integration");
        var command = new Command(
            "import",
            "Imports a shop's history: customers' facts and the ledger. No journey starts and nothing is sent, unless --with-journeys. "
            + "The same file imported twice is imported once.\n\n"
            + "Example:  loyalty import --format csv orders.csv --data shop.db   or   loyalty import --format members members.csv --url https://shop.azurewebsites.net")
        {
            file, format, data, until, journeys, isVirtual, currency, dryRun, skipEnded, program, set, json,
        };
        api.AddTo(command, hasData: false, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var options = new ImportOptions
            {
                File = Existing(parsed.GetValue(file)!),
                Format = parsed.GetValue(format)!,
                DataFile = CommonOptions.Path(parsed.GetValue(data)),
                Until = Day(parsed.GetValue(until)),
                Currency = parsed.GetValue(currency),
                Settings = CommonOptions.Settings(parsed.GetValue(set)),
                Json = parsed.GetValue(json),
                DryRun = parsed.GetValue(dryRun),
                SkipEnded = parsed.GetValue(skipEnded),
            };
            if (parsed.GetValue(program) is { } folder) options.Settings["Program:Path"] = folder.FullName;
            await using var remote = api.Remote(parsed);
            if (remote is not null)
            {
                if (parsed.GetValue(data) is not null) throw new UsageException("--url and --data name two places: give one of them.");
                if (parsed.GetValue(journeys)) throw new UsageException("--with-journeys plays history under virtual time, in a data file; an app lives in real time.");
                if (parsed.GetValue(program) is not null || parsed.GetValue(set) is { Length: > 0 }) throw new UsageException("--program and --set are for a data file; the app has its own.");
                return await new HistoryImport(options).RunAsync(remote, cancellation);
            }

            if (!parsed.GetValue(journeys)) return await new HistoryImport(options).RunAsync(cancellation);
            if (options.DryRun || options.Format == "members") throw new UsageException("--with-journeys plays purchases; it goes neither with --dry-run nor with members.");
            if (!parsed.GetValue(isVirtual)) throw new UsageException("--with-journeys demands --virtual: history is played under virtual time, never to real people.");
            if (options.Settings.TryGetValue("Mail", out var mail) && mail?.StartsWith("outbox:", StringComparison.Ordinal) != true)
                throw new UsageException($"--with-journeys demands an outbox, Mail is '{mail}': history is never sent to real people.");
            return await new HistoryReplay(options).RunAsync(cancellation);
        }));
        return command;
    }

    private static string Existing(FileInfo file) =>
        file.Exists ? file.FullName : throw new UsageException($"There is no file {file.FullName}.");

    private static LocalDate? Day(string? text)
    {
        if (text is null) return null;
        var parsed = LocalDatePattern.Iso.Parse(text);
        return parsed.Success ? parsed.Value : throw new UsageException($"--until {text}: expected a date such as 1998-06-30.");
    }
}

/// <summary>What to import.</summary>
internal sealed record ImportOptions
{
    public required string File { get; init; }
    public required string Format { get; init; }
    public required string DataFile { get; init; }
    public LocalDate? Until { get; init; }
    public string? Currency { get; init; }
    public required Dictionary<string, string?> Settings { get; init; }
    public bool Json { get; init; }
    public bool DryRun { get; init; }

    /// <summary>Points that have ended are left out, instead of refusing the file.</summary>
    public bool SkipEnded { get; init; }
}
