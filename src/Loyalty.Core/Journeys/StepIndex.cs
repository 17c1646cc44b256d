using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Loyalty.Core.Journeys;

/// <summary>Where a step stands.</summary>
/// <param name="Step">The step.</param>
/// <param name="Parent">The step it stands under; null at the top.</param>
/// <param name="Branch">Which of the parent's lists; null at the top.</param>
/// <param name="Order">Its place in the file, from 0.</param>
public sealed record StepPlace(JourneyStep Step, StepPlace? Parent, string? Branch, int Order)
{
    /// <summary>The step after it in its list; null at the list's end.</summary>
    public StepPlace? Next { get; internal set; }

    /// <summary>It stands in a <c>repeat</c>, however deep: it may be executed more than once.</summary>
    public bool IsRepeated { get; } = Parent is not null && (Parent.IsRepeated || Parent.Step is JourneyStep.Repeat);

    /// <summary>The first step of each of its lists; null: an empty list.</summary>
    internal ImmutableArray<(string Branch, StepPlace? First)> Firsts { get; set; } = [];

    /// <summary>The first step of one of its lists; null where that is empty or unknown.</summary>
    public StepPlace? FirstOf(string branch)
    {
        foreach (var (name, first) in Firsts)
        {
            if (name == branch) return first;
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(StepPlace? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => Order;
}

/// <summary>Every step of a journey by name.</summary>
public sealed class StepIndex
{
    private readonly FrozenDictionary<string, StepPlace> _byName;

    private StepIndex(ImmutableArray<StepPlace> inOrder)
    {
        InOrder = inOrder;
        _byName = inOrder.ToFrozenDictionary(p => p.Step.Name, StringComparer.Ordinal);
        var cases = inOrder.Select(p => p.Step).OfType<JourneyStep.WaitFor>().SelectMany(w => w.Cases).ToList();
        WaitsForAny = cases.Exists(c => c.Events.IsEmpty);
        HasTransactional = inOrder.Any(p => p.Step is JourneyStep.Send { IsTransactional: true });
        HasSplit = inOrder.Any(p => p.Step is JourneyStep.Split);
        HasAward = inOrder.Any(p => p.Step is JourneyStep.Award);
        HasAdaptive = inOrder.Any(p => p.Step is JourneyStep.Split { IsAdaptive: true });
        WaitTypes = cases.SelectMany(c => c.Events).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>All steps in file order, a branching step before its branches.</summary>
    public ImmutableArray<StepPlace> InOrder { get; }

    /// <summary>Event types that some <c>wait-for</c> names.</summary>
    public FrozenSet<string> WaitTypes { get; }

    /// <summary>Some <c>wait-for</c> is tested at every event.</summary>
    public bool WaitsForAny { get; }

    /// <summary>Some message needs no consent: the program's holdout leaves the journey alone.</summary>
    public bool HasTransactional { get; }

    /// <summary>There is a split.</summary>
    public bool HasSplit { get; }

    /// <summary>There is an award.</summary>
    public bool HasAward { get; }

    /// <summary>Some split learns from the goal.</summary>
    public bool HasAdaptive { get; }

    /// <summary>Makes the index.</summary>
    /// <exception cref="ArgumentException">Two steps have one name.</exception>
    public static StepIndex Of(ImmutableArray<JourneyStep> steps)
    {
        var all = ImmutableArray.CreateBuilder<StepPlace>();
        Walk(steps, null, null, all);
        return new StepIndex(all.ToImmutable());
    }

    /// <summary>The place of a step; null where there is none of that name.</summary>
    public StepPlace? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>True where some <c>wait-for</c> may take an event of this type.</summary>
    public bool WaitsFor(string eventType) => WaitsForAny || WaitTypes.Contains(eventType);

    /// <returns>The first step of the list; null: it is empty.</returns>
    private static StepPlace? Walk(
        ImmutableArray<JourneyStep> steps, StepPlace? parent, string? branch, ImmutableArray<StepPlace>.Builder all)
    {
        StepPlace? first = null, before = null;
        foreach (var step in steps)
        {
            var place = new StepPlace(step, parent, branch, all.Count);
            all.Add(place);
            first ??= place;
            if (before is not null) before.Next = place;
            before = place;
            place.Firsts = [.. step.Branches.Select(inner => (inner.Name, Walk(inner.Steps, place, inner.Name, all)))];
        }

        return first;
    }
}
