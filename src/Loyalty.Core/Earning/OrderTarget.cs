using System.Collections.Immutable;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Earning;

/// <summary>What one rule makes of an order's remaining value.</summary>
/// <param name="Exact">Before rounding.</param>
/// <param name="Points">Whole points.</param>
/// <param name="EligibleMinor">The value that counted, minor units of the order's currency.</param>
/// <param name="Lines">The points by line; lines with 0 are left out.</param>
public sealed record RuleTarget(decimal Exact, long Points, long EligibleMinor, ImmutableArray<LineShare> Lines)
{
    /// <summary>The group's other rule counted instead; null: none did.</summary>
    public string? InsteadOf { get; init; }

    /// <summary>The cap took something.</summary>
    public bool IsCapped { get; init; }

    /// <summary>A budget over all customers had less left.</summary>
    public bool IsBudgeted { get; init; }

    /// <summary>What counted was worth less than the rule's minimum.</summary>
    public bool IsBelowMinimum { get; init; }
}

/// <summary>What an order is worth in points: a function of what is kept of it and of the frozen rules, not of how it came to that.</summary>
public static class OrderTarget
{
    /// <summary>Nothing.</summary>
    public static RuleTarget Nothing { get; } = new(0, 0, 0, []);

    /// <summary>The target of rules without caps, in the program's currency.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{RuleEarning}, ImmutableArray{LineValue}, string, CurrencyRate?)"/>
    public static ImmutableArray<RuleTarget> Of(IReadOnlyList<EarningRule> rules, ImmutableArray<LineValue> lines, string currency) =>
        Of([.. rules.Select(static rule => new RuleEarning { Rule = rule })], lines, currency, rate: null);

    /// <summary>
    /// The target of each rule. First the rules that stand by themselves, then groups choose among them, then multipliers, then caps. The rules of one
    /// wallet add up exactly and are floored once; the whole points are split over the rules, and over the lines, by largest remainder.
    /// </summary>
    /// <param name="rules">The frozen rules in their order, with their allowances.</param>
    /// <param name="lines">What is kept of the order.</param>
    /// <param name="currency">The order's currency.</param>
    /// <param name="rate">Units of the program's currency for one of the order's; null: they are the same.</param>
    public static ImmutableArray<RuleTarget> Of(
        IReadOnlyList<RuleEarning> rules, ImmutableArray<LineValue> lines, string currency, CurrencyRate? rate)
    {
        var drafts = new Draft[rules.Count];
        for (var i = 0; i < drafts.Length; i++) drafts[i] = new Draft(rules[i], lines, currency, rate);
        foreach (var draft in drafts)
        {
            if (!draft.IsMultiplier) draft.Compute();
        }

        Choose(drafts, multipliers: false);
        foreach (var draft in drafts)
        {
            if (draft.IsMultiplier) draft.Multiply(drafts);
        }

        Choose(drafts, multipliers: true);
        if (drafts.Length == 1) return [drafts[0].ToTarget((long)decimal.Floor(drafts[0].Capped))];
        var targets = new RuleTarget[drafts.Length];
        foreach (var wallet in Enumerable.Range(0, drafts.Length).GroupBy(index => rules[index].Rule.Wallet))
        {
            var indices = wallet.ToArray();
            var points = LargestRemainder.FloorTogether([.. indices.Select(index => drafts[index].Capped)]);
            for (var i = 0; i < indices.Length; i++) targets[indices[i]] = drafts[indices[i]].ToTarget(points[i]);
        }

        return [.. targets];
    }

    /// <summary>Of a group that does not add up one rule remains.</summary>
    private static void Choose(Draft[] drafts, bool multipliers)
    {
        if (!Array.Exists(drafts, static draft => draft.Rule.Group is not null)) return;
        foreach (var group in drafts
            .Where(draft => draft.IsMultiplier == multipliers && draft.Rule is { Group: not null, Stacking: not EarningStacking.Sum })
            .GroupBy(static draft => (draft.Rule.Wallet, draft.Rule.Group)))
        {
            var members = group.ToList();
            var kept = members[0].Rule.Stacking == EarningStacking.First
                ? members.Find(static draft => draft.Exact > 0)
                : members.MaxBy(static draft => draft.Exact);
            if (kept is null || kept.Exact == 0) continue;
            foreach (var other in members.Where(other => other != kept)) other.GiveWay(kept.Rule.Id);
        }
    }

    /// <summary>One rule while the target is computed.</summary>
    private sealed class Draft(RuleEarning earning, ImmutableArray<LineValue> lines, string currency, CurrencyRate? rate)
    {
        private readonly long[] _weights = Weights(earning.Rule, lines);
        private readonly long[]? _pieces = earning.Rule.Formula is EarningFormula.PerUnit ? Pieces(earning.Rule, lines) : null;
        private string? _insteadOf;
        private bool _isBelowMinimum;

        public EarningRule Rule => earning.Rule;
        public bool IsMultiplier => Rule.Formula is EarningFormula.Multiply;
        public decimal Exact { get; private set; }

        public decimal Capped
        {
            get
            {
                var most = Math.Min(earning.Allowance ?? long.MaxValue, Rule.MostPerEvent ?? long.MaxValue);
                return Math.Min(Exact, most);
            }
        }

        public void Compute()
        {
            if (!ReachesMinimum()) return;
            var eligible = Sum(_weights);
            Exact = Rule.Formula switch
            {
                EarningFormula.PerAmount per => Units(eligible, per.PointsPerUnit),
                EarningFormula.Bands bands => OfBand(bands, eligible),
                EarningFormula.PerUnit unit => (decimal)unit.Points * Sum(_pieces!),
                EarningFormula.Fixed constant => constant.Points,
                _ => throw new ArgumentOutOfRangeException(nameof(earning), Rule.Formula.GetType().Name, null),
            };
        }

        public void Multiply(IEnumerable<Draft> drafts)
        {
            var multiply = (EarningFormula.Multiply)Rule.Formula;
            if (!ReachesMinimum()) return;
            foreach (var other in drafts)
            {
                if (other.IsMultiplier || other.Rule.Wallet != Rule.Wallet || other.Exact == 0) continue;
                if (!multiply.Of.IsEmpty && !multiply.Of.Contains(other.Rule.Id)) continue;
                Exact += other.ShareOf(this) * (multiply.Factor - 1);
            }
        }

        public void GiveWay(string ruleId)
        {
            if (Exact == 0) return;
            (Exact, _insteadOf) = (0, ruleId);
        }

        /// <summary>A budget bounds whole points, after all rules were floored together: what it granted in full changes nothing.</summary>
        public RuleTarget ToTarget(long points)
        {
            var given = Math.Min(points, earning.Budget ?? long.MaxValue);
            return new(Exact, given, Sum(_weights), Shares(given, _pieces ?? _weights, lines))
            {
                InsteadOf = _insteadOf,
                IsCapped = Capped < Exact,
                IsBudgeted = given < points,
                IsBelowMinimum = _isBelowMinimum,
            };
        }

        /// <summary>What of this rule's points lies on goods that a multiplier counts. Multiplied before divided: exact where the share is.</summary>
        private decimal ShareOf(Draft multiplier)
        {
            var weights = _pieces ?? _weights;
            long all = 0;
            long counted = 0;
            for (var i = 0; i < weights.Length; i++)
            {
                all += weights[i];
                if (multiplier._weights[i] > 0 || IsCounted(multiplier.Rule, lines[i].Line)) counted += weights[i];
            }

            return all == counted ? Exact : Exact * counted / all;
        }

        private bool ReachesMinimum()
        {
            var eligible = Sum(_weights);
            if (eligible <= 0)
            {
                _isBelowMinimum = true;
                return false;
            }

            // The minimum is told in the program's currency; the least, one minor unit, means "anything at all" in every currency.
            _isBelowMinimum = rate is null ? eligible < Rule.MinimumMinor : Rule.MinimumMinor > 1 && ProgramMinor(eligible) < Rule.MinimumMinor;
            return !_isBelowMinimum;
        }

        /// <summary>The value in minor units of the program's currency; not rounded.</summary>
        private decimal ProgramMinor(long minor) => Units(minor, 1m) * CurrencyUnits.MinorPerUnit(rate?.To ?? currency);

        private decimal Units(long minor, decimal perUnit) =>
            minor * perUnit * (rate?.Rate ?? 1m) / CurrencyUnits.MinorPerUnit(currency);

        private decimal OfBand(EarningFormula.Bands bands, long eligible)
        {
            var value = rate is null ? eligible : ProgramMinor(eligible);
            EarningBand? found = null;
            foreach (var band in bands.Items)
            {
                if (band.FromMinor <= value) found = band;
            }

            if (found is null) return 0;
            return found.Points ?? Units(eligible, found.PointsPerUnit ?? 0);
        }

        private static long Sum(long[] values)
        {
            var sum = 0L;
            foreach (var value in values) sum += value;
            return sum;
        }
    }

    private static long[] Weights(EarningRule rule, ImmutableArray<LineValue> lines)
    {
        var isGross = rule.Formula is EarningFormula.PerAmount { Base: EarningBase.Gross } or EarningFormula.Bands { Base: EarningBase.Gross };
        var weights = new long[lines.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            if (IsCounted(rule, lines[i].Line)) weights[i] = isGross ? lines[i].GrossMinor : lines[i].NetMinor;
        }

        return weights;
    }

    private static long[] Pieces(EarningRule rule, ImmutableArray<LineValue> lines) =>
        [.. lines.Select(line => IsCounted(rule, line.Line) && line.NetMinor > 0 ? line.Pieces : 0)];

    /// <summary>Whether a rule counts a line: named where only some goods count, and not excluded.</summary>
    private static bool IsCounted(EarningRule rule, OrderLine line) =>
        rule.Only?.Has(line) != false
        && !(line.Sku is { } sku && rule.ExcludedSkus.Contains(sku))
        && !(line.Category is { } category && rule.ExcludedCategories.Contains(category))
        && !(line.Labels is { } labels && rule.ExcludedLabels is { } excluded && labels.Any(label => excluded.Contains(label)));

    private static ImmutableArray<LineShare> Shares(long points, long[] weights, ImmutableArray<LineValue> lines)
    {
        if (points == 0) return [];
        var parts = LargestRemainder.Split(points, weights);
        if (parts.Length == 1) return [new LineShare(lines[0].Line.LineId, parts[0])];
        var shares = new List<LineShare>(parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == 0) continue;
            var (line, at) = (lines[i].Line.LineId, 0);
            while (at < shares.Count && string.CompareOrdinal(shares[at].LineId, line) < 0) at++;
            if (at < shares.Count && shares[at].LineId == line) shares[at] = new LineShare(line, shares[at].Points + parts[i]);
            else shares.Insert(at, new LineShare(line, parts[i]));
        }

        return [.. shares];
    }
}
