using System.Collections.Immutable;

namespace Loyalty.Simulation.Results;

/// <summary>What publishing a draft of a journey would change.</summary>
public sealed record DiffReport
{
    public required string Journey { get; init; }

    /// <summary>In words; empty: nothing.</summary>
    public required ImmutableArray<JourneyChange> Changes { get; init; }

    /// <summary>People inside now at each step of the live version, with what becomes of that step.</summary>
    public required ImmutableArray<StepAffected> Inside { get; init; }

    /// <summary>What the last days would have looked like.</summary>
    public DiffReplay? Replay { get; init; }

    /// <summary>Puts it together.</summary>
    /// <param name="journey">Its name.</param>
    /// <param name="changes">What changes.</param>
    /// <param name="inside">People inside by step of the live version.</param>
    public static DiffReport Of(string journey, ImmutableArray<JourneyChange> changes, IReadOnlyDictionary<string, long> inside) => new()
    {
        Journey = journey,
        Changes = changes,
        Inside =
        [
            .. inside.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(one => new StepAffected(
                one.Key,
                one.Value,
                [.. changes.Where(change => change.LiveStep == one.Key).Select(static change => change.Kind).Distinct()])),
        ],
    };
}

/// <summary>People at a step.</summary>
/// <param name="Step">As live names it; empty: before the first step.</param>
/// <param name="People">How many.</param>
/// <param name="Changes">What becomes of the step; empty: it stays as it is.</param>
public sealed record StepAffected(string Step, long People, ImmutableArray<ChangeKind> Changes);

/// <summary>The last days, once as they were published and once with the draft.</summary>
/// <param name="Days">How many.</param>
/// <param name="Responses">Where the responses come from.</param>
/// <param name="Entered">Runs of the journey that would have begun.</param>
/// <param name="Sent">Its messages that would have gone.</param>
/// <param name="NotSent">Its messages that would not.</param>
/// <param name="PointsGranted">Points granted in all.</param>
/// <param name="Templates">Messages by template.</param>
public sealed record DiffReplay(
    int Days, string Responses, DraftAndLive Entered, DraftAndLive Sent, DraftAndLive NotSent, DraftAndLive PointsGranted, ImmutableSortedDictionary<string, DraftAndLive> Templates)
{
    /// <summary>Compares two simulations over the same people.</summary>
    /// <param name="journey">Its name.</param>
    /// <param name="draft">With the draft.</param>
    /// <param name="live">As published; null: the journey is not live.</param>
    public static DiffReplay Of(string journey, SimulationReport draft, SimulationReport? live)
    {
        DraftAndLive Both(Func<SimulationReport, long> figure) => new(figure(draft), live is null ? 0 : figure(live));
        var templates = draft.Messages.Concat(live?.Messages ?? []).Select(static one => one.Template).Distinct(StringComparer.Ordinal);
        return new DiffReplay(
            draft.Days,
            draft.Responses,
            Both(one => Journey(one, journey)?.Entered ?? 0),
            Both(one => Journey(one, journey)?.Steps.Sum(static step => step.Sent) ?? 0),
            Both(one => Journey(one, journey)?.Steps.Sum(static step => step.NotSent) ?? 0),
            Both(static one => one.PointsPerDay.Sum()),
            templates.ToImmutableSortedDictionary(
                static template => template,
                template => Both(one => one.Messages.FirstOrDefault(message => message.Template == template)?.Sent ?? 0),
                StringComparer.Ordinal));
    }

    private static JourneyReport? Journey(SimulationReport report, string journey) => report.Journeys.FirstOrDefault(one => one.Name == journey);
}

/// <summary>A figure of both versions.</summary>
public sealed record DraftAndLive(long Draft, long Live);
