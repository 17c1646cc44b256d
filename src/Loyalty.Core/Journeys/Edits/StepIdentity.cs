using System.Collections.Immutable;

namespace Loyalty.Core.Journeys.Edits;

/// <summary>
/// Which steps of two versions are the same step. Effects are keyed by a hidden step id: it is the step's first name, goes with a <c>map</c> to
/// the new name, and is never given to a step of another type.
/// </summary>
public static class StepIdentity
{
    /// <summary>The type of a step, as far as edits are concerned: the same name with another type is another step.</summary>
    public static string TypeOf(JourneyStep step) => step.GetType().Name;

    /// <summary>The hidden ids of a new version.</summary>
    /// <param name="before">The version it replaces; null: the first one.</param>
    /// <param name="next">The new version; its own <see cref="JourneyDefinition.StepIds"/> are not read.</param>
    /// <param name="moves">Old name → new name, from <c>map</c>.</param>
    /// <param name="used">Every id that any version ever had, with its type.</param>
    /// <returns>Ids that differ from the step's name, by name.</returns>
    public static ImmutableSortedDictionary<string, string> Assign(
        JourneyDefinition? before,
        JourneyDefinition next,
        IReadOnlyDictionary<string, string> moves,
        IReadOnlyDictionary<string, string> used)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        if (before is not null)
        {
            foreach (var (old, now) in moves.OrderBy(static move => move.Key, StringComparer.Ordinal))
            {
                // A step that was there already stays itself: people are moved to it, it is not the old one renamed.
                var stays = before.Index.Find(now) is { } there && !moves.ContainsKey(now) && next.Index.Find(now) is { } then && TypeOf(there.Step) == TypeOf(then.Step);
                if (!stays) Carry(old, now);
            }

            foreach (var place in next.Index.InOrder)
            {
                var name = place.Step.Name;
                if (!moves.ContainsKey(name)) Carry(name, name);
            }
        }

        foreach (var place in next.Index.InOrder)
        {
            var name = place.Step.Name;
            if (ids.ContainsKey(name)) continue;
            var isFree = !taken.Contains(name) && (!used.TryGetValue(name, out var type) || type == TypeOf(place.Step));
            var id = isFree ? name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}~{next.Version}");
            taken.Add(id);
            ids[name] = id;
        }

        return ids.Where(static pair => pair.Key != pair.Value).ToImmutableSortedDictionary(StringComparer.Ordinal);

        void Carry(string old, string now)
        {
            if (ids.ContainsKey(now) || before.Index.Find(old) is not { } from || next.Index.Find(now) is not { } to) return;
            if (TypeOf(from.Step) == TypeOf(to.Step) && taken.Add(before.IdOf(old))) ids[now] = before.IdOf(old);
        }
    }

    /// <summary>All ids of a version with their types.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(JourneyDefinition definition) =>
        definition.Index.InOrder.Select(place => KeyValuePair.Create(definition.IdOf(place.Step.Name), TypeOf(place.Step)));
}
