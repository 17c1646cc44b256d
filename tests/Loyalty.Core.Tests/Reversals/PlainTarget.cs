using Loyalty.Core.Earning;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Tests.Reversals;

/// <summary>
/// What an order is worth, written a second time and as plainly as can be: line by line, in sixtieth parts of nothing shared with the code under test
/// but the shapes of rule and line. Amounts are cents of the program's currency.
/// </summary>
internal static class PlainTarget
{
    /// <summary>Points by rule.</summary>
    /// <param name="rules">In their order, each with the most it may give.</param>
    /// <param name="kept">By line: what was kept in cents, and pieces.</param>
    public static long[] Of(IReadOnlyList<(EarningRule Rule, long Most)> rules, IReadOnlyList<(OrderLine Line, long Net, long Gross, long Pieces)> kept)
    {
        var exact = new decimal[rules.Count];
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Rule.Formula is not EarningFormula.Multiply) exact[i] = Own(rules[i].Rule, kept);
        }

        BestOfGroup(rules, exact, multipliers: false);
        var alone = (decimal[])exact.Clone();
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Rule.Formula is not EarningFormula.Multiply multiply || Value(rules[i].Rule, kept) < Math.Max(1, rules[i].Rule.MinimumMinor)) continue;
            for (var j = 0; j < rules.Count; j++)
            {
                if (rules[j].Rule.Formula is EarningFormula.Multiply || rules[j].Rule.Wallet != rules[i].Rule.Wallet || alone[j] == 0) continue;
                var (on, all) = (Weight(rules[j].Rule, kept, line => Counts(rules[i].Rule, line)), Weight(rules[j].Rule, kept, static _ => true));
                exact[i] += alone[j] * on / all * (multiply.Factor - 1);
            }
        }

        BestOfGroup(rules, exact, multipliers: true);
        for (var i = 0; i < rules.Count; i++) exact[i] = Math.Min(exact[i], rules[i].Most);
        return Rounded(rules, exact);
    }

    private static decimal Own(EarningRule rule, IReadOnlyList<(OrderLine Line, long Net, long Gross, long Pieces)> kept)
    {
        var value = Value(rule, kept);
        if (value < Math.Max(1, rule.MinimumMinor)) return 0;
        switch (rule.Formula)
        {
            case EarningFormula.Fixed constant: return constant.Points;
            case EarningFormula.PerAmount per: return value / 100m * per.PointsPerUnit;
            case EarningFormula.PerUnit unit: return kept.Where(line => Counts(rule, line.Line) && line.Net > 0).Sum(line => line.Pieces * (decimal)unit.Points);
            case EarningFormula.Bands bands:
                var band = bands.Items.Last(band => band.FromMinor <= value || band == bands.Items[0]);
                if (band.FromMinor > value) return 0;
                return band.Points is { } points ? points : value / 100m * band.PointsPerUnit!.Value;
            default: throw new InvalidOperationException();
        }
    }

    private static long Value(EarningRule rule, IReadOnlyList<(OrderLine Line, long Net, long Gross, long Pieces)> kept)
    {
        var isGross = rule.Formula switch
        {
            EarningFormula.PerAmount per => per.Base == EarningBase.Gross,
            EarningFormula.Bands bands => bands.Base == EarningBase.Gross,
            _ => false,
        };
        return kept.Where(line => Counts(rule, line.Line)).Sum(line => isGross ? line.Gross : line.Net);
    }

    private static decimal Weight(EarningRule rule, IReadOnlyList<(OrderLine Line, long Net, long Gross, long Pieces)> kept, Func<OrderLine, bool> on)
    {
        var isGross = rule.Formula is EarningFormula.PerAmount { Base: EarningBase.Gross };
        return kept.Where(line => Counts(rule, line.Line) && on(line.Line))
            .Sum(line => rule.Formula is EarningFormula.PerUnit ? (line.Net > 0 ? line.Pieces : 0) : isGross ? line.Gross : line.Net);
    }

    private static bool Counts(EarningRule rule, OrderLine line) =>
        (rule.Only is null || rule.Only.Categories.Contains(line.Category!)) && !rule.ExcludedCategories.Contains(line.Category!);

    private static void BestOfGroup(IReadOnlyList<(EarningRule Rule, long Most)> rules, decimal[] exact, bool multipliers)
    {
        foreach (var wallet in new[] { "spendable", "qualifying" })
        {
            var best = -1;
            for (var i = 0; i < exact.Length; i++)
            {
                if (!IsMember(i, wallet)) continue;
                if (best >= 0 && exact[i] <= exact[best]) exact[i] = 0;
                else if (best >= 0) (exact[best], best) = (0, i);
                else best = i;
            }
        }

        bool IsMember(int i, string wallet) =>
            rules[i].Rule.Group is not null && rules[i].Rule.Wallet == wallet && rules[i].Rule.Formula is EarningFormula.Multiply == multipliers;
    }

    /// <summary>The rules of a wallet are floored once: whole points first, then one more for each of the greatest remainders.</summary>
    private static long[] Rounded(IReadOnlyList<(EarningRule Rule, long Most)> rules, decimal[] exact)
    {
        var points = exact.Select(static one => (long)Math.Floor(one)).ToArray();
        foreach (var wallet in new[] { "spendable", "qualifying" })
        {
            var own = Enumerable.Range(0, exact.Length).Where(i => rules[i].Rule.Wallet == wallet).ToList();
            var left = (long)Math.Floor(own.Sum(i => exact[i])) - own.Sum(i => points[i]);
            while (left-- > 0)
            {
                var next = own.MaxBy(i => exact[i] - points[i]);
                points[next]++;
            }
        }

        return points;
    }
}
