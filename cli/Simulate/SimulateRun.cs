using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation;
using Loyalty.Simulation.Html;
using Loyalty.Simulation.Import;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Simulate;

/// <summary>What to simulate.</summary>
internal sealed record SimulateOptions
{
    public required string[] Journeys { get; init; }
    public string? DataFile { get; init; }
    public string? File { get; init; }
    public string? Format { get; init; }
    public string? Live { get; init; }
    public string? Program { get; init; }
    public required int Customers { get; init; }
    public int? Days { get; init; }
    public required long Seed { get; init; }
    public required int Threads { get; init; }
    public required IReadOnlyList<RateChange> Rates { get; init; }
    public SendQuota? Quota { get; init; }

    /// <summary><see cref="Rates"/> and <see cref="Quota"/> as they were written, for an app.</summary>
    public required (string[] Rates, string[] Quota) AsWritten { get; init; }
    public string? Html { get; init; }
    public string? Customer { get; init; }
    public bool Json { get; init; }
}

/// <summary>Loads draft, live version and people, plays both, and shows them.</summary>
internal sealed class SimulateRun(SimulateOptions options)
{
    private const int DefaultStoreDays = 30;
    private const int MostStoreDays = 90;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (JourneyOptions.DraftOrShipped(options.Program) is { } folder) settings["Program:Path"] = folder;
        var draft = ProgramReader.LoadProgram(settings);
        Check(draft);
        var (population, rates, stored) = await PeopleAsync(draft, settings, cancellation);
        var live = options.Live is { } path ? ProgramReader.LoadProgram(Folder(path)) : stored;
        if (RateChange.UnknownTemplate(options.Rates, live is null ? [draft] : [draft, live]) is { } unknown) throw new UsageException("--rate: " + unknown);
        rates = RateChange.Apply(rates, options.Rates);
        var input = Input(draft, population, rates);
        if (options.Customer is { } customer) return await TellAsync(input, customer);

        var watch = Stopwatch.StartNew();
        SimulationReport? report = null, other = null;
        var rounds = live is null ? 1 : 2;
        await ProgressBar.RunAsync("people", (double)population.Count * rounds / Portion, async played =>
        {
            var step = Steps(played);
            report = await Task.Run(() => Simulator.Run(input, options.Threads, step, cancellation), cancellation);
            if (live is not null) other = await Task.Run(() => Simulator.Run(Input(live, population, rates), options.Threads, step, cancellation), cancellation);
        });
        await ShowAsync(report!, other);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0.0} s on {options.Threads} threads."));
        return ExitCodes.Done;
    }

    /// <summary>The same by an app, over its own customers or generated ones.</summary>
    public async Task<int> RunAsync(ProgramApi api, DirectoryInfo? folder, bool isGenerated, CancellationToken cancellation)
    {
        if (options.Journeys is not [var journey]) throw new UsageException("With --url name one journey: the app is asked while you wait.");
        var draft = new SimulationDraft
        {
            People = isGenerated ? "generated" : "store",
            Customers = isGenerated ? options.Customers : null,
            Days = options.Days,
            Seed = options.Seed,
            Rates = options.AsWritten.Rates is { Length: > 0 } rates ? rates : null,
            Quota = options.AsWritten.Quota is { Length: > 0 } quota ? quota : null,
        };
        var result = await RemoteSimulation.SimulateAsync(api, journey, folder, draft, cancellation);
        await ShowAsync(result.Draft, result.Live);
        return ExitCodes.Done;
    }

    /// <summary>The bar moves by portions, whatever the simulator reports.</summary>
    private const int Portion = 1000;

    private static Action<int> Steps(Action played)
    {
        var count = 0;
        return more =>
        {
            var after = Interlocked.Add(ref count, more);
            for (var i = (after - more) / Portion; i < after / Portion; i++) played();
        };
    }

    private async Task ShowAsync(SimulationReport report, SimulationReport? live)
    {
        if (options.Html is { } html)
        {
            var title = options.Journeys.Length == 0 ? "Simulation of the program" : "Simulation of " + string.Join(", ", options.Journeys);
            await File.WriteAllTextAsync(html, HtmlReport.Write(title, report, live));
            await Console.Error.WriteLineAsync($"Report: {html}");
        }

        if (options.Json)
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(new { digest = report.Digest(), draft = report, live })));
        else
            SimulateTables.Print(report, live);
    }

    private async Task<int> TellAsync(SimulationInput input, string customer)
    {
        if (NumberOf(input.Population, customer) is not { } number)
        {
            await Console.Error.WriteLineAsync($"Nobody of the population is known as '{customer}'. {Hint(input.Population)}");
            return ExitCodes.Refused;
        }

        var story = Simulator.Story(input, number);
        if (options.Html is { } html) await File.WriteAllTextAsync(html, HtmlReport.Write(story));
        if (options.Json) await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(new { story.CustomerId, story.Zone, story.Lines })));
        else SimulateTables.Print(story);
        return ExitCodes.Done;
    }

    private static int? NumberOf(IPopulation population, string customer) => population is HistoryPopulation history
        ? history.NumberOf(customer)
        : customer.StartsWith('g') && int.TryParse(customer.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < population.Count
            ? number
            : null;

    private static string Hint(IPopulation population) => population is HistoryPopulation
        ? "Give a customer's id."
        : string.Create(CultureInfo.InvariantCulture, $"Expected {GeneratedPopulation.IdOf(0)} to {GeneratedPopulation.IdOf(population.Count - 1)}.");

    private SimulationInput Input(LoyaltyProgram program, IPopulation population, ResponseRates rates)
    {
        var live = program.ToLive();
        if (options.Journeys.Length > 0)
            live = live with { Journeys = [.. live.Journeys.Where(journey => options.Journeys.Contains(journey.Name, StringComparer.Ordinal))] };
        return new SimulationInput { Program = live, Population = population, Rates = rates, Seed = options.Seed, Quota = options.Quota };
    }

    private void Check(LoyaltyProgram draft)
    {
        foreach (var journey in options.Journeys)
        {
            if (!draft.Journeys.ContainsKey(journey))
                throw new UsageException($"The program has no journey '{journey}'. It has: {string.Join(", ", draft.Journeys.Keys)}. Another program: --program DIR.");
        }

        if (options.File is not null != options.Format is not null) throw new UsageException("--file and --format go together.");
        if (options.File is not null && options.DataFile is not null) throw new UsageException("Give --file or --data, not both.");
        if (options.DataFile is not null && options.Days > MostStoreDays) throw new UsageException($"--days {options.Days}: a store keeps its events for {MostStoreDays} days.");
    }

    private async Task<(IPopulation People, ResponseRates Rates, LoyaltyProgram? Live)> PeopleAsync(
        LoyaltyProgram draft, Dictionary<string, string?> settings, CancellationToken cancellation)
    {
        if (options.DataFile is { } data)
        {
            await using var reader = ProgramReader.Open(data, settings);
            var store = reader.Services.GetRequiredService<IDocumentStore>();
            var now = reader.Services.GetRequiredService<IClock>().GetCurrentInstant();
            var people = reader.Services.GetRequiredService<PersonResolver>();
            var history = await StoreHistory.ReadAsync(store, people, draft.Model, now, options.Days ?? DefaultStoreDays, cancellation);
            if (history.Population.Count == 0) throw new UsageException($"There is nobody in {data} yet.");
            return (history.Population, history.Rates, await StoreProgram.ReadAsync(store, cancellation));
        }

        if (options.File is { } file)
        {
            if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
            await using var stream = File.OpenRead(file);
            var purchases = options.Format == "cdnow" ? CdnowFile.Read(stream, draft.Currency) : CsvPurchases.Read(stream, draft.Currency);
            if (purchases.Count == 0) throw new UsageException($"There is no purchase in {file}.");
            // Their purchases are the file's: none is drawn beside them.
            var rates = new ResponseRates { Default = new ResponseRate { Buy = 0 } };
            return (HistoryPopulation.Of(purchases, options.Format!, draft.Zone, options.Days), rates, null);
        }

        var generated = new GeneratedOptions
        {
            Customers = options.Customers,
            Days = options.Days ?? 90,
            Seed = options.Seed,
            Currency = draft.Currency,
            Topics = [.. draft.Topics.Keys],
        };
        return (new GeneratedPopulation(generated), new ResponseRates(), null);
    }

    private static Dictionary<string, string?> Folder(string path) => new(StringComparer.OrdinalIgnoreCase) { ["Program:Path"] = path };
}
