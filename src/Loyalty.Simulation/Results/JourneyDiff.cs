using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Simulation.Results;

/// <summary>What kind of change.</summary>
public enum ChangeKind
{
    /// <summary>A step that live does not have.</summary>
    Added,

    /// <summary>A step that the draft does not have any more.</summary>
    Removed,

    /// <summary>The same step under another name.</summary>
    Renamed,

    /// <summary>The same step at another place.</summary>
    Moved,

    /// <summary>The same step with other options, or an option of the journey itself.</summary>
    Changed,
}

/// <summary>One change between two versions of a journey.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Step">The step as the draft names it (a removed one as live does); empty: the journey itself.</param>
/// <param name="Words">The change in words.</param>
/// <param name="LiveStep">The step as live names it; null: live does not have it.</param>
public sealed record JourneyChange(ChangeKind Kind, string Step, string Words, string? LiveStep);

/// <summary>Compares two versions of a journey, step by step and option by option.</summary>
public static class JourneyDiff
{
    private static readonly HashSet<string> Derived = new(StringComparer.Ordinal) { "Name", "Branches", "Index", "Steps", "Version", "Id", "DrawSalt", "Files" };

    /// <summary>Every change, those of the journey itself first, then in the draft's file order, then what was removed.</summary>
    /// <param name="live">null: the journey is new.</param>
    /// <param name="draft">null: the journey is taken away.</param>
    public static ImmutableArray<JourneyChange> Of(JourneyDefinition? live, JourneyDefinition? draft)
    {
        if (draft is null) return [new JourneyChange(ChangeKind.Removed, "", "the journey is not in the draft any more", null)];
        if (live is null) return [new JourneyChange(ChangeKind.Added, "", "the journey is new", null)];
        var changes = ImmutableArray.CreateBuilder<JourneyChange>();
        Options(live, draft, (name, was, isNow) => changes.Add(new JourneyChange(ChangeKind.Changed, "", $"{name}: {was} → {isNow}", null)));
        var names = Matched(live, draft);
        foreach (var place in draft.Index.InOrder)
        {
            var name = place.Step.Name;
            if (names.GetValueOrDefault(name) is not { } known)
            {
                changes.Add(new JourneyChange(ChangeKind.Added, name, $"{Kind(place)} added {Where(place)}", null));
                continue;
            }

            var before = live.Index.Find(known)!;
            if (known != name) changes.Add(new JourneyChange(ChangeKind.Renamed, name, $"was {known}", known));
            if (IsMoved(before, place, names)) changes.Add(new JourneyChange(ChangeKind.Moved, name, $"was {Where(before)}, is {Where(place)}", known));
            Options(before.Step, place.Step, (option, was, isNow) => changes.Add(new JourneyChange(ChangeKind.Changed, name, $"{option}: {was} → {isNow}", known)));
        }

        var kept = names.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var place in live.Index.InOrder)
        {
            if (!kept.Contains(place.Step.Name))
                changes.Add(new JourneyChange(ChangeKind.Removed, place.Step.Name, $"{Kind(place)} removed, was {Where(place)}", place.Step.Name));
        }

        return changes.ToImmutable();
    }

    /// <summary>Draft's name → live's: the same name and type, else, of the same type, equal in everything but the name.</summary>
    private static Dictionary<string, string> Matched(JourneyDefinition live, JourneyDefinition draft)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var place in draft.Index.InOrder)
        {
            if (live.Index.Find(place.Step.Name) is { } same && same.Step.GetType() == place.Step.GetType()) names[place.Step.Name] = same.Step.Name;
        }

        var free = live.Index.InOrder.Where(place => !names.ContainsValue(place.Step.Name)).ToList();
        foreach (var place in draft.Index.InOrder.Where(place => !names.ContainsKey(place.Step.Name)))
        {
            var twin = free.Find(other => other.Step.GetType() == place.Step.GetType() && IsEqual(other.Step, place.Step));
            if (twin is null) continue;
            names[place.Step.Name] = twin.Step.Name;
            free.Remove(twin);
        }

        return names;
    }

    private static bool IsEqual(JourneyStep one, JourneyStep other)
    {
        var isEqual = true;
        Options(one, other, (_, _, _) => isEqual = false);
        return isEqual;
    }

    /// <summary>Another step stands around it, or another kept step before it.</summary>
    private static bool IsMoved(StepPlace before, StepPlace after, Dictionary<string, string> names)
    {
        var parent = after.Parent is null ? null : names.GetValueOrDefault(after.Parent.Step.Name, "");
        return before.Parent?.Step.Name != parent || before.Branch != after.Branch;
    }

    private static void Options(object before, object after, Action<string, string, string> changed)
    {
        foreach (var property in after.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || Derived.Contains(property.Name) || property.Name == "EqualityContract" || HoldsSteps(property.PropertyType)) continue;
            var (was, isNow) = (Words(property.GetValue(before)), Words(property.GetValue(after)));
            if (was != isNow) changed(after is JourneyStep.Wait && property.Name == nameof(JourneyStep.Wait.Rule) ? "wait" : Kebab(property.Name), was, isNow);
        }
    }

    private static bool HoldsSteps(Type type) => type == typeof(ImmutableArray<JourneyStep>) || type == typeof(ImmutableArray<JourneyStep>?);

    /// <summary>A value as a marketer reads it; of cases and arms all but their steps.</summary>
    private static string Words(object? value) => value switch
    {
        null => "none",
        string text => text,
        Condition condition => condition.Text,
        bool flag => flag ? "yes" : "no",
        IEnumerable list => List(list),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        ValueType plain => plain.ToString()!,
        _ => Record(value),
    };

    private static string List(IEnumerable list)
    {
        var parts = new List<string>();
        foreach (var item in list) parts.Add(Words(item));
        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }

    private static string Record(object value)
    {
        var parts = new List<(string Name, string Words)>();
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.Name == "EqualityContract" || HoldsSteps(property.PropertyType)) continue;
            if (property.GetValue(value) is { } part && Words(part) is { Length: > 0 } words && words != "none") parts.Add((Kebab(property.Name), words));
        }

        var name = Kebab(value.GetType().Name);
        return parts.Count switch
        {
            0 => name,
            1 => parts[0].Words,
            _ => string.Join(", ", parts.Select(static part => $"{part.Name} {part.Words}")),
        };
    }

    private static string Kind(StepPlace place) => StepNames.Of(place.Step);

    private static string Where(StepPlace place) => place.Parent is null ? "at the top" : $"in {place.Parent.Step.Name} → {place.Branch}";

    private static string Kebab(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
