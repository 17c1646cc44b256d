using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Offers;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Ledger;

/// <summary>What the amount of an entry follows from, in the customer's language: rule or journey with its version, inputs, rounding, cap and cost.</summary>
public static class LedgerBasisTexts
{
    /// <summary>Inputs by name, in the order of <see cref="LedgerTexts.Languages"/>. What is not here is an attribute and keeps its path.</summary>
    private static readonly ImmutableDictionary<string, ImmutableArray<string>> Inputs = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        [EntryInput.Formula] = ["formula", "формула", "формула", "формула"],
        ["order-value"] = ["order value", "сумма заказа", "сума замовлення", "стойност на поръчката"],
        ["points-per-unit"] = ["points per unit of currency", "баллов за единицу валюты", "балів за одиницю валюти", "точки за единица валута"],
        ["points-per-piece"] = ["points per piece", "баллов за штуку", "балів за штуку", "точки за брой"],
        ["factor"] = ["factor", "множитель", "множник", "множител"],
        ["rate"] = ["exchange rate", "курс валюты", "курс валюти", "валутен курс"],
        ["allowance"] = ["still allowed", "остаток лимита", "залишок ліміту", "остатък от лимита"],
        ["budget-granted"] = ["taken from the budget", "взято из бюджета", "взято з бюджету", "взети от бюджета"],
        ["paid-with-points"] = ["paid with points", "оплачено баллами", "сплачено балами", "платено с точки"],
        ["target"] = ["due in all", "положено всего", "належить усього", "полагат се общо"],
        ["posted-before"] = ["posted before", "начислено ранее", "нараховано раніше", "начислени преди"],
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>One line; null: the entry follows from nothing but what was asked for.</summary>
    /// <param name="cause">The entry's cause.</param>
    /// <param name="locale">BCP 47; of <c>ru-RU</c> the language counts.</param>
    /// <param name="currency">The program's, in which costs are kept.</param>
    public static string? Of(EntryCause cause, string? locale, string currency)
    {
        var language = LedgerTexts.Language(locale);
        var parts = new List<string>();
        if (cause is { RuleId: { } rule }) parts.Add(Say(language, Texts.Rule, rule));
        else if (cause.RunId is { } run) parts.Add(Say(language, Texts.Run, run));
        if (cause.RuleVersion is { } version && (cause.RuleId ?? cause.RunId) is not null) parts.Add(Say(language, Texts.Version, version));
        foreach (var input in cause.Inputs) parts.Add(NameOf(input.Name, language) + " = " + Shown(input.Value, language));
        if (cause is { Exact: { } exact, Rounding: not null }) parts.Add(Say(language, Texts.Rounded, Number(exact, language)));
        if (cause.CappedBy is { } cap) parts.Add(Say(language, Texts.Capped, Cap(cap, language)));
        if (cause.CostMinor is { } cost) parts.Add(Say(language, Texts.Cost, Money(cost, currency, language)));
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string NameOf(string input, string language) => Inputs.TryGetValue(input, out var names) ? names[LedgerTexts.Languages.IndexOf(language)] : input;

    private static string Shown(AttributeValue value, string language) => value switch
    {
        AttributeValue.Number number => Number(number.Value, language),
        AttributeValue.Money money => OfferTexts.Money(money.Minor, money.Currency, language),
        AttributeValue.Text text => text.Value,
        AttributeValue.Flag flag => Texts.Flag[flag.Value ? 1 : 0][LedgerTexts.Languages.IndexOf(language)],
        AttributeValue.Moment moment => moment.Value.ToString("uuuu-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
        AttributeValue.Day day => day.Value.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture),
        AttributeValue.List list => string.Join(", ", list.Values),
        _ => "",
    };

    private static string Number(decimal number, string language) => OfferTexts.Point(number.ToString("0.######", CultureInfo.InvariantCulture), language);

    /// <summary>A cap as it is kept (<c>month 500</c>, <c>budget</c>), in words.</summary>
    private static string Cap(string cap, string language)
    {
        var (kind, number) = cap.Split(' ', 2) is [var first, var rest] ? (first, rest) : (cap, "");
        return Texts.Caps.TryGetValue(kind, out var words) ? Say(language, words, number).TrimEnd() : cap;
    }

    /// <summary>A cost may be a part of a minor unit.</summary>
    private static string Money(decimal minor, string currency, string language) =>
        Number(minor / CurrencyUnits.MinorPerUnit(currency), language) + " " + currency;

    private static string Say(string language, ImmutableArray<string> all, object value) =>
        string.Format(CultureInfo.InvariantCulture, all[LedgerTexts.Languages.IndexOf(language)], value);

    /// <summary>In the order of <see cref="LedgerTexts.Languages"/>.</summary>
    private static class Texts
    {
        public static readonly ImmutableArray<string> Rule = ["rule {0}", "правило {0}", "правило {0}", "правило {0}"];
        public static readonly ImmutableArray<string> Run = ["run {0}", "прохождение {0}", "проходження {0}", "преминаване {0}"];
        public static readonly ImmutableArray<string> Version = ["version {0}", "версия {0}", "версія {0}", "версия {0}"];
        public static readonly ImmutableArray<string> Rounded =
            ["exactly {0}, rounded down", "точно {0}, округлено вниз", "точно {0}, округлено вниз", "точно {0}, закръглено надолу"];

        public static readonly ImmutableArray<string> Capped = ["limited by: {0}", "ограничено: {0}", "обмежено: {0}", "ограничено: {0}"];
        public static readonly ImmutableDictionary<string, ImmutableArray<string>> Caps = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
        {
            ["event"] = ["{0} an event", "{0} за событие", "{0} за подію", "{0} за събитие"],
            ["day"] = ["{0} a day", "{0} в день", "{0} на день", "{0} на ден"],
            ["month"] = ["{0} a month", "{0} в месяц", "{0} на місяць", "{0} на месец"],
            ["lifetime"] = ["{0} in all", "{0} за всё время", "{0} за весь час", "{0} за цялото време"],
            ["budget"] = ["budget {0}", "бюджет {0}", "бюджет {0}", "бюджет {0}"],
        }.ToImmutableDictionary(StringComparer.Ordinal);

        public static readonly ImmutableArray<string> Cost = ["expected cost {0}", "ожидаемая стоимость {0}", "очікувана вартість {0}", "очаквана цена {0}"];

        public static readonly ImmutableArray<ImmutableArray<string>> Flag = [["no", "нет", "ні", "не"], ["yes", "да", "так", "да"]];
    }
}
