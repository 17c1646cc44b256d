using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <content>Formulas, caps, filters and conditions of earning rules.</content>
internal sealed partial class ProgramFile
{
    private static readonly IReadOnlyList<string> FormulaKeys = ProgramSyntax.Rule.ExactlyOne[0];

    private EarningFormula? ReadFormula(MapReader reader, EarningTrigger trigger, AttributeCatalogue catalogue)
    {
        var given = FormulaKeys.Where(reader.Has).ToList();
        if (given.Count != 1)
        {
            _findings.Error(
                reader.Node,
                FindingCodes.BadValue,
                "an earning rule has exactly one of " + string.Join(", ", FormulaKeys),
                "write points: 100, or per-amount: 1 (points per unit of the currency)");
            return null;
        }

        if (trigger != EarningTrigger.OrderPaid && given[0] != "points")
        {
            _findings.Error(
                reader.Get(given[0])!,
                FindingCodes.BadValue,
                $"'{given[0]}' needs an order",
                "use it on event: order.paid, or write points: 100");
            return null;
        }

        return given[0] switch
        {
            "per-amount" => Rate(reader, "per-amount") is { } rate ? new EarningFormula.PerAmount(rate, Base(reader)) : null,
            "bands" => Bands(reader) is { IsEmpty: false } bands ? new EarningFormula.Bands(bands, Base(reader)) : null,
            "per-unit" => reader.Integer("per-unit", 1, 1_000_000_000) is { } points ? new EarningFormula.PerUnit(points) : null,
            "multiply" => Multiply(reader),
            _ => Points(reader, trigger, catalogue),
        };
    }

    private EarningFormula? Points(MapReader reader, EarningTrigger trigger, AttributeCatalogue catalogue)
    {
        if (reader.Scalar("points") is not { } scalar) return null;
        if (long.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return reader.Integer("points", 1, 1_000_000_000) is { } points ? new EarningFormula.Fixed(points) : null;
        if (trigger != EarningTrigger.Event)
        {
            _findings.Error(
                scalar, FindingCodes.BadValue, $"'{MapReader.Clip(scalar.Text)}' is no number of points", "write a whole number from 1; formulas go with events");
            return null;
        }

        var formula = ReadCondition(reader, "points", catalogue, AttributeType.Number);
        return formula is null ? null : new EarningFormula.Computed(scalar.Text) { Formula = formula };
    }

    private EarningFormula.Multiply? Multiply(MapReader reader) =>
        ReadDecimal(reader, "multiply", 1.0001m, 100m, 4) is { } factor
            ? new EarningFormula.Multiply(factor, [.. reader.Texts("of").Select(static text => text.Text)])
            : null;

    private decimal? Rate(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        if (decimal.TryParse(scalar.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate)
            && rate is > 0 and <= 100 && decimal.Round(rate, 4) == rate)
            return rate;
        _findings.Error(
            scalar,
            FindingCodes.BadValue,
            "this is no number of points per unit of an order",
            "write a number above 0 and up to 100 with at most 4 decimals, on event: order.paid");
        return null;
    }

    private static EarningBase Base(MapReader reader) =>
        reader.OneOf("base", false, "net", "gross") == "gross" ? EarningBase.Gross : EarningBase.Net;

    private ImmutableArray<EarningBand> Bands(MapReader reader)
    {
        var bands = new List<EarningBand>();
        foreach (var item in reader.List("bands")?.Items ?? [])
        {
            if (item is not SourceNode.Map map)
            {
                _findings.Error(item, FindingCodes.WrongType, $"a band is a group of keys, this is {item.Kind}", BandRemedy);
                continue;
            }

            var band = new MapReader(map, _findings, "a band", ProgramSyntax.Band.Names);
            var from = band.Get("from", required: true) is SourceNode.Scalar { Text: "0" } ? 0 : ReadMoney(band, "from");
            if (band.Has("points") == band.Has("per-amount")) _findings.Error(map, FindingCodes.BadValue, "a band has either points or per-amount", BandRemedy);
            else if (from is { } start)
            {
                long? points = band.Has("points") ? band.Integer("points", 0, 1_000_000_000) : null;
                bands.Add(new EarningBand(start, points, band.Has("per-amount") ? Rate(band, "per-amount") : null));
            }
        }

        for (var i = 1; i < bands.Count; i++)
        {
            if (bands[i].FromMinor <= bands[i - 1].FromMinor)
                _findings.Error(reader.Get("bands")!, FindingCodes.BadValue, "the bands do not ascend", "write them from the least start to the greatest");
        }

        return [.. bands];
    }

    private string BandRemedy => $"write {{ from: 50 {Currency}, points: 100 }} or {{ from: 50 {Currency}, per-amount: 2 }}";

    private EarningCaps? ReadCaps(MapReader reader, out long? perEvent)
    {
        perEvent = null;
        if (reader.Map("cap") is not { } map) return null;
        var cap = new MapReader(map, _findings, "cap", ProgramSyntax.Cap.Names);
        const int Most = 1_000_000_000;
        perEvent = cap.Integer("event", 1, Most);
        var caps = new EarningCaps(cap.Integer("day", 1, Most), cap.Integer("month", 1, Most), cap.Integer("lifetime", 1, Most), cap.Integer("budget", 1, Most));
        return caps == new EarningCaps() ? null : caps;
    }

    private GoodsFilter? ReadGoods(MapReader reader, string key)
    {
        if (reader.Map(key) is not { } map) return null;
        var goods = new MapReader(map, _findings, $"'{key}' of {reader.What}", ProgramSyntax.Goods.Names);
        if (map.Entries.Count == 0)
            _findings.Error(map, FindingCodes.Missing, $"'{key}' names no goods", "write skus, categories or labels, each a list");
        return new GoodsFilter
        {
            Skus = [.. goods.Texts("skus").Select(static text => text.Text)],
            Categories = [.. goods.Texts("categories").Select(static text => text.Text)],
            Labels = [.. goods.Texts("labels").Select(static text => text.Text)],
        };
    }

    private string? ReadGroup(MapReader reader, out EarningStacking stacking)
    {
        stacking = EarningStacking.Sum;
        if (reader.Scalar("group") is not { } group) return null;
        if (!Stacking.TryGetValue(group.Text, out stacking))
            _findings.Error(
                group,
                FindingCodes.BadValue,
                $"the group '{MapReader.Clip(group.Text)}' is not declared",
                Stacking.IsEmpty ? $"write stacking: {{ {MapReader.Clip(group.Text)}: best }}" : MapReader.Suggest(group.Text, Stacking.Keys));
        return group.Text;
    }

    private SendWindow? ReadHours(MapReader reader)
    {
        if (reader.Map("hours") is not { } map) return null;
        var hours = new MapReader(map, _findings, "hours", ProgramSyntax.Hours.Names);
        var (from, to) = (hours.Clock("from") ?? LocalTime.Midnight, hours.Clock("to") ?? LocalTime.Midnight);
        if (from == to && (hours.Has("from") || hours.Has("to")))
        {
            _findings.Error(map, FindingCodes.EmptyWindow, "the hours begin and end at the same time", "write another end, or leave both out for whole days");
            return null;
        }

        // A whole day is a window that crosses midnight at its own beginning.
        return from == to
            ? new SendWindow(hours.Days("days") ?? Weekdays.All, LocalTime.Midnight, LocalTime.MaxValue)
            : new SendWindow(hours.Days("days") ?? Weekdays.All, from, to);
    }

    private Condition? ReadCondition(MapReader reader, string key, AttributeCatalogue catalogue, AttributeType type)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        if (scalar.IsCommented)
            _findings.Error(
                scalar,
                FindingCodes.HiddenComment,
                "a comment follows an unquoted condition",
                "put the condition in double quotes, or the comment on a line of its own");
        var condition = Condition.Parse(scalar.Text, catalogue, type, out var errors);
        foreach (var error in errors)
        {
            // In a quoted or folded text the columns differ from those of the file: there the place is the text's begin.
            var exact = scalar.IsPlain && error.Line == 1;
            _findings.Error(scalar.Line, scalar.Column + (exact ? error.Column - 1 : 0), FindingCodes.BadCondition, error.Message, error.Remedy);
        }

        return condition;
    }

    /// <summary>A multiplier that does not say when its points become usable and end takes the terms of what it multiplies.</summary>
    private static ImmutableArray<EarningRule> WithTermsOfTheirBase(ImmutableArray<EarningRule> rules)
    {
        return [.. rules.Select(rule => rule.Formula is EarningFormula.Multiply multiply ? WithTerms(rule, multiply) : rule)];

        EarningRule WithTerms(EarningRule rule, EarningFormula.Multiply multiply)
        {
            var based = rules.FirstOrDefault(other => other.Formula is not EarningFormula.Multiply && other.On == rule.On && other.Wallet == rule.Wallet
                && (multiply.Of.IsEmpty || multiply.Of.Contains(other.Id)));
            if (based is null) return rule;
            return rule with
            {
                Activation = rule.Activation is ActivationRule.Immediately ? based.Activation : rule.Activation,
                Expiry = rule.Expiry is ExpiryRule.Never ? based.Expiry : rule.Expiry,
            };
        }
    }
}
