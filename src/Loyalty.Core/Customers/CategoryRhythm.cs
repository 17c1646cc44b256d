using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>How regularly a customer buys from one category of goods. Counted from paid orders by differences, whatever the order in which they came.</summary>
/// <param name="Category">As the shop names it.</param>
/// <param name="Count">Orders with goods of it, paid and not cancelled.</param>
/// <param name="Times">Times of payment, sorted: of many the earliest and the latest.</param>
public sealed record CategoryRhythm(string Category, int Count, ImmutableArray<Instant> Times)
{
    private const int Kept = 5;

    /// <summary>Categories kept of one customer; of more those that were bought from last.</summary>
    public const int Limit = 24;

    /// <summary>The latest order for which <c>customer.reorder-due</c> of this category was told; null: none.</summary>
    public Instant? ToldFor { get; init; }

    /// <summary>The latest order.</summary>
    [JsonIgnore]
    public Instant LastAt => Times[^1];

    /// <summary>(last − first) ÷ (count − 1), bounded by the program; null below two orders, whose time differs.</summary>
    public Duration? Interval(SignalRules signals)
    {
        if (Count < 2 || Times.Length < 2 || Times[0] == LastAt) return null;
        var mean = (LastAt - Times[0]) / (Count - 1);
        return Duration.Min(Duration.Max(mean, Duration.FromDays(signals.ReorderAtLeastDays)), Duration.FromDays(signals.ReorderAtMostDays));
    }

    /// <summary>When goods of this category are expected to be bought again; null: there is no rhythm yet.</summary>
    public Instant? DueAt(SignalRules signals) => Interval(signals) is { } interval ? LastAt + interval : null;

    /// <summary>Replaces what one order adds.</summary>
    /// <param name="known">null: nothing so far.</param>
    /// <param name="before">What the order added before; null: nothing.</param>
    /// <param name="after">What it adds now; null: nothing.</param>
    public static ImmutableArray<CategoryRhythm>? Replace(ImmutableArray<CategoryRhythm>? known, Orders.OrderContribution? before, Orders.OrderContribution? after)
    {
        if (before == after || (before?.Categories is null && after?.Categories is null)) return known;
        var rhythms = known ?? [];
        foreach (var category in Names(before)) rhythms = Remove(rhythms, category, before!.PaidAt);
        foreach (var category in Names(after)) rhythms = Add(rhythms, new CategoryRhythm(category, 1, [after!.PaidAt]));
        return Bounded(rhythms);
    }

    /// <summary>Of two people who are one; an order belongs to one of them.</summary>
    public static ImmutableArray<CategoryRhythm>? Join(ImmutableArray<CategoryRhythm>? one, ImmutableArray<CategoryRhythm>? other)
    {
        if (one is null || other is null) return one ?? other;
        return Bounded(other.Value.Aggregate(one.Value, Add));
    }

    /// <summary>Notes that the current spell of a category was told.</summary>
    public static ImmutableArray<CategoryRhythm> Tell(ImmutableArray<CategoryRhythm> rhythms, CategoryRhythm told) => rhythms.Replace(told, told with { ToldFor = told.LastAt });

    /// <summary>Names of an order's categories as it keeps them: sorted, each once.</summary>
    public static string? Join(ImmutableArray<Orders.OrderLine> lines)
    {
        List<string>? names = null;
        string? only = null;
        foreach (var line in lines)
        {
            var category = line.Category;
            if (string.IsNullOrEmpty(category) || category == only) continue;
            // Most orders have goods of one category.
            if (only is null)
            {
                only = category;
                continue;
            }

            names ??= [only];
            var at = names.BinarySearch(category, StringComparer.Ordinal);
            if (at < 0) names.Insert(~at, category);
        }

        return names is null ? only : string.Join('\n', names);
    }

    private static string[] Names(Orders.OrderContribution? order) => order?.Categories is not { } names ? [] : names.Contains('\n', StringComparison.Ordinal) ? names.Split('\n') : [names];

    private static int IndexOf(ImmutableArray<CategoryRhythm> rhythms, string category)
    {
        for (var i = 0; i < rhythms.Length; i++)
        {
            if (rhythms[i].Category == category) return i;
        }

        return -1;
    }

    private static ImmutableArray<CategoryRhythm> Add(ImmutableArray<CategoryRhythm> rhythms, CategoryRhythm more)
    {
        var at = IndexOf(rhythms, more.Category);
        if (at < 0) return rhythms.Add(more);
        var known = rhythms[at];
        var times = known.Times.AddRange(more.Times).Sort();
        return rhythms.SetItem(at, new CategoryRhythm(known.Category, known.Count + more.Count, times.Length > Kept ? [times[0], .. times[^(Kept - 1)..]] : times)
        {
            ToldFor = known.ToldFor is null || more.ToldFor > known.ToldFor ? more.ToldFor ?? known.ToldFor : known.ToldFor,
        });
    }

    private static ImmutableArray<CategoryRhythm> Remove(ImmutableArray<CategoryRhythm> rhythms, string category, Instant at)
    {
        var index = IndexOf(rhythms, category);
        if (index < 0) return rhythms;
        var known = rhythms[index];
        var left = known with { Count = known.Count - 1, Times = known.Times.Remove(at) };
        return left.Count < 1 || left.Times.IsEmpty ? rhythms.RemoveAt(index) : rhythms.SetItem(index, left);
    }

    /// <summary>Sorted by category; of very many those that were bought from last.</summary>
    private static ImmutableArray<CategoryRhythm> Bounded(ImmutableArray<CategoryRhythm> rhythms)
    {
        if (rhythms.Length > Limit)
            rhythms = [.. rhythms.OrderByDescending(static one => one.LastAt).ThenBy(static one => one.Category, StringComparer.Ordinal).Take(Limit)];
        for (var i = 1; i < rhythms.Length; i++)
        {
            if (string.CompareOrdinal(rhythms[i - 1].Category, rhythms[i].Category) > 0)
                return rhythms.Sort(static (a, b) => string.CompareOrdinal(a.Category, b.Category));
        }

        return rhythms;
    }
}
