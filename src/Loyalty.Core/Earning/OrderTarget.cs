using System.Collections.Immutable;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Earning;

/// <summary>What one rule makes of an order's remaining value.</summary>
/// <param name="Exact">Before rounding.</param>
/// <param name="Points">Whole points.</param>
/// <param name="EligibleMinor">The value that counted, minor units.</param>
/// <param name="Lines">The points by line; lines with 0 are left out.</param>
public sealed record RuleTarget(decimal Exact, long Points, long EligibleMinor, ImmutableArray<LineShare> Lines);

/// <summary>What an order is worth in points: a function of what is kept of it and of the rules, not of how it came to that.</summary>
public static class OrderTarget
{
    /// <summary>Nothing.</summary>
    public static RuleTarget Nothing { get; } = new(0, 0, 0, []);

    /// <summary>
    /// The target of each rule. The rules of one wallet add up exactly and are floored once; the whole points are split over the rules, and over
    /// the lines, by largest remainder.
    /// </summary>
    /// <param name="rules">The frozen rules.</param>
    /// <param name="lines">What is kept of the order.</param>
    /// <param name="currency">The order's (and program's) currency.</param>
    public static ImmutableArray<RuleTarget> Of(IReadOnlyList<EarningRule> rules, ImmutableArray<LineValue> lines, string currency)
    {
        var targets = new RuleTarget[rules.Count];
        var indexed = Enumerable.Range(0, rules.Count);
        foreach (var wallet in indexed.GroupBy(index => rules[index].Wallet))
        {
            var indices = wallet.ToArray();
            var weights = indices.Select(index => Weights(rules[index], lines)).ToArray();
            var exact = indices.Select((index, i) => Exact(rules[index], weights[i], currency)).ToArray();
            var points = LargestRemainder.FloorTogether(exact);
            for (var i = 0; i < indices.Length; i++)
                targets[indices[i]] = new RuleTarget(exact[i], points[i], weights[i].Sum(), Shares(points[i], weights[i], lines));
        }

        return [.. targets];
    }

    private static decimal Exact(EarningRule rule, long[] weights, string currency)
    {
        var eligible = weights.Sum();
        if (eligible < rule.MinimumMinor) return 0;
        return rule.Formula switch
        {
            EarningFormula.PerAmount per => eligible * per.PointsPerUnit / CurrencyUnits.MinorPerUnit(currency),
            EarningFormula.Fixed constant => constant.Points,
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.Formula.GetType().Name, null),
        };
    }

    private static long[] Weights(EarningRule rule, ImmutableArray<LineValue> lines)
    {
        var isGross = rule.Formula is EarningFormula.PerAmount { Base: EarningBase.Gross };
        return [.. lines.Select(line => IsExcluded(rule, line.Line) ? 0 : isGross ? line.GrossMinor : line.NetMinor)];
    }

    private static bool IsExcluded(EarningRule rule, OrderLine line) =>
        (line.Sku is { } sku && rule.ExcludedSkus.Contains(sku))
        || (line.Category is { } category && rule.ExcludedCategories.Contains(category));

    private static ImmutableArray<LineShare> Shares(long points, long[] weights, ImmutableArray<LineValue> lines)
    {
        if (points == 0) return [];
        var parts = LargestRemainder.Split(points, weights);
        var shares = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] != 0) shares[lines[i].Line.LineId] = shares.GetValueOrDefault(lines[i].Line.LineId) + parts[i];
        }

        return [.. shares.Select(static share => new LineShare(share.Key, share.Value))];
    }
}
