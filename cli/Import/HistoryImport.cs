using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Demo;
using Loyalty.Cli.Remote;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Moving;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation.Import;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Import;

/// <summary>History into facts and ledger, of a data file or of an app that <c>--url</c> names: no journey starts, nothing is sent.</summary>
internal sealed class HistoryImport(ImportOptions options)
{
    private const int AtATime = 64;
    private const int RequestsAtATime = 4;
    private const int MostTold = 20;
    private const int TopicWidth = 60;

    /// <summary>Into the data file.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await using var reader = ProgramReader.Open(options.DataFile, options.Settings);
        var programs = reader.Services.GetRequiredService<IProgramSource>();
        var program = programs.Current.Model;
        var now = reader.Services.GetRequiredService<IClock>().GetCurrentInstant();
        var file = Read(new ImportTerms(program.Currency, [.. program.Wallets.Select(static wallet => wallet.Name)], now, AtATime) { Topics = [.. programs.Current.Topics.Keys], Tiers = [.. program.Tiers?.Levels.Select(static level => level.Name) ?? []] });
        var people = HistoryPeople.Of(file);
        if (options.DryRun) return await DryRunAsync(file, people.Count);
        await AnnounceAsync(file, people.Count, program.Currency);
        var counts = new Counts();
        await ProgressBar.RunAsync("records", file.Count, async passed =>
        {
            await Parallel.ForEachAsync(people, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (person, token) =>
            {
                foreach (var record in person)
                {
                    await using var scope = reader.Services.CreateAsyncScope();
                    counts.Count(record, await ActivatorUtilities.CreateInstance<HistoryUseCase>(scope.ServiceProvider).ImportAsync(record, options.Format, token));
                    if (!record.IsImplied) passed();
                }
            });
        });
        var report = await reader.Services.GetRequiredService<ReportQueries>().ReadAsync(cancellation);
        await ReportAsync(counts, file, people.Count, watch.Elapsed, report);
        return report.Points.Findings.IsEmpty ? ExitCodes.Done : ExitCodes.Refused;
    }

    /// <summary>Into an app, in documents that a request can carry.</summary>
    public async Task<int> RunAsync(ProgramApi api, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var terms = await api.GetAsync<ImportTerms>("import", cancellation);
        var file = Read(terms);
        var people = HistoryPeople.Of(file);
        if (options.DryRun) return await DryRunAsync(file, people.Count);
        await AnnounceAsync(file, people.Count, terms.Currency);
        // Also where every balance had ended and was left out: the sign-ups of such a file earn nothing all the same.
        var isSettled = file.Balances.Count > 0 || options.Format == "members" || file.Members.Any(static member => member.Profile.IsHistory == true);
        var path = $"import?source={options.Format}&settled={(isSettled ? "true" : "false")}";
        var counts = new Counts();
        await ProgressBar.RunAsync("records", file.Count, async passed =>
        {
            await Parallel.ForEachAsync(HistoryParts.Of(people, terms.MostRecords), new ParallelOptions { MaxDegreeOfParallelism = RequestsAtATime, CancellationToken = cancellation }, async (row, token) =>
            {
                foreach (var part in row)
                {
                    counts.Count(part, await api.PostBytesAsync<ImportAnswer>(path, part.Json, "application/json", token));
                    for (var i = 0; i < part.Records.Count; i++) passed();
                }
            });
        });
        await ReportAsync(counts, file, people.Count, watch.Elapsed, report: null);
        return ExitCodes.Done;
    }

    /// <exception cref="PurchaseFileException">Something of the file cannot be imported; nothing of it was.</exception>
    private HistoryFile Read(ImportTerms terms)
    {
        var file = PurchaseHistoryFile.Read(options, terms.Currency);
        if (options.SkipEnded) file = WithoutEnded(file, terms.Now);
        TellTopics(file, terms.Topics);
        if (HistoryUseCase.Faults(file, terms.Wallets, terms.Tiers, terms.Now) is not { Count: > 0 } faults) return file;
        var told = faults.Take(MostTold).ToList();
        if (faults.Count > MostTold) told.Add(string.Create(CultureInfo.InvariantCulture, $"… and {faults.Count - MostTold} more."));
        if (file.Balances.Any(balance => balance.ExpiresAt <= terms.Now)) told.Add("With --skip-ended points that have ended are left out and the rest is imported.");
        throw new PurchaseFileException(string.Join(Environment.NewLine, told));
    }

    private static HistoryFile WithoutEnded(HistoryFile file, Instant now)
    {
        var ended = file.Balances.Where(balance => balance.ExpiresAt <= now).ToList();
        if (ended.Count == 0) return file;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ended.Sum(static balance => balance.Points):N0} points have ended by now and are left out ({ended.Count:N0} record(s))."));
        return file with { Balances = [.. file.Balances.Except(ended)] };
    }

    /// <summary>A consent to a topic that the program does not have is kept, but no message of it can ever go: a misspelt name shows nowhere else.</summary>
    private static void TellTopics(HistoryFile file, IReadOnlyList<string>? known)
    {
        if (known is null) return;
        foreach (var topic in file.Members.SelectMany(static member => member.Profile.Consent.Keys).Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var meant = NearestName.Of(topic, known) is { } nearest ? $"; '{nearest}' is one" : "";
            Console.Error.WriteLine($"The program has no topic '{PlainText.OneLine(topic, TopicWidth)}'{meant}: consents to it are kept and count once program.yaml names it.");
        }
    }

    private Task AnnounceAsync(HistoryFile file, int people, string currency) => Console.Error.WriteLineAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"{file.Members.Count:N0} members, {file.Purchases.Count:N0} purchases, {file.Balances.Count:N0} balances{Standings(file)} of {people:N0} people; amounts without a currency are {options.Currency ?? currency}."));

    /// <summary>What the file would bring; nothing is written.</summary>
    private async Task<int> DryRunAsync(HistoryFile file, int people)
    {
        var points = file.Balances.GroupBy(static one => one.Wallet, StringComparer.Ordinal).ToDictionary(static wallet => wallet.Key, static wallet => wallet.Sum(static one => one.Points));
        if (options.Json)
        {
            var answer = new { dryRun = true, members = file.Members.Count, purchases = file.Purchases.Count, balances = file.Balances.Count, standings = file.Standings.Count, people, points };
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(answer)));
            return ExitCodes.Done;
        }

        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Dry run: {file.Members.Count:N0} members, {file.Purchases.Count:N0} purchases and {file.Balances.Count:N0} balances{Standings(file)} of {people:N0} people can be read; nothing was written."));
        foreach (var (wallet, sum) in points) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {wallet}: {sum:N0} points"));
        return ExitCodes.Done;
    }

    /// <summary>Only files of this program's own have them.</summary>
    private static string Standings(HistoryFile file) => file.Standings.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {file.Standings.Count:N0} standings");

    /// <param name="counts">What became of the records.</param>
    /// <param name="file">The file.</param>
    /// <param name="people">How many it names.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="report">The shop as it stands; null: not known here.</param>
    private async Task ReportAsync(Counts counts, HistoryFile file, int people, TimeSpan elapsed, ProgramReport? report)
    {
        var refusals = counts.Refusals;
        if (options.Json)
        {
            var answer = new { members = file.Members.Count, purchases = file.Purchases.Count, people, balances = counts.Balances, standings = counts.Standings, counts.Applied, counts.Before, counts.Refused, refusals, report };
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(answer)));
            return;
        }

        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Applied + counts.Balances + counts.Standings:N0} records imported, {counts.Before:N0} were there before, {counts.Refused:N0} refused; {people:N0} people; {elapsed.TotalSeconds:0.0} s."));
        foreach (var refusal in refusals.Take(MostTold)) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  line {refusal.Line}: {refusal.Code}"));
        if (refusals.Count > MostTold) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {refusals.Count - MostTold} more."));
        if (report is not null) DemoTables.PrintShop(report);
    }

    private sealed class Counts
    {
        private readonly ConcurrentBag<ImportRefusal> _refusals = [];
        private long _applied;
        private long _before;
        private long _balances;
        private long _standings;

        /// <summary>Posted now or before: the ledger's key tells, and answers both alike.</summary>
        public long Balances => _balances;

        /// <summary>Brought now or before: both are answered alike.</summary>
        public long Standings => _standings;

        public long Applied => _applied;

        public long Before => _before;

        public long Refused => _refusals.Count;

        /// <summary>By line of the file.</summary>
        public List<ImportRefusal> Refusals => [.. _refusals.OrderBy(static one => one.Line).ThenBy(static one => one.Code, StringComparer.Ordinal)];

        public void Count(HistoryRecord record, RecordOutcome outcome)
        {
            if (record.IsImplied) return;
            switch (outcome)
            {
                case RecordOutcome.Imported when record.Balance is not null: Interlocked.Increment(ref _balances); break;
                case RecordOutcome.Imported when record.Standing is not null: Interlocked.Increment(ref _standings); break;
                case RecordOutcome.Imported: Interlocked.Increment(ref _applied); break;
                case RecordOutcome.Before: Interlocked.Increment(ref _before); break;
                case RecordOutcome.Refused refused: _refusals.Add(new ImportRefusal(record.Line, RefusalTable.Name(refused.Code))); break;
                default: throw new InvalidOperationException("An outcome of no known kind.");
            }
        }

        /// <summary>Each record of a part stands on a line of its own: the answer's lines are the part's records.</summary>
        public void Count(HistoryPart part, ImportAnswer answer)
        {
            foreach (var refusal in answer.Refused) _refusals.Add(new ImportRefusal(part.Records[refusal.Line - 1].Line, refusal.Code));
            Interlocked.Add(ref _before, answer.Before);
            var refused = answer.Refused.Select(refusal => refusal.Line - 1).ToHashSet();
            var balances = part.Records.Where((record, index) => record.Balance is not null && !refused.Contains(index)).Count();
            var standings = part.Records.Where((record, index) => record.Standing is not null && !refused.Contains(index)).Count();
            Interlocked.Add(ref _balances, balances);
            Interlocked.Add(ref _standings, standings);
            Interlocked.Add(ref _applied, answer.Imported - balances - standings);
        }
    }
}
