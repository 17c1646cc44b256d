using System.Collections.Immutable;
using System.Text;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.Results;
using NodaTime;

namespace Loyalty.Simulation;

/// <summary>A draft to be simulated or compared with what is live.</summary>
public sealed record SimulationDraft
{
    /// <summary>The journey's file; null: as it is live.</summary>
    public string? Yaml { get; init; }

    /// <summary>Other files of the program by path, e.g. <c>program.yaml</c>; null takes a file away.</summary>
    public ImmutableSortedDictionary<string, string?>? Files { get; init; }

    /// <summary><c>store</c> (the default): the store's customers and their last days; <c>generated</c>: a made-up shop.</summary>
    public string? People { get; init; }

    /// <summary>Generated people, 1 to <see cref="SimulationUseCase.MostCustomers"/>; default 1,000.</summary>
    public int? Customers { get; init; }

    /// <summary>Days, 1 to 90; default 30.</summary>
    public int? Days { get; init; }

    /// <summary>Default 1.</summary>
    public long? Seed { get; init; }

    /// <summary>Responses other than those counted or declared, e.g. <c>answer=30%</c>, <c>welcome.open=0.5</c>.</summary>
    public IReadOnlyList<string>? Rates { get; init; }

    /// <summary>What the provider takes, e.g. <c>100/hour</c>; null: no limit.</summary>
    public IReadOnlyList<string>? Quota { get; init; }
}

/// <summary>A simulation of a draft beside what is live.</summary>
/// <param name="Draft">With the draft.</param>
/// <param name="Live">As published; null: the journey is not live.</param>
public sealed record SimulationResult(SimulationReport Draft, SimulationReport? Live);

/// <summary>How it went; a closed set.</summary>
public abstract record SimulationOutcome<T>
{
    private SimulationOutcome()
    {
    }

    public sealed record Done(T Result) : SimulationOutcome<T>;

    /// <summary>There is no such journey, live or in the draft.</summary>
    public sealed record Unknown : SimulationOutcome<T>;

    /// <summary>The draft, or a field of the request, is wrong; every finding with its place.</summary>
    public sealed record Refused(string Detail) : SimulationOutcome<T>;
}

/// <summary>Simulates and compares drafts against a store. It reads; it writes nothing.</summary>
public sealed class SimulationUseCase(IDocumentStore store, PersonResolver people, IClock clock)
{
    /// <summary>Generated people of one request, at most: it is answered while the caller waits.</summary>
    public const int MostCustomers = 5000;

    /// <summary>A store keeps its events so long.</summary>
    public const int MostDays = 90;

    /// <summary>Plays people through the draft of a journey and through what is live.</summary>
    public async Task<SimulationOutcome<SimulationResult>> SimulateAsync(string journey, SimulationDraft draft, CancellationToken cancellation = default)
    {
        if (Wrong(draft) is { } wrong) return new SimulationOutcome<SimulationResult>.Refused(wrong);
        var live = await StoreProgram.ReadAsync(store, cancellation);
        var (program, findings) = Drafted(journey, draft, live);
        if (program is null) return new SimulationOutcome<SimulationResult>.Refused(findings!);
        if (!program.Journeys.ContainsKey(journey)) return new SimulationOutcome<SimulationResult>.Unknown();
        RateChange[] changes = [.. (draft.Rates ?? []).Select(static text => RateChange.Parse(text).Change!)];
        if (RateChange.UnknownTemplate(changes, live is null ? [program] : [program, live]) is { } unknown)
            return new SimulationOutcome<SimulationResult>.Refused("rates: " + unknown);
        var (population, known) = await PeopleAsync(draft, program, cancellation);
        var rates = RateChange.Apply(known, changes);
        var report = Play(program, journey, population, rates, draft, cancellation);
        var beside = live?.Journeys.ContainsKey(journey) == true ? Play(live, journey, population, rates, draft, cancellation) : null;
        return new SimulationOutcome<SimulationResult>.Done(new SimulationResult(report, beside));
    }

    /// <summary>What publishing the draft of a journey would change, whom, and what it would have sent in the last days.</summary>
    public async Task<SimulationOutcome<DiffReport>> DiffAsync(string journey, SimulationDraft draft, CancellationToken cancellation = default)
    {
        if (Wrong(draft) is { } wrong) return new SimulationOutcome<DiffReport>.Refused(wrong);
        var live = await StoreProgram.ReadAsync(store, cancellation);
        var (program, findings) = Drafted(journey, draft, live);
        return program is null ? new SimulationOutcome<DiffReport>.Refused(findings!) : await DiffAsync(journey, program, live, draft.Days ?? 30, cancellation);
    }

    /// <inheritdoc cref="DiffAsync(string, SimulationDraft, CancellationToken)"/>
    public async Task<SimulationOutcome<DiffReport>> DiffAsync(
        string journey, LoyaltyProgram draft, LoyaltyProgram? live, int days, CancellationToken cancellation = default)
    {
        var (before, after) = (live?.Journeys.GetValueOrDefault(journey), draft.Journeys.GetValueOrDefault(journey));
        if (before is null && after is null) return new SimulationOutcome<DiffReport>.Unknown();
        var history = await StoreHistory.ReadAsync(store, people, draft.Model, clock.GetCurrentInstant(), days, cancellation);
        var inside = history.Inside.GetValueOrDefault(journey) ?? ImmutableSortedDictionary<string, long>.Empty;
        var report = DiffReport.Of(journey, [.. JourneyDiff.Of(before, after), .. FileDiff.Of(live, draft, after)], inside);
        if (history.Population.Count == 0) return new SimulationOutcome<DiffReport>.Done(report);
        var drafted = PlayAll(draft, history.Population, history.Rates, 1, cancellation);
        var published = live is null ? null : PlayAll(live, history.Population, history.Rates, 1, cancellation);
        return new SimulationOutcome<DiffReport>.Done(report with { Replay = DiffReplay.Of(journey, drafted, published) });
    }

    private static string? Wrong(SimulationDraft draft)
    {
        if (draft.People is not (null or "store" or "generated")) return $"people: '{draft.People}'; expected store or generated.";
        if (draft.Customers is < 1 or > MostCustomers) return $"customers: {draft.Customers}; expected 1 to {MostCustomers}.";
        if (draft.Days is < 1 or > MostDays) return $"days: {draft.Days}; expected 1 to {MostDays}.";
        if (draft.Rates?.Select(static text => RateChange.Parse(text).Wrong).FirstOrDefault(static wrong => wrong is not null) is { } rate) return "rates: " + rate;
        return SendQuota.Parse(draft.Quota ?? []).Wrong is { } quota ? "quota: " + quota : null;
    }

    private static (LoyaltyProgram? Program, string? Findings) Drafted(string journey, SimulationDraft draft, LoyaltyProgram? live)
    {
        var files = (live?.Files ?? ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty).ToDictionary(
            static one => one.Key, static one => one.Value, StringComparer.Ordinal);
        foreach (var (path, text) in draft.Files ?? ImmutableSortedDictionary<string, string?>.Empty)
        {
            if (text is null) files.Remove(path);
            else files[path] = Encoding.UTF8.GetBytes(text);
        }

        if (draft.Yaml is { } yaml) files[$"journeys/{journey}.yaml"] = Encoding.UTF8.GetBytes(yaml);
        var load = ProgramLoader.Load(files);
        return load.Program is { } program ? (program, null) : (null, string.Join('\n', load.Findings));
    }

    private async Task<(IPopulation Population, ResponseRates Rates)> PeopleAsync(SimulationDraft draft, LoyaltyProgram program, CancellationToken cancellation)
    {
        var days = draft.Days ?? 30;
        if (draft.People is "generated")
        {
            var options = new GeneratedOptions
            {
                Customers = draft.Customers ?? 1000,
                Days = days,
                Seed = draft.Seed ?? 1,
                Currency = program.Currency,
                Topics = [.. program.Topics.Keys],
            };
            return (new GeneratedPopulation(options), new ResponseRates());
        }

        var history = await StoreHistory.ReadAsync(store, people, program.Model, clock.GetCurrentInstant(), days, cancellation);
        return (history.Population, history.Rates);
    }

    private static SimulationReport Play(
        LoyaltyProgram program, string journey, IPopulation population, ResponseRates rates, SimulationDraft draft, CancellationToken cancellation)
    {
        var own = program with { Journeys = program.Journeys.Where(one => one.Key == journey).ToImmutableSortedDictionary(StringComparer.Ordinal) };
        return PlayAll(own, population, rates, draft.Seed ?? 1, cancellation, SendQuota.Parse(draft.Quota ?? []).Quota);
    }

    private static SimulationReport PlayAll(
        LoyaltyProgram program, IPopulation population, ResponseRates rates, long seed, CancellationToken cancellation, SendQuota? quota = null) => Simulator.Run(
        new SimulationInput { Program = program.ToLive(), Population = population, Rates = rates, Seed = seed, Quota = quota },
        Environment.ProcessorCount,
        played: null,
        cancellation);
}
