using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Programs;

/// <content>Wallets, earning rules and signals.</content>
internal sealed partial class ProgramFile
{
    private static readonly string[] RuleKeys =
    [
        "rule", "event", "wallet", "points", "per-amount", "base", "minimum", "nth-order", "from", "until", "exclude-skus", "exclude-categories",
        "active", "expires",
    ];

    private void ReadWallets(MapReader top)
    {
        foreach (var (name, value) in top.Map("wallets")?.Entries ?? [])
        {
            if (!CheckName(name, "a wallet")) continue;
            var returns = ReturnPolicy.WithinBalance;
            if (value is SourceNode.Map map)
            {
                returns = new MapReader(map, _findings, $"the wallet '{name.Text}'", "returns")
                    .OneOf("returns", false, "only-pending", "within-balance", "negative") switch
                {
                    "only-pending" => ReturnPolicy.OnlyPending,
                    "negative" => ReturnPolicy.Negative,
                    _ => ReturnPolicy.WithinBalance,
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

            Wallets = [.. Wallets.Where(w => w.Name != name.Text), new WalletRule(name.Text, returns)];
        }
    }

    private void ReadEarning(MapReader top)
    {
        var rules = ImmutableArray.CreateBuilder<EarningRule>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in top.List("earning")?.Items ?? [])
        {
            if (item is not SourceNode.Map map)
            {
                _findings.Error(
                    item,
                    FindingCodes.WrongType,
                    $"an earning rule is a group of keys, this is {item.Kind}",
                    "write - rule: NAME and its formula");
                continue;
            }

            var reader = new MapReader(map, _findings, "an earning rule", RuleKeys);
            if (reader.Scalar("rule", required: true) is not { } name || !CheckName(name, "an earning rule")) continue;
            if (!names.Add(name.Text))
                _findings.Error(
                    name,
                    FindingCodes.DuplicateName,
                    $"there are two earning rules '{name.Text}'",
                    "give each a name of its own");
            if (ReadRule(name.Text, reader) is { } rule) rules.Add(rule);
        }

        Earning = new EarningPlan { Rules = rules.ToImmutable() };
    }

    private EarningRule? ReadRule(string name, MapReader reader)
    {
        var trigger = reader.OneOf("event", required: true, EventTypes.OrderPaid, EventTypes.CustomerSignedUp);
        var isOrder = trigger != EventTypes.CustomerSignedUp;
        if (ReadFormula(reader, isOrder) is not { } formula) return null;
        foreach (var key in isOrder ? Array.Empty<string>() : ["minimum", "nth-order", "exclude-skus", "exclude-categories", "base"])
        {
            if (reader.Get(key) is { } node)
                _findings.Error(node, FindingCodes.BadValue, $"'{key}' goes with orders only", $"remove {key}");
        }

        var wallet = reader.Scalar("wallet");
        if (wallet is not null && !Wallets.Any(w => w.Name == wallet.Text))
            _findings.Error(
                wallet,
                FindingCodes.UnknownWallet,
                $"there is no wallet '{MapReader.Clip(wallet.Text)}'",
                MapReader.Suggest(wallet.Text, Wallets.Select(w => w.Name)));
        return new EarningRule
        {
            Id = name,
            Wallet = wallet?.Text ?? WalletRule.Spendable,
            On = isOrder ? EarningTrigger.OrderPaid : EarningTrigger.Registration,
            Formula = formula,
            ValidFrom = ReadDay(reader, "from"),
            ValidUntil = ReadDay(reader, "until"),
            OnlyNthOrder = reader.Integer("nth-order", 1, 1_000_000),
            MinimumMinor = ReadMinimum(reader),
            ExcludedSkus = [.. reader.Texts("exclude-skus").Select(t => t.Text)],
            ExcludedCategories = [.. reader.Texts("exclude-categories").Select(t => t.Text)],
            Activation = ReadActivation(reader, isOrder),
            Expiry = ReadExpiry(reader),
        };
    }

    private EarningFormula? ReadFormula(MapReader reader, bool isOrder)
    {
        if (reader.Has("points") == reader.Has("per-amount"))
        {
            _findings.Error(
                reader.Node,
                FindingCodes.BadValue,
                "an earning rule has either points or per-amount",
                "write points: 100, or per-amount: 1 (points per unit of the currency)");
            return null;
        }

        if (reader.Has("points"))
            return reader.Integer("points", 1, 1_000_000_000) is { } points ? new EarningFormula.Fixed(points) : null;
        var scalar = reader.Scalar("per-amount")!;
        var isNumber = decimal.TryParse(
            scalar?.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate);
        if (!isNumber || rate is <= 0 or > 100 || decimal.Round(rate, 4) != rate || !isOrder)
        {
            _findings.Error(
                reader.Get("per-amount")!,
                FindingCodes.BadValue,
                "this is no number of points per unit of an order",
                "write a number above 0 and up to 100 with at most 4 decimals, on event: order.paid");
            return null;
        }

        return new EarningFormula.PerAmount(
            rate, reader.OneOf("base", false, "net", "gross") == "gross" ? EarningBase.Gross : EarningBase.Net);
    }

    private Instant? ReadDay(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        var parsed = LocalDatePattern.Iso.Parse(scalar.Text);
        if (parsed.Success) return LocalClock.Resolve(parsed.Value.AtMidnight(), Zone);
        _findings.Error(
            scalar,
            FindingCodes.BadTime,
            $"'{MapReader.Clip(scalar.Text)}' is no date",
            "write year-month-day, e.g. 2026-01-31; it begins at 00:00 of the program's zone");
        return null;
    }

    private long ReadMinimum(MapReader reader)
    {
        if (reader.Scalar("minimum") is not { } scalar) return 1;
        var money = Condition.Parse(scalar.Text, AttributeCatalogue.Empty, AttributeType.Money, out _);
        if (money?.Expression is Expression.Literal { Value: AttributeValue.Money { Minor: > 0 } amount } && amount.Currency == Currency)
            return amount.Minor;
        _findings.Error(
            scalar,
            FindingCodes.BadValue,
            $"'{MapReader.Clip(scalar.Text)}' is no amount in the program's currency",
            $"write e.g. 20 {Currency}");
        return 1;
    }

    private ActivationRule ReadActivation(MapReader reader, bool isOrder)
    {
        switch (reader.Get("active"))
        {
            case null or SourceNode.Scalar { Text: "immediately" }: return new ActivationRule.Immediately();
            case SourceNode.Map map:
                var active = new MapReader(map, _findings, "active", "after-payment", "after-fulfilment", "at-latest");
                if (active.Has("after-fulfilment") == active.Has("after-payment") || (active.Has("after-fulfilment") && !isOrder))
                    break;
                if (active.Has("after-payment"))
                    return new ActivationRule.AfterPayment(ReadDays(active, "after-payment") ?? 0);
                return new ActivationRule.AfterFulfilment(
                    ReadDays(active, "after-fulfilment") ?? 0, ReadDays(active, "at-latest"));
        }

        _findings.Error(
            reader.Get("active")!,
            FindingCodes.BadValue,
            "this does not say when points become usable",
            "write immediately, { after-payment: 14d } or { after-fulfilment: 14d, at-latest: 30d } (orders only)");
        return new ActivationRule.Immediately();
    }

    private ExpiryRule ReadExpiry(MapReader reader)
    {
        if (reader.Get("expires") is null or SourceNode.Scalar { Text: "never" }) return new ExpiryRule.Never();
        return ReadDays(reader, "expires") is { } days ? new ExpiryRule.After(days) : new ExpiryRule.Never();
    }

    /// <summary>A duration in whole days.</summary>
    private int? ReadDays(MapReader reader, string key)
    {
        if (reader.Scalar(key) is not { } scalar) return null;
        switch (CalendarDuration.Parse(scalar.Text))
        {
            case { Unit: CalendarUnit.Days } days: return days.Amount;
            case { Unit: CalendarUnit.Weeks } weeks: return weeks.Amount * 7;
            default:
                _findings.Error(
                    scalar,
                    FindingCodes.BadTime,
                    $"'{key}' of {reader.What} is '{MapReader.Clip(scalar.Text)}', days are expected",
                    "write days or weeks, e.g. 14d");
                return null;
        }
    }

    private void ReadSignals(MapReader top)
    {
        if (top.Map("signals") is not { } map) return;
        var reader = new MapReader(
            map, _findings, "signals", "cart-abandoned", "reorder-due", "inactive", "points-expiring", "birthday");
        var signals = Signals;
        if (Signal(reader, "cart-abandoned", "after") is { } cart)
            signals = signals with { CartAbandonedAfterMinutes = IsNever(cart, "after") ? null : Minutes(cart, "after") ?? signals.CartAbandonedAfterMinutes };
        if (Signal(reader, "reorder-due", "after-one-order", "at-least", "at-most") is { } reorder)
        {
            signals = signals with
            {
                ReorderAfterOneOrderDays = IsNever(reorder, "after-one-order") ? null : ReadDays(
                    reorder, "after-one-order"),
                ReorderAtLeastDays = ReadDays(reorder, "at-least") ?? signals.ReorderAtLeastDays,
                ReorderAtMostDays = ReadDays(reorder, "at-most") ?? signals.ReorderAtMostDays,
            };
        }

        if (Signal(reader, "inactive", "after", "intervals", "at-least") is { } inactive)
        {
            signals = signals with
            {
                InactiveAfterDays = IsNever(inactive, "after") ? null : ReadDays(inactive, "after") ?? signals.InactiveAfterDays,
                InactiveAfterIntervals = inactive.Integer("intervals", 1, 100) ?? signals.InactiveAfterIntervals,
                InactiveAtLeastDays = ReadDays(inactive, "at-least") ?? signals.InactiveAtLeastDays,
            };
        }

        if (Signal(reader, "points-expiring", "before") is { } expiring)
            signals = signals with { PointsExpiringBeforeDays = ReadWarnings(expiring) };
        if (Signal(reader, "birthday", "before", "at") is { } birthday)
        {
            signals = signals with
            {
                BirthdayBeforeDays = ReadDays(birthday, "before") ?? signals.BirthdayBeforeDays,
                BirthdayAtHour = birthday.Clock("at")?.Hour ?? signals.BirthdayAtHour,
            };
        }

        Signals = signals;
    }

    private MapReader? Signal(MapReader signals, string name, params string[] keys) =>
        signals.Map(name) is { } map ? new MapReader(map, _findings, $"the signal '{name}'", keys) : null;

    private static bool IsNever(MapReader reader, string key) => reader.Get(key) is SourceNode.Scalar { Text: "never" };

    private static int? Minutes(MapReader reader, string key) =>
        reader.Duration(key) is { } span ? (int)Math.Clamp(span.Approximate.TotalMinutes, 1, int.MaxValue) : null;

    private ImmutableArray<int> ReadWarnings(MapReader reader)
    {
        var days = ImmutableArray.CreateBuilder<int>();
        foreach (var item in reader.Texts("before", required: true))
        {
            if (CalendarDuration.Parse(item.Text) is { Unit: CalendarUnit.Days or CalendarUnit.Weeks } span && !span.IsZero)
                days.Add(span.Unit == CalendarUnit.Weeks ? span.Amount * 7 : span.Amount);
            else
                _findings.Error(
                    item,
                    FindingCodes.BadTime,
                    $"'{MapReader.Clip(item.Text)}' is no number of days",
                    "write days or weeks, e.g. [30d, 7d]");
        }

        return [.. days.Distinct().OrderDescending()];
    }
}
