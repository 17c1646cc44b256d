using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Demo;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation.Import;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Import;

/// <summary>History into facts and ledger: no journey starts, nothing is sent.</summary>
internal sealed class HistoryImport(ImportOptions options)
{
    private const int AtATime = 64;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await using var reader = ProgramReader.Open(options.DataFile, options.Settings);
        var program = reader.Services.GetRequiredService<IProgramSource>().Current.Model;
        var file = PurchaseHistoryFile.Read(options, program.Currency);
        if (BalanceImport.Faults(file.Balances, program, reader.Services.GetRequiredService<IClock>().GetCurrentInstant()) is { Count: > 0 } faults)
            throw new PurchaseFileException(string.Join(Environment.NewLine, faults.Take(20)) + (faults.Count > 20 ? string.Create(CultureInfo.InvariantCulture, $"\n… and {faults.Count - 20} more.") : ""));
        if (options.DryRun) return await DryRunAsync(file);
        var people = People(file);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Members.Count:N0} members, {file.Purchases.Count:N0} purchases, {file.Balances.Count:N0} balances of {people.Count:N0} people; amounts without a currency are {options.Currency ?? program.Currency}."));
        var counts = new Counts();
        await ProgressBar.RunAsync("records", file.Members.Count + file.Purchases.Count + file.Balances.Count, async passed =>
        {
            await Parallel.ForEachAsync(people, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (person, token) =>
            {
                foreach (var record in person)
                {
                    await ImportAsync(reader.Services, record, program.TimeZone, counts, token);
                    passed();
                }
            });
        });
        return await ReportAsync(reader.Services, counts, file, people.Count, watch.Elapsed, cancellation);
    }

    /// <summary>Each person's records in the order of time: who they are, then what they bought.</summary>
    private static List<IReadOnlyList<HistoryRecord>> People(HistoryFile file)
    {
        var known = file.Members.Select(static member => member.Person!).ToHashSet(StringComparer.Ordinal);
        var unknown = file.Balances.Where(balance => known.Add(balance.Person)).Select(static balance => balance.ToMember()).ToList();
        var records = file.Members.Concat(unknown).Select(static member => new HistoryRecord(member.Person!, member, null, null))
            .Concat(file.Purchases.OrderBy(static one => one.Date).ThenBy(static one => one.Line)
                .Select(static purchase => new HistoryRecord(purchase.CustomerId ?? purchase.Email ?? purchase.EventId, null, purchase, null)))
            .Concat(file.Balances.Select(static balance => new HistoryRecord(balance.Person, null, null, balance)));
        var oneOf = SamePeople(file);
        return [.. records.GroupBy(record => oneOf(record.Person), StringComparer.Ordinal).Select(static person => person.ToList())];
    }

    /// <summary>Members with one e-mail address are one person, whatever numbers the file gives them: they become one with the import.</summary>
    private static Func<string, string> SamePeople(HistoryFile file)
    {
        var (owners, leads) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var member in file.Members)
        {
            if (Identifier.Email(member.Profile.Email) is not { } email || owners.TryAdd(email.Value, member.Person!)) continue;
            var (one, other) = (Root(member.Person!), Root(owners[email.Value]));
            if (one != other) leads[one] = other;
        }

        return Root;

        string Root(string person)
        {
            while (leads.TryGetValue(person, out var other)) person = other;
            return person;
        }
    }

    private async Task ImportAsync(IServiceProvider services, HistoryRecord record, DateTimeZone zone, Counts counts, CancellationToken cancellation)
    {
        using var scope = services.CreateScope();
        if (record.Balance is { } balance)
        {
            await ActivatorUtilities.CreateInstance<BalanceImport>(scope.ServiceProvider).PostAsync(balance, options.Format, cancellation);
            counts.CountBalance();
            return;
        }

        var now = scope.ServiceProvider.GetRequiredService<IClock>().GetCurrentInstant();
        var e = record.Member?.ToEvent(options.Format, now) ?? record.Purchase!.ToEvent(options.Format, zone, now);
        var outcome = await scope.ServiceProvider.GetRequiredService<ApplyEventUseCase>().ApplyAsync(e, mayStart: false, cancellation);
        counts.Count(outcome ?? new ApplyOutcome.Refused(Core.RefusalCode.NoIdentifier));
    }

    /// <summary>What the file would bring; nothing is written.</summary>
    private async Task<int> DryRunAsync(HistoryFile file)
    {
        var points = file.Balances.GroupBy(static one => one.Wallet, StringComparer.Ordinal).ToDictionary(static wallet => wallet.Key, static wallet => wallet.Sum(static one => one.Points));
        var people = People(file).Count;
        if (options.Json)
        {
            var answer = new { dryRun = true, members = file.Members.Count, purchases = file.Purchases.Count, balances = file.Balances.Count, people, points };
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(answer)));
            return ExitCodes.Done;
        }

        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Dry run: {file.Members.Count:N0} members, {file.Purchases.Count:N0} purchases and {file.Balances.Count:N0} balances of {people:N0} people can be read; nothing was written."));
        foreach (var (wallet, sum) in points) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {wallet}: {sum:N0} points"));
        return ExitCodes.Done;
    }

    private async Task<int> ReportAsync(
        IServiceProvider services, Counts counts, HistoryFile file, int people, TimeSpan elapsed, CancellationToken cancellation)
    {
        var report = await services.GetRequiredService<ReportQueries>().ReadAsync(cancellation);
        if (options.Json)
        {
            var answer = new { members = file.Members.Count, purchases = file.Purchases.Count, people, balances = counts.Balances, counts.Applied, counts.Before, counts.Refused, report };
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(answer)));
        }
        else
        {
            AnsiConsole.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{counts.Applied:N0} records imported, {counts.Before:N0} were there before, {counts.Refused:N0} refused; {people:N0} people; {elapsed.TotalSeconds:0.0} s."));
            DemoTables.PrintShop(report);
        }

        return report.Points.Findings.IsEmpty ? ExitCodes.Done : ExitCodes.Refused;
    }

    private sealed record HistoryRecord(string Person, Member? Member, Purchase? Purchase, Balance? Balance);

    private sealed class Counts
    {
        private long _applied;
        private long _before;
        private long _refused;

        private long _balances;

        /// <summary>Posted now or before: the ledger's key tells, and answers both alike.</summary>
        public long Balances => _balances;

        public long Applied => _applied;

        public long Before => _before;

        public long Refused => _refused;

        public void CountBalance() => Interlocked.Increment(ref _balances);

        public void Count(ApplyOutcome outcome)
        {
            switch (outcome)
            {
                case ApplyOutcome.Applied: Interlocked.Increment(ref _applied); break;
                case ApplyOutcome.AppliedBefore: Interlocked.Increment(ref _before); break;
                default: Interlocked.Increment(ref _refused); break;
            }
        }
    }
}
