using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>What a measure does with the events it counts.</summary>
public enum MeasureFunction
{
    /// <summary>How many.</summary>
    Count,

    /// <summary>The sum of an attribute, a number or money of the program's currency.</summary>
    Sum,

    /// <summary>The moment, or an attribute, of the earliest.</summary>
    First,

    /// <summary>The moment, or an attribute, of the latest.</summary>
    Last,
}

/// <summary>A measure of program.yaml: counted at each event, never by a scan.</summary>
/// <param name="Name">Seen as <c>customer.measures.NAME</c>.</param>
/// <param name="Function">What it does.</param>
/// <param name="Events">Types, at least one.</param>
/// <param name="Of">Attribute of the event without <c>event.</c>; null: of <see cref="MeasureFunction.First"/> and <see cref="MeasureFunction.Last"/> the moment.</param>
/// <param name="When">Which of the events; null: all.</param>
/// <param name="Within">Only events of the latest time; null: of all time.</param>
public sealed record MeasureRule(
    string Name, MeasureFunction Function, ImmutableArray<string> Events, string? Of, Condition? When, CalendarDuration? Within)
{
    /// <summary>The sum is one of money.</summary>
    public bool IsMoney { get; init; }

    /// <summary>Tells one rule from another of the same name: a changed rule counts anew.</summary>
    public string Fingerprint => Fingerprints.GetValue(this, static rule =>
        Hashing.Id(8, rule.Function.ToString(), string.Join(',', rule.Events), rule.Of ?? "", rule.When?.Text ?? "", rule.Within?.ToString() ?? ""));

    // Asked at every event and condition, and the same as long as the rule lives.
    private static readonly ConditionalWeakTable<MeasureRule, string> Fingerprints = [];
}

/// <summary>What a measure has counted for one customer.</summary>
/// <param name="Name">The measure.</param>
/// <param name="Fingerprint">Of the rule that counted.</param>
/// <param name="Points">Oldest first, at most <see cref="MeasureCounter.MaxPoints"/>; of a measure without <c>within</c> one.</param>
/// <param name="Function">What the rule does.</param>
/// <param name="HasWindow">The rule looks back a limited time.</param>
public sealed record MeasureState(
    string Name, string Fingerprint, ImmutableArray<MeasurePoint> Points, MeasureFunction Function = MeasureFunction.Count, bool HasWindow = false);

/// <summary>One event, or several that were put together.</summary>
/// <param name="At">Of several the latest.</param>
/// <param name="Count">How many.</param>
/// <param name="Value">The sum, or the value; null: none.</param>
public sealed record MeasurePoint(Instant At, long Count, AttributeValue? Value);

/// <summary>Counts measures. The order in which events come does not matter; each event comes once.</summary>
public static class MeasureCounter
{
    /// <summary>Points kept for a window. Of more the two oldest count as one at the later moment.</summary>
    public const int MaxPoints = 64;

    /// <summary>The customer after an event was counted.</summary>
    /// <param name="customer">Before.</param>
    /// <param name="rules">The program's.</param>
    /// <param name="occurrence">The event.</param>
    /// <param name="currency">The program's: money of another is not summed up.</param>
    /// <param name="look">What <c>when</c> sees beside <c>event.*</c>.</param>
    /// <param name="zone">The customer's.</param>
    /// <param name="now">The clock.</param>
    public static CustomerState Count(
        CustomerState customer,
        ImmutableArray<MeasureRule> rules,
        Occurrence occurrence,
        string currency,
        Func<string, AttributeValue> look,
        DateTimeZone zone,
        Instant now)
    {
        foreach (var rule in rules)
        {
            if (!rule.Events.Contains(occurrence.Type)) continue;
            AttributeValue Look(string path) =>
                path.StartsWith("event.", StringComparison.Ordinal) ? RunPaths.Of(occurrence, path[6..]) : look(path);
            if (rule.When is { } when && !when.Holds(Look, now, zone)) continue;
            var value = rule.Of is null ? null : RunPaths.Of(occurrence, rule.Of);
            if (value is AttributeValue.Unset || (value is AttributeValue.Money money && rule.Function == MeasureFunction.Sum && money.Currency != currency)) continue;
            var known = customer.Measures.FirstOrDefault(m => m.Name == rule.Name);
            var points = known is { } state && state.Fingerprint == rule.Fingerprint ? state.Points : [];
            var next = new MeasureState(rule.Name, rule.Fingerprint, Add(rule.Function, rule.Within is not null, points, new MeasurePoint(occurrence.At, 1, value)), rule.Function, rule.Within is not null);
            var others = known is null ? customer.Measures : customer.Measures.Remove(known);
            customer = customer with { Measures = others.Add(next).Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name)) };
        }

        return customer;
    }

    /// <summary>The measure's value now: 0 of nothing counted or summed up, unset for the first and last of nothing.</summary>
    public static AttributeValue Value(CustomerState customer, MeasureRule rule, string currency, DateTimeZone zone, Instant now)
    {
        var state = Find(customer, rule);
        var since = rule.Within?.Before(now, zone) ?? Instant.MinValue;
        var points = state is null ? [] : state.Points.Where(p => p.At >= since && (rule.Within is null || p.At <= now)).ToList();
        switch (rule.Function)
        {
            case MeasureFunction.Count: return points.Sum(static p => p.Count);
            case MeasureFunction.Sum:
                AttributeValue sum = AttributeValue.None;
                foreach (var point in points) sum = Plus(sum, point.Value);
                if (sum is not AttributeValue.Unset) return sum;
                return rule.IsMoney ? new AttributeValue.Money(0, currency) : new AttributeValue.Number(0);
            default:
                if (points.Count == 0) return AttributeValue.None;
                var found = rule.Function == MeasureFunction.First ? points[0] : points[^1];
                return found.Value ?? found.At;
        }
    }

    private static MeasureState? Find(CustomerState customer, MeasureRule rule)
    {
        foreach (var state in customer.Measures)
        {
            if (state.Name == rule.Name) return state.Fingerprint == rule.Fingerprint ? state : null;
        }

        return null;
    }

    /// <summary>Of two people who are one: what both did counts. Of two versions of a rule the first person's stays.</summary>
    public static ImmutableArray<MeasureState> Join(ImmutableArray<MeasureState> one, ImmutableArray<MeasureState> other)
    {
        foreach (var state in other)
        {
            var known = one.FirstOrDefault(own => own.Name == state.Name);
            if (known is null) one = one.Add(state);
            else if (known.Fingerprint == state.Fingerprint)
                one = one.Replace(known, known with { Points = state.Points.Aggregate(known.Points, (points, point) => Add(known.Function, known.HasWindow, points, point)) });
        }

        return one.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }

    private static ImmutableArray<MeasurePoint> Add(
        MeasureFunction function, bool hasWindow, ImmutableArray<MeasurePoint> points, MeasurePoint told)
    {
        var index = 0;
        while (index < points.Length && points[index].At <= told.At) index++;
        points = points.Insert(index, told);
        var most = hasWindow ? MaxPoints : 1;
        if (points.Length <= most) return points;
        return function switch
        {
            MeasureFunction.First => points.RemoveAt(points.Length - 1),
            MeasureFunction.Last => points.RemoveAt(0),
            _ => points.RemoveAt(0).SetItem(0, new MeasurePoint(points[1].At, points[0].Count + points[1].Count, Plus(points[0].Value, points[1].Value))),
        };
    }

    private static AttributeValue Plus(AttributeValue? one, AttributeValue? other) => (one, other) switch
    {
        (AttributeValue.Number a, AttributeValue.Number b) => a.Value + b.Value,
        (AttributeValue.Money a, AttributeValue.Money b) when a.Currency == b.Currency => new AttributeValue.Money(a.Minor + b.Minor, a.Currency),
        (null or AttributeValue.Unset, { } b) => b,
        ({ } a, _) => a,
        _ => AttributeValue.None,
    };
}
