using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;

namespace Loyalty.Engine.Programs;

/// <content>Wallets, stacking, rates, paying with points, corrections.</content>
internal sealed partial class ProgramFile
{
    private void ReadWallets(MapReader top)
    {
        foreach (var (name, value) in top.Map("wallets")?.Entries ?? [])
        {
            if (!CheckName(name, "a wallet")) continue;
            var rule = new WalletRule(name.Text);
            if (value is SourceNode.Map map)
            {
                var reader = new MapReader(map, _findings, $"the wallet '{name.Text}'", ProgramSyntax.WalletGroup.Names);
                rule = rule with
                {
                    Returns = reader.OneOf("returns", false, "only-pending", "within-balance", "negative") switch
                    {
                        "only-pending" => ReturnPolicy.OnlyPending,
                        "negative" => ReturnPolicy.Negative,
                        _ => ReturnPolicy.WithinBalance,
                    },
                    CostMinor = ReadSmallMoney(reader, "cost"),
                };
            }
            else
            {
                _findings.Error(
                    value,
                    FindingCodes.WrongType,
                    $"the wallet '{name.Text}' is {value.Kind}",
                    $"write {name.Text}: {{ returns: within-balance }} or {name.Text}: {{}}");
            }

            Wallets = [.. Wallets.Where(w => w.Name != name.Text), rule];
        }
    }

    private void ReadMoney(MapReader top)
    {
        foreach (var (name, value) in top.Map("stacking")?.Entries ?? [])
        {
            if (!CheckName(name, "a group of earning rules")) continue;
            EarningStacking? stacking = (value as SourceNode.Scalar)?.Text switch
            {
                "sum" => EarningStacking.Sum,
                "best" => EarningStacking.Best,
                "first" => EarningStacking.First,
                _ => null,
            };
            if (stacking is { } known) Stacking = Stacking.SetItem(name.Text, known);
            else _findings.Error(value, FindingCodes.BadValue, $"this does not say how the group '{name.Text}' goes together", "write sum, best or first");
        }

        ReadRates(top);
        ReadPay(top);
        if (top.Map("corrections") is { } corrections)
            ApprovalAbove = new MapReader(corrections, _findings, "corrections", ProgramSyntax.Corrections.Names).Integer("approval-above", 0, 1_000_000_000, required: true);
        RestoreGraceDays = ReadDays(top, "restore-grace") ?? RestoreGraceDays;
        if (top.Map("close") is { } close)
            ClosedAt = ReadDay(new MapReader(close, _findings, "close", ProgramSyntax.Close.Names), "earning-until");
    }

    private void ReadRates(MapReader top)
    {
        var rates = new List<DatedRate>();
        foreach (var item in top.List("rates")?.Items ?? [])
        {
            if (item is not SourceNode.Map map)
            {
                _findings.Error(item, FindingCodes.WrongType, $"a rate is a group of keys, this is {item.Kind}", RateRemedy);
                continue;
            }

            var reader = new MapReader(map, _findings, "a rate", ProgramSyntax.Rate.Names);
            var currency = reader.Scalar("currency", required: true);
            var from = ReadDay(reader, "from");
            if (!reader.Has("from")) reader.Get("from", required: true);
            var rate = ReadDecimal(reader, "rate", 0.000001m, 1_000_000m, 8, required: true);
            if (currency is not null && (CurrencyTable.Exponent(currency.Text) is null || currency.Text == Currency))
                _findings.Error(currency, FindingCodes.BadValue, $"'{MapReader.Clip(currency.Text)}' needs no rate or is no currency", RateRemedy);
            else if (currency is not null && from is { } start && rate is { } value) rates.Add(new DatedRate(currency.Text, start, value));
        }

        Rates = new CurrencyRates
        {
            Items = [.. rates.OrderBy(static rate => rate.Currency, StringComparer.Ordinal).ThenBy(static rate => rate.From)],
        };
    }

    private string RateRemedy => $"write {{ currency: USD, from: 2026-01-01, rate: 0.92 }}: units of {Currency} for one of the other";

    private void ReadPay(MapReader top)
    {
        if (top.Map("pay") is not { } map) return;
        var reader = new MapReader(map, _findings, "pay", ProgramSyntax.Pay.Names);
        var values = new List<PointValue>();
        switch (reader.Get("value", required: true))
        {
            case SourceNode.Scalar:
                if (ReadSmallMoney(reader, "value") is { } always) values.Add(new PointValue(NodaTime.Instant.MinValue, always));
                break;
            case SourceNode.Sequence list:
                foreach (var item in list.Items) ReadValue(item, values);
                break;
            case { } other: _findings.Error(other, FindingCodes.WrongType, "this does not say what a point is worth", ValueRemedy); break;
        }

        if (values.Count == 0) return;
        Pay = new PayRule
        {
            Wallet = ReadWallet(reader),
            Values = [.. values.OrderBy(static value => value.From)],
            Minimum = reader.Integer("minimum", 1, 1_000_000_000) ?? 1,
            Step = reader.Integer("step", 1, 1_000_000_000) ?? 1,
            MaxShare = reader.Percent("max-share") ?? 1,
            Excluded = ReadGoods(reader, "exclude"),
        };
    }

    private void ReadValue(SourceNode item, List<PointValue> values)
    {
        if (item is not SourceNode.Map map)
        {
            _findings.Error(item, FindingCodes.WrongType, "this does not say what a point is worth from when", ValueRemedy);
            return;
        }

        var reader = new MapReader(map, _findings, "the value of a point", ProgramSyntax.Worth.Names);
        reader.Get("from", required: true);
        reader.Get("worth", required: true);
        if (ReadDay(reader, "from") is { } from && ReadSmallMoney(reader, "worth") is { } worth) values.Add(new PointValue(from, worth));
    }

    private string ValueRemedy => $"write value: 0.01 {Currency}, or a list of {{ from: 2026-01-01, worth: 0.01 {Currency} }}";

    /// <summary>An amount in the program's currency, whole minor units above 0.</summary>
    private long? ReadMoney(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        var money = Condition.Parse(scalar.Text, AttributeCatalogue.Empty, AttributeType.Money, out _);
        if (money?.Expression is Expression.Literal { Value: AttributeValue.Money { Minor: > 0 } amount } && (amount.Currency == Currency || !IsCurrencyKnown))
            return amount.Minor;
        _findings.Error(
            scalar,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(scalar.Text)}' is no amount in the program's currency",
            $"write e.g. 20 {Currency}");
        return null;
    }

    /// <summary>An amount that may be less than the currency's least, in minor units.</summary>
    private decimal? ReadSmallMoney(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        var parts = scalar.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 2 && (parts[1] == Currency || !IsCurrencyKnown) && decimal.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var units)
            && units is > 0 and <= 1_000_000 && decimal.Round(units, 8) == units)
            return units * CurrencyUnits.MinorPerUnit(Currency);
        _findings.Error(
            scalar,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(scalar.Text)}' is no amount in the program's currency",
            $"write e.g. 0.01 {Currency}");
        return null;
    }

    private decimal? ReadDecimal(MapReader reader, string key, decimal from, decimal to, int decimals, bool required = false)
    {
        if (reader.Scalar(key, required) is not { } scalar) return null;
        if (decimal.TryParse(scalar.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number >= from && number <= to && decimal.Round(number, decimals) == number)
            return number;
        _findings.Error(
            scalar,
            FindingCodes.BadValue,
            $"'{key}' of {reader.What} is '{MapReader.Clip(scalar.Text)}'",
            string.Create(CultureInfo.InvariantCulture, $"write a number from {from} to {to} with at most {decimals} decimals"));
        return null;
    }
}
