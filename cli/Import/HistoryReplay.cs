using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Demo;
using Loyalty.Connectors;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.LocalHost.Program;
using Loyalty.LocalHost.Time;
using Loyalty.Simulation.Import;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Import;

/// <summary>History played under virtual time: purchases come when they came, journeys start, wait and send into the outbox.</summary>
internal sealed class HistoryReplay(ImportOptions options)
{
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var outbox = Path.Combine(Path.GetDirectoryName(options.DataFile)!, Path.GetFileNameWithoutExtension(options.DataFile) + "-outbox");
        options.Settings.TryAdd("Mail", "outbox:" + outbox);
        var settings = ProgramReader.LoadProgram(options.Settings);
        var file = PurchaseHistoryFile.Read(options, settings.Currency);
        var purchases = file.Purchases;
        if (purchases.Count == 0) throw new UsageException($"There is no purchase to import in {options.File}.");
        var zone = settings.Zone;
        var start = purchases.Min(static purchase => purchase.Date).AtStartOfDayInZone(zone).ToInstant();
        foreach (var member in file.Members) start = Instant.Min(start, member.SignedUpAt ?? start);
        var end = (options.Until ?? purchases.Max(static purchase => purchase.Date)).PlusDays(1).AtStartOfDayInZone(zone).ToInstant();
        await using var host = await ProgramHost.StartAsync(
            new ProgramHostOptions { DataFile = options.DataFile, VirtualStart = start, Settings = options.Settings, SurvivesPowerCut = false }, cancellation);
        var source = new HistorySource(host.Clock, host.Services.GetRequiredService<IntakeService>(), Events(file, zone));
        using var registration = host.Clock.RegisterFirst(source);
        var days = (int)Math.Ceiling((end - start).TotalDays);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{purchases.Count:N0} purchases, {days:N0} virtual days from {start:uuuu-MM-dd} on."));
        await ProgressBar.RunAsync("virtual days", days, async passed =>
        {
            for (var day = 1; day <= days && source.Failure is null; day++)
            {
                var until = Instant.Min(start + Duration.FromDays(day), end);
                if (until >= host.Clock.Now) await host.Clock.RunUntilAsync(until, cancellation);
                passed();
            }
        });
        if (source.Failure is { } failure) throw new StoppedException(failure);
        var report = await host.Services.GetRequiredService<ReportQueries>().ReadAsync(cancellation);
        if (options.Json) await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(report)));
        else DemoTables.Print(report, host.Clock.Now, options.DataFile, outbox);
        await Console.Error.WriteLineAsync($"{watch.Elapsed.TotalSeconds:0.0} s.");
        return report.Points.Findings.IsEmpty ? ExitCodes.Done : ExitCodes.Refused;
    }

    /// <summary>Whoever is no member signs up at nine on the day of the first purchase; purchases come at noon.</summary>
    private List<CanonicalEvent> Events(HistoryFile file, DateTimeZone zone)
    {
        var events = new List<CanonicalEvent>();
        var members = file.Members.Where(static member => member.SignedUpAt is not null).ToLookup(static member => member.Person, StringComparer.Ordinal);
        events.AddRange(members.SelectMany(static person => person).Select(member => member.ToEvent(options.Format, Instant.MinValue)));
        foreach (var person in file.Purchases.GroupBy(static purchase => purchase.CustomerId ?? purchase.Email ?? purchase.EventId))
        {
            var first = person.MinBy(static purchase => (purchase.Date, purchase.Line))!;
            var order = first.ToEvent(options.Format, zone, Instant.MinValue);
            if (order.Identifiers.IsEmpty) continue;
            var at = first.Date.At(new LocalTime(9, 0)).InZoneLeniently(zone).ToInstant();
            if (!members.Contains(person.Key)) events.Add(SignUp(order.Identifiers, first, at));
            events.AddRange(person.Select(purchase => purchase.ToEvent(options.Format, zone, Instant.MinValue)));
        }

        return [.. events.OrderBy(static e => e.Time).ThenBy(static e => e.Id, StringComparer.Ordinal)];
    }

    private CanonicalEvent SignUp(ImmutableArray<Identifier> identifiers, Purchase first, Instant at) => new()
    {
        Id = "sign-up:" + (first.CustomerId ?? first.Email),
        Source = "import:" + options.Format,
        Type = EventTypes.CustomerSignedUp,
        Time = at,
        ReceivedAt = at,
        Identifiers = identifiers,
        Data = new EventData.Person
        {
            Email = first.Email ?? first.CustomerId + "@customers.invalid",
            Consent = ImmutableDictionary<string, bool>.Empty.Add("*", true),
        },
    };
}

/// <summary>The replay cannot go on.</summary>
internal sealed class StoppedException(string message) : IOException(message);

/// <summary>The history as part of virtual time.</summary>
internal sealed class HistorySource(HostClock clock, IntakeService intake, List<CanonicalEvent> events) : IMomentSource
{
    private readonly Lock _gate = new();
    private int _next = FirstFrom(events, clock.Now);

    public string? Failure { get; private set; }

    public Instant? NextMoment()
    {
        lock (_gate) return _next < events.Count ? events[_next].Time : null;
    }

    public void Fire(Instant now)
    {
        var due = new List<CanonicalEvent>();
        lock (_gate)
        {
            while (_next < events.Count && events[_next].Time <= now) due.Add(events[_next++] with { ReceivedAt = now });
        }

        if (due.Count == 0) return;
        var busy = clock.Busy("the imported history");
        _ = Task.Run(async () =>
        {
            using (busy) await AcceptAsync(due);
        });
    }

    private async Task AcceptAsync(List<CanonicalEvent> due)
    {
        try
        {
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (e, cancellation) =>
                await intake.AcceptAsync(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e), cancellation));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Failure ??= failure.Message;
        }
    }

    private static int FirstFrom(List<CanonicalEvent> events, Instant now)
    {
        var index = events.FindIndex(e => e.Time >= now);
        return index < 0 ? events.Count : index;
    }
}
