using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Loyalty.Core.Journeys.Edits;

/// <summary>
/// Where each step of one version leads in another (docs/reference/journeys.md, edits under way). Pure: two versions and the named moves in, a landing for every
/// step out.
/// </summary>
public sealed class EditPlan
{
    private readonly FrozenDictionary<string, StepLanding> _landings;

    private EditPlan(JourneyDefinition from, JourneyDefinition to, FrozenDictionary<string, StepLanding> landings)
    {
        From = from;
        To = to;
        _landings = landings;
        NamesById = to.Index.InOrder.ToFrozenDictionary(place => to.IdOf(place.Step.Name), static place => place.Step.Name, StringComparer.Ordinal);
    }

    /// <summary>The version people are on.</summary>
    public JourneyDefinition From { get; }

    /// <summary>The version they are brought to.</summary>
    public JourneyDefinition To { get; }

    /// <summary>Steps of <see cref="To"/>: hidden id → name.</summary>
    public FrozenDictionary<string, string> NamesById { get; }

    /// <summary>Steps at which people can stand and from which no way leads on: with one of these the edit is refused.</summary>
    public ImmutableArray<string> Stranded =>
        [.. From.Index.InOrder.Where(place => CanStandAt(place.Step) && _landings[place.Step.Name] is StepLanding.Nowhere).Select(static place => place.Step.Name)];

    /// <summary>Where a person at this step goes on.</summary>
    public StepLanding LandingOf(string step) => _landings.GetValueOrDefault(step) ?? new StepLanding.Nowhere();

    /// <summary>Makes the plan.</summary>
    /// <param name="from">The version people are on.</param>
    /// <param name="to">The version they are brought to, with its hidden ids.</param>
    /// <param name="moves">Old name → new name, from <c>map</c>. A move between two types goes to the begin of the new step.</param>
    public static EditPlan Make(JourneyDefinition from, JourneyDefinition to, IReadOnlyDictionary<string, string> moves)
    {
        var names = to.Index.InOrder.ToDictionary(place => to.IdOf(place.Step.Name), static place => place.Step.Name, StringComparer.Ordinal);
        var landings = from.Index.InOrder.ToFrozenDictionary(
            static place => place.Step.Name, place => Land(from, to, place, names, moves), StringComparer.Ordinal);
        return new EditPlan(from, to, landings);
    }

    /// <summary>Steps that wait for time, an event or an outcome; the others are over within their turn.</summary>
    public static bool CanStandAt(JourneyStep step) => step is not
        (JourneyStep.Choose or JourneyStep.Split or JourneyStep.Award or JourneyStep.Set or JourneyStep.Emit or JourneyStep.Start or JourneyStep.End);

    private static StepLanding Land(
        JourneyDefinition from, JourneyDefinition to, StepPlace place, Dictionary<string, string> names, IReadOnlyDictionary<string, string> moves)
    {
        if (moves.TryGetValue(place.Step.Name, out var named) && to.Index.Find(named) is not null)
        {
            return to.IdOf(named) == from.IdOf(place.Step.Name) ? new StepLanding.Same(named) : new StepLanding.Begin(named);
        }

        if (names.TryGetValue(from.IdOf(place.Step.Name), out var same)) return new StepLanding.Same(same);
        for (StepPlace? at = place; at is not null; at = at.Parent)
        {
            // The next step of its branch that still exists …
            for (var next = at.Next; next is not null; next = next.Next)
            {
                if (Existing(next) is { } name) return new StepLanding.Begin(name);
            }

            // … else after its branching step.
            if (at.Parent is { } parent && Existing(parent) is { } around) return new StepLanding.After(around);
        }

        return new StepLanding.Nowhere();

        string? Existing(StepPlace step) =>
            moves.TryGetValue(step.Step.Name, out var moved) && to.Index.Find(moved) is not null ? moved : names.GetValueOrDefault(from.IdOf(step.Step.Name));
    }
}

/// <summary>Where a person at a step of the old version goes on in the new one; a closed set.</summary>
public abstract record StepLanding
{
    private StepLanding()
    {
    }

    /// <summary>At the same step, wherever it stands now; a wait is recomputed from the moment it began.</summary>
    public sealed record Same(string Step) : StepLanding;

    /// <summary>The step is gone: at the begin of this one.</summary>
    public sealed record Begin(string Step) : StepLanding;

    /// <summary>The step and the rest of its branch are gone: after this branching step (of a <c>repeat</c>: with its next pass).</summary>
    public sealed record After(string Step) : StepLanding;

    /// <summary>Nothing is left that could follow.</summary>
    public sealed record Nowhere : StepLanding;

    /// <summary>For the preview.</summary>
    public string Describe() => this switch
    {
        Same same => "goes on at " + same.Step,
        Begin begin => "goes to " + begin.Step,
        After after => "goes on after " + after.Step,
        _ => "has nowhere to go",
    };
}
