using Loyalty.Core.Events;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>
/// Finds journeys that start each other for ever: by the events they emit, by <c>start</c>, by what their messages and awards tell. A journey that
/// lets the same key in only once, or only after some time, ends the chain; a <c>when</c> may.
/// </summary>
internal static class LoopCheck
{
    private const string PointsExpiring = EventTypes.PointsExpiring;
    private const string Delivered = EventTypes.MessageDelivered;

    /// <summary>Reports each loop once, at the step of its first journey by name that keeps it going.</summary>
    public static void Check(ProgramContext context)
    {
        var journeys = context.References.Loaded.ToDictionary(static one => one.Definition.Name, StringComparer.Ordinal);
        var links = journeys.Values.ToDictionary(static one => one.Definition.Name, one => Links(one.Definition, journeys), StringComparer.Ordinal);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in journeys.Keys.Order(StringComparer.Ordinal))
        {
            if (Shortest(start, links) is not { } loop) continue;
            // The same loop is found from each of its journeys: it is told from the first of them.
            var members = string.Join(' ', loop.Select(static link => link.From).Order(StringComparer.Ordinal));
            if (told.Add(members)) Tell(journeys, loop);
        }
    }

    private static List<Link> Links(JourneyDefinition from, Dictionary<string, LoadedJourney> journeys)
    {
        var links = new List<Link>();
        foreach (var step in StepWalk.All(from.Steps))
        {
            foreach (var (what, to) in Causes(step, journeys))
            {
                if (to.Enter.Again is not AgainRule.AfterEnd || links.Exists(link => link.To == to.Name)) continue;
                links.Add(new Link(from.Name, to.Name, step.Name, what, to.Enter.When is not null));
            }
        }

        return links;
    }

    private static IEnumerable<(string What, JourneyDefinition To)> Causes(JourneyStep step, Dictionary<string, LoadedJourney> journeys)
    {
        if (step is JourneyStep.Start start)
        {
            if (journeys.TryGetValue(start.Journey, out var other) && other.Definition.Enter.Manual) yield return ($"starts {start.Journey}", other.Definition);
            yield break;
        }

        var type = step switch
        {
            JourneyStep.Emit emit => emit.Event,
            JourneyStep.Send => Delivered,
            JourneyStep.Award { Expires: not null } => PointsExpiring,
            _ => null,
        };
        if (type is null) yield break;
        foreach (var other in journeys.Values.Select(static one => one.Definition).Where(one => one.Enter.Events.Contains(type)))
            yield return ($"causes {type}, on which {other.Name} begins", other);
    }

    /// <summary>The shortest way from a journey back to itself; null: there is none.</summary>
    private static List<Link>? Shortest(string start, Dictionary<string, List<Link>> links)
    {
        var ways = new Queue<List<Link>>(links[start].Select(static link => new List<Link> { link }));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (ways.TryDequeue(out var way))
        {
            var at = way[^1].To;
            if (at == start) return way;
            if (!seen.Add(at)) continue;
            foreach (var link in links[at]) ways.Enqueue([.. way, link]);
        }

        return null;
    }

    private static void Tell(Dictionary<string, LoadedJourney> journeys, List<Link> loop)
    {
        var first = loop[0];
        var file = journeys[first.From];
        var message = loop.Count == 1
            ? $"the journey '{first.From}' starts itself for ever: its step '{first.Step}' {first.What}"
            : $"journeys start each other for ever: {string.Join("; ", loop.Select(static link => $"'{link.Step}' of {link.From} {link.What}"))}";
        var place = file.Place(first.Step);
        // A condition may end it; whether it does shows only when it runs.
        if (loop.Exists(static link => link.HasCondition))
            file.File.Warning(place, FindingCodes.JourneyLoop, message, "make sure that a when of enter ends it, or write again: never or again: after 90d in one of them");
        else
            file.File.Error(place, FindingCodes.JourneyLoop, message, "write again: never or again: after 90d under enter of one of them, or a when that ends it");
    }

    private sealed record Link(string From, string To, string Step, string What, bool HasCondition);
}
