using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Simulation.Results;

/// <summary>What a simulation found. The same input gives the same bytes, on one thread or many.</summary>
public sealed record SimulationReport
{
    /// <summary>The people, in words.</summary>
    public required string Population { get; init; }

    /// <summary>Where the responses come from, in words.</summary>
    public required string Responses { get; init; }
    public required long Seed { get; init; }
    public required Instant Start { get; init; }
    public required int Days { get; init; }
    public required long Customers { get; init; }

    /// <summary>Events that were applied, by type.</summary>
    public required ImmutableSortedDictionary<string, long> Events { get; init; }

    /// <summary>Of these, what changed nothing, by reason.</summary>
    public required ImmutableSortedDictionary<string, long> Refused { get; init; }

    /// <summary>Paid and not cancelled.</summary>
    public required long Orders { get; init; }

    /// <summary>Net goods that were kept, minor units of <see cref="Currency"/>.</summary>
    public required long RevenueMinor { get; init; }
    public required string Currency { get; init; }

    /// <summary>Customers by stage at the end.</summary>
    public required ImmutableSortedDictionary<string, long> Stages { get; init; }

    /// <summary>By name.</summary>
    public required ImmutableArray<JourneyReport> Journeys { get; init; }

    /// <summary>By template.</summary>
    public required ImmutableArray<MessageReport> Messages { get; init; }

    /// <summary>Messages that did not go, by reason.</summary>
    public required ImmutableSortedDictionary<string, long> Withheld { get; init; }

    /// <summary>What points were posted and why.</summary>
    public required ImmutableArray<PointsReport> Points { get; init; }

    public required ImmutableArray<long> SendsPerDay { get; init; }
    public required ImmutableArray<long> PointsPerDay { get; init; }
    public SendQuota? Quota { get; init; }

    /// <summary>What the quota would delay; null: no quota was given.</summary>
    public QuotaOutcome? Quotas { get; init; }

    /// <summary>Messages that went.</summary>
    public long Sent() => Messages.Sum(static message => message.Sent);

    /// <summary>SHA-256 of the report's JSON: two simulations are the same when these are.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(LoyaltyJson.Write(this)));

    internal static SimulationReport Of(SimulationInput input, Tally tally)
    {
        var days = tally.Days - 1;
        return new SimulationReport
        {
            Population = input.Population.Description,
            Responses = input.Rates.Origin,
            Seed = input.Seed,
            Start = input.Population.Start,
            Days = days,
            Customers = tally.Customers,
            Events = Sorted(tally.Events),
            Refused = Sorted(tally.Refused),
            Orders = tally.Orders,
            RevenueMinor = tally.RevenueMinor,
            Currency = input.Program.Model.Currency,
            Stages = tally.Stages.Select(static (count, stage) => (Stage: CustomerStages.Word((CustomerStage)stage), Count: count))
                .ToImmutableSortedDictionary(static one => one.Stage, static one => one.Count, StringComparer.Ordinal),
            Journeys =
            [
                .. tally.Journeys.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(one => JourneyReport.Of(one.Value, days)),
            ],
            Messages = [.. tally.Templates.Select(static one => MessageReport.Of(one.Key, one.Value))],
            Withheld = Sorted(tally.Withheld),
            Points = [.. tally.Points.Select(static one => PointsReport.Of(one.Key, one.Value))],
            SendsPerDay = [.. Enumerable.Range(0, days).Select(day => SendsOn(tally.SendsPerMinute, day))],
            PointsPerDay = [.. tally.PointsPerDay.Take(days)],
            Quota = input.Quota,
            Quotas = input.Quota?.Delay(tally.SendsPerMinute),
        };
    }

    private static long SendsOn(int[] sendsPerMinute, int day)
    {
        var sum = 0L;
        for (var minute = day * 1440; minute < (day + 1) * 1440; minute++) sum += sendsPerMinute[minute];
        return sum;
    }

    private static ImmutableSortedDictionary<string, long> Sorted(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.ToImmutableSortedDictionary(StringComparer.Ordinal);
}

/// <summary>What one template did.</summary>
public sealed record MessageReport(
    string Template, long Sent, long NotSent, long Opened, long Clicked, long Answered, long Bought, long Unsubscribed)
{
    internal static MessageReport Of(string template, MessageTally tally) => new(
        template, tally.Sent, tally.NotSent, tally.Opened, tally.Clicked, tally.Answered, tally.Bought, tally.Unsubscribed);
}

/// <summary>Points of one sort.</summary>
/// <param name="What"><c>granted</c>, <c>spent</c>, <c>expired</c>, <c>reversed</c>.</param>
/// <param name="Why">The rule, or <c>journey: REASON</c>; empty where there is but one.</param>
/// <param name="Points">How many.</param>
public sealed record PointsReport(string What, string Why, long Points)
{
    internal static PointsReport Of(string key, long points)
    {
        var bar = key.IndexOf('|', StringComparison.Ordinal);
        return new PointsReport(key[..bar], key[(bar + 1)..], points);
    }
}

/// <summary>What one journey did.</summary>
public sealed record JourneyReport
{
    public required string Name { get; init; }
    public required int Version { get; init; }
    public string? Title { get; init; }

    /// <summary>Runs that began, held-out ones included.</summary>
    public required long Entered { get; init; }

    /// <summary>Runs that are measured and get nothing.</summary>
    public required long HeldOut { get; init; }

    /// <summary>Runs that had not ended at the end.</summary>
    public required long StillInside { get; init; }

    /// <summary>The journey has a goal; one without is not measured by it.</summary>
    public required bool HasGoal { get; init; }

    /// <summary>Runs that reached the goal, without the held-out ones.</summary>
    public required long Goals { get; init; }

    /// <summary>Held-out runs that reached it.</summary>
    public required long HeldOutGoals { get; init; }

    /// <summary>Runs whose goal is not counted, without the held-out ones: the person had too many open already.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Unmeasured { get; init; }

    /// <summary>Held-out runs of which the same is true.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long HeldOutUnmeasured { get; init; }

    /// <summary>Runs of which <see cref="Goals"/> are a share.</summary>
    [JsonIgnore]
    public long Measured => Entered - HeldOut - Unmeasured;

    /// <summary>Runs of which <see cref="HeldOutGoals"/> are a share.</summary>
    [JsonIgnore]
    public long HeldOutMeasured => HeldOut - HeldOutUnmeasured;

    /// <summary>How runs ended.</summary>
    public required ImmutableSortedDictionary<string, long> Outcomes { get; init; }
    public required ImmutableArray<long> EnteredPerDay { get; init; }

    /// <summary>In file order.</summary>
    public required ImmutableArray<StepReport> Steps { get; init; }

    /// <summary>Branches that nobody took, as <c>step → branch</c>.</summary>
    public required ImmutableArray<string> Untaken { get; init; }

    internal static JourneyReport Of(JourneyTally tally, int days)
    {
        var places = tally.Definition.Index.InOrder;
        var known = places.Select(static place => place.Step.Name).ToHashSet(StringComparer.Ordinal);
        var others = tally.Steps.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal);
        return new JourneyReport
        {
            Name = tally.Definition.Name,
            Version = tally.Definition.Version,
            Title = tally.Definition.Title,
            Entered = tally.Entered,
            HeldOut = tally.HeldOut,
            StillInside = tally.StillInside,
            HasGoal = tally.Definition.Goal is not null,
            Goals = tally.Goals,
            HeldOutGoals = tally.HeldOutGoals,
            Unmeasured = tally.Unmeasured,
            HeldOutUnmeasured = tally.HeldOutUnmeasured,
            Outcomes = tally.Outcomes.ToImmutableSortedDictionary(StringComparer.Ordinal),
            EnteredPerDay = [.. tally.EnteredPerDay.Take(days)],
            Steps =
            [
                .. places.Select(place => StepReport.Of(place.Step.Name, place, tally.Steps[place.Step.Name], days)),
                .. others.Select(name => StepReport.Of(name, null, tally.Steps[name], days)),
            ],
            Untaken = [.. places.SelectMany(place => UntakenOf(place.Step, tally))],
        };
    }

    private static IEnumerable<string> UntakenOf(JourneyStep step, JourneyTally tally)
    {
        if (tally.Steps[step.Name].Reached == 0) yield break;
        foreach (var branch in step.Branches)
        {
            if (!branch.Steps.IsEmpty && tally.Steps[branch.Steps[0].Name].Reached == 0) yield return $"{step.Name} → {branch.Name}";
        }
    }
}

/// <summary>What one step did.</summary>
public sealed record StepReport
{
    public required string Name { get; init; }

    /// <summary>The step's type as the language writes it, e.g. <c>wait-for</c>; empty: not a step of this version.</summary>
    public required string Type { get; init; }

    /// <summary>Branching steps around it.</summary>
    public required int Depth { get; init; }

    /// <summary>Which branch of the step around it; null at the top.</summary>
    public string? Branch { get; init; }

    /// <summary>Runs that were ever at it.</summary>
    public required long Reached { get; init; }
    public required long Visits { get; init; }
    public required long Sent { get; init; }
    public required long NotSent { get; init; }

    /// <summary>How the last visit of each run ended.</summary>
    public required ImmutableSortedDictionary<string, long> Results { get; init; }

    /// <summary>How many waited there at the end of each day.</summary>
    public required ImmutableArray<long> InsidePerDay { get; init; }

    internal static StepReport Of(string name, StepPlace? place, StepTally tally, int days)
    {
        var inside = new long[days];
        var sum = 0L;
        for (var day = 0; day < days; day++) inside[day] = sum += tally.MovedPerDay[day];
        var depth = 0;
        for (var parent = place?.Parent; parent is not null; parent = parent.Parent) depth++;
        return new StepReport
        {
            Name = name,
            Type = place is null ? "" : StepNames.Of(place.Step),
            Depth = depth,
            Branch = place?.Branch,
            Reached = tally.Reached,
            Visits = tally.Visits,
            Sent = tally.Sent,
            NotSent = tally.NotSent,
            Results = tally.Results.ToImmutableSortedDictionary(StringComparer.Ordinal),
            InsidePerDay = [.. inside],
        };
    }
}
