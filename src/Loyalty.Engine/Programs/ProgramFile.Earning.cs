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
    private static readonly string[] OrderKeys =
        ["minimum", "nth-order", "every-nth-order", "channels", "only", "exclude-skus", "exclude-categories", "exclude-labels", "base", "of"];

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

            var reader = new MapReader(map, _findings, "an earning rule", ProgramSyntax.Rule.Names);
            if (reader.Scalar("rule", required: true) is not { } name || !CheckName(name, "an earning rule")) continue;
            if (!names.Add(name.Text))
                _findings.Error(
                    name,
                    FindingCodes.DuplicateName,
                    $"there are two earning rules '{name.Text}'",
                    "give each a name of its own");
            if (ReadRule(name.Text, reader) is { } rule) rules.Add(rule);
        }

        CheckMultiplied(top, names);
        Earning = new EarningPlan { Rules = WithTermsOfTheirBase(rules.ToImmutable()), Groups = Stacking };
    }

    private void CheckMultiplied(MapReader top, HashSet<string> names)
    {
        foreach (var item in top.List("earning")?.Items ?? [])
        {
            if ((item as SourceNode.Map)?.Find("of") is not { } of) continue;
            foreach (var name in of is SourceNode.Sequence list ? list.Items : [of])
            {
                if (name is SourceNode.Scalar scalar && !names.Contains(scalar.Text))
                    _findings.Error(scalar, FindingCodes.BadValue, $"there is no earning rule '{MapReader.Clip(scalar.Text)}'", MapReader.Suggest(scalar.Text, names));
            }
        }
    }

    private EarningRule? ReadRule(string name, MapReader reader)
    {
        var type = reader.Scalar("event", required: true);
        if (type is not null && !Events.ContainsKey(type.Text))
        {
            _findings.Error(type, FindingCodes.UnknownEvent, $"there is no event '{MapReader.Clip(type.Text)}'", MapReader.Suggest(type.Text, Events.Keys));
            return null;
        }

        var trigger = type?.Text switch
        {
            EventTypes.OrderPaid or null => EarningTrigger.OrderPaid,
            EventTypes.CustomerSignedUp => EarningTrigger.Registration,
            _ => EarningTrigger.Event,
        };
        if (type is not null && trigger == EarningTrigger.Event && type.Text.StartsWith("order.", StringComparison.Ordinal))
            _findings.Error(type, FindingCodes.BadValue, "orders earn when they are paid", "write event: order.paid; what comes back or is cancelled is corrected by itself");
        var catalogue = CustomerAttributes().With("event", Events[type?.Text ?? EventTypes.OrderPaid]);
        if (ReadFormula(reader, trigger, catalogue) is not { } formula) return null;
        var isOrder = trigger == EarningTrigger.OrderPaid;
        foreach (var key in isOrder ? [] : OrderKeys)
        {
            if (reader.Get(key) is { } node)
                _findings.Error(node, FindingCodes.BadValue, $"'{key}' goes with orders only", $"remove {key}");
        }

        return new EarningRule
        {
            Id = name,
            Wallet = ReadWallet(reader),
            On = trigger,
            EventType = trigger == EarningTrigger.Event ? type!.Text : null,
            Formula = formula,
            ValidFrom = ReadDay(reader, "from"),
            ValidUntil = ReadDay(reader, "until"),
            OnlyNthOrder = reader.Integer("nth-order", 1, 1_000_000),
            EveryNthOrder = reader.Integer("every-nth-order", 2, 1_000_000),
            MinimumMinor = ReadMoney(reader, "minimum") ?? 1,
            Only = ReadGoods(reader, "only"),
            ExcludedSkus = [.. reader.Texts("exclude-skus").Select(t => t.Text)],
            ExcludedCategories = [.. reader.Texts("exclude-categories").Select(t => t.Text)],
            ExcludedLabels = reader.Has("exclude-labels") ? [.. reader.Texts("exclude-labels").Select(t => t.Text)] : null,
            Group = ReadGroup(reader, out var stacking),
            Stacking = stacking,
            Order = reader.Integer("order", 0, 10_000) ?? 0,
            Channels = [.. reader.Texts("channels").Select(t => t.Text)],
            Hours = ReadHours(reader),
            When = ReadCondition(reader, "when", catalogue, AttributeType.Flag),
            Caps = ReadCaps(reader, out var mostPerEvent),
            MostPerEvent = mostPerEvent,
            CoolDownDays = ReadDays(reader, "cool-down"),
            IsOnce = reader.Flag("once", otherwise: false),
            Activation = ReadActivation(reader, isOrder),
            Expiry = ReadExpiry(reader),
        };
    }

    private string ReadWallet(MapReader reader)
    {
        var wallet = reader.Scalar("wallet");
        if (wallet is not null && !Wallets.Any(w => w.Name == wallet.Text))
            _findings.Error(
                wallet,
                FindingCodes.UnknownWallet,
                $"there is no wallet '{MapReader.Clip(wallet.Text)}'",
                MapReader.Suggest(wallet.Text, Wallets.Select(w => w.Name)));
        return wallet?.Text ?? WalletRule.Spendable;
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

    private ActivationRule ReadActivation(MapReader reader, bool isOrder)
    {
        switch (reader.Get("active"))
        {
            case null or SourceNode.Scalar { Text: "immediately" }: return new ActivationRule.Immediately();
            case SourceNode.Map map:
                var active = new MapReader(map, _findings, "active", ProgramSyntax.Active.Names);
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
        switch (reader.Get("expires"))
        {
            case null or SourceNode.Scalar { Text: "never" }: return new ExpiryRule.Never();
            case SourceNode.Map map:
                var expires = new MapReader(map, _findings, "expires", ProgramSyntax.Expires.Names);
                if (expires.Has("sliding") == expires.Has("end-of")) break;
                if (expires.Has("sliding")) return new ExpiryRule.Sliding(Math.Max(1, ReadDays(expires, "sliding") ?? 1));
                var period = expires.OneOf("end-of", true, "month", "quarter", "year") switch
                {
                    "month" => CalendarPeriod.Month,
                    "quarter" => CalendarPeriod.Quarter,
                    _ => CalendarPeriod.Year,
                };
                return new ExpiryRule.EndOf(period, expires.Integer("later", 0, 100) ?? 0);
            default: return ReadDays(reader, "expires") is { } days ? new ExpiryRule.After(days) : new ExpiryRule.Never();
        }

        _findings.Error(
            reader.Get("expires")!,
            FindingCodes.BadValue,
            "this does not say when points end",
            "write never, 365d, { end-of: year, later: 1 } or { sliding: 180d }");
        return new ExpiryRule.Never();
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
            map, _findings, "signals", ProgramSyntax.Signals.Names);
        var signals = Signals;
        if (Signal(reader, ProgramSyntax.CartAbandoned) is { } cart)
            signals = signals with { CartAbandonedAfterMinutes = IsNever(cart, "after") ? null : Minutes(cart, "after") ?? signals.CartAbandonedAfterMinutes };
        if (Signal(reader, ProgramSyntax.ReorderDue) is { } reorder)
        {
            signals = signals with
            {
                ReorderAfterOneOrderDays = IsNever(reorder, "after-one-order") ? null : ReadDays(
                    reorder, "after-one-order"),
                ReorderAtLeastDays = ReadDays(reorder, "at-least") ?? signals.ReorderAtLeastDays,
                ReorderAtMostDays = ReadDays(reorder, "at-most") ?? signals.ReorderAtMostDays,
                ReorderByCategory = reorder.Flag("by-category", false),
            };
        }

        if (Signal(reader, ProgramSyntax.Inactive) is { } inactive)
        {
            signals = signals with
            {
                InactiveAfterDays = IsNever(inactive, "after") ? null : ReadDays(inactive, "after") ?? signals.InactiveAfterDays,
                InactiveAfterIntervals = inactive.Integer("intervals", 1, 100) ?? signals.InactiveAfterIntervals,
                InactiveAtLeastDays = ReadDays(inactive, "at-least") ?? signals.InactiveAtLeastDays,
            };
        }

        if (Signal(reader, ProgramSyntax.PointsExpiring) is { } expiring)
            signals = signals with { PointsExpiringBeforeDays = ReadWarnings(expiring) };
        if (Signal(reader, ProgramSyntax.Birthday) is { } birthday)
        {
            signals = signals with
            {
                BirthdayBeforeDays = ReadDays(birthday, "before") ?? signals.BirthdayBeforeDays,
                BirthdayAtHour = birthday.Clock("at")?.Hour ?? signals.BirthdayAtHour,
            };
        }

        Signals = signals;
    }

    private MapReader? Signal(MapReader signals, SyntaxGroup signal) =>
        signals.Map(signal.Name) is { } map ? new MapReader(map, _findings, $"the signal '{signal.Name}'", signal.Names) : null;

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
