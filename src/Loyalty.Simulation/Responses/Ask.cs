using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;

namespace Loyalty.Simulation.Responses;

/// <summary>What a journey waits for after one of its messages, read from the journey itself: so every answer it asks for can be given.</summary>
internal sealed record Ask
{
    public static Ask Nothing { get; } = new();

    /// <summary>It waits for <c>feedback.given</c>.</summary>
    public bool Feedback { get; init; }

    /// <summary>Kinds of feedback that it tells apart.</summary>
    public ImmutableArray<string> Kinds { get; init; } = [];

    /// <summary>Reasons that it tells apart; one that it does not name is drawn too.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];

    /// <summary>Other events that it waits for and that a shop does not tell by itself.</summary>
    public ImmutableArray<string> Others { get; init; } = [];

    /// <summary>Every message of a journey by its step.</summary>
    public static Dictionary<string, Ask> Of(JourneyDefinition journey)
    {
        var asks = new Dictionary<string, Ask>(StringComparer.Ordinal);
        var places = journey.Index.InOrder;
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i].Step is not JourneyStep.WaitFor wait) continue;
            var since = wait.Of ?? wait.Since ?? Nearest(places, i);
            if (since is null) continue;
            asks[since] = Join(asks.GetValueOrDefault(since) ?? Nothing, wait);
        }

        return asks;
    }

    private static string? Nearest(ImmutableArray<StepPlace> places, int before)
    {
        for (var i = before - 1; i >= 0; i--)
        {
            if (places[i].Step is JourneyStep.Send send) return send.Name;
        }

        return null;
    }

    private static Ask Join(Ask ask, JourneyStep.WaitFor wait)
    {
        var conditions = wait.Cases.Select(static one => one.When).Concat(Under(wait)).OfType<Condition>().ToList();
        var types = wait.Cases.SelectMany(static one => one.Events).ToList();
        return new Ask
        {
            Feedback = ask.Feedback || types.Contains(EventTypes.FeedbackGiven),
            Kinds = Union(ask.Kinds, conditions.SelectMany(static one => Literals(one.Expression, "event.kind"))),
            Reasons = Union(ask.Reasons, conditions.SelectMany(static one => Literals(one.Expression, "event.reason"))),
            Others = Union(ask.Others, types.Where(IsOther)),
        };
    }

    private static ImmutableArray<string> Union(ImmutableArray<string> known, IEnumerable<string> more) =>
        [.. known.Concat(more).Distinct(StringComparer.Ordinal)];

    private static bool IsOther(string type) =>
        type != EventTypes.FeedbackGiven
        && !type.StartsWith("order.", StringComparison.Ordinal) && !type.StartsWith("cart.", StringComparison.Ordinal)
        && !type.StartsWith("customer.", StringComparison.Ordinal) && !type.StartsWith("message.", StringComparison.Ordinal)
        && !type.StartsWith("points.", StringComparison.Ordinal) && !type.StartsWith("task.", StringComparison.Ordinal);

    private static IEnumerable<Condition?> Under(JourneyStep step)
    {
        foreach (var inner in step.Branches.SelectMany(static branch => branch.Steps))
        {
            if (inner is JourneyStep.Choose choose)
            {
                foreach (var option in choose.Cases) yield return option.When;
            }

            foreach (var condition in Under(inner)) yield return condition;
        }
    }

    private static IEnumerable<string> Literals(Expression node, string path) => node switch
    {
        Expression.Not not => Literals(not.Inner, path),
        Expression.And and => Literals(and.Left, path).Concat(Literals(and.Right, path)),
        Expression.Or or => Literals(or.Left, path).Concat(Literals(or.Right, path)),
        Expression.Compare { Operator: Comparison.Equal, Left: Expression.Path left, Right: Expression.Literal right } when left.Name == path =>
            Texts(right.Value),
        Expression.In { Item: Expression.Path item } @in when item.Name == path => @in.Values.SelectMany(static one => Texts(one.Value)),
        _ => [],
    };

    private static IEnumerable<string> Texts(AttributeValue value) => value is AttributeValue.Text text ? [text.Value] : [];
}
