using System.Collections.Immutable;
using System.Globalization;

namespace Loyalty.Core.Ledger;

/// <summary>"Why do I have N points" in the customer's language: one sentence per line of the explanation.</summary>
public static class LedgerTexts
{
    /// <summary>The languages there are texts in; the first is used for every other.</summary>
    public static ImmutableArray<string> Languages { get; } = ["en", "ru", "uk", "bg"];

    /// <summary>A sentence for a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="locale">BCP 47; of <c>ru-RU</c> the language counts.</param>
    public static string Of(ExplainLine line, string? locale)
    {
        var language = Language(locale);
        var points = Points(line.Points, language);
        var cause = LedgerCauseTexts.Of(line.Cause, language);
        // What the program posts for a reason of its own is not told as the order: a referrer's points follow from somebody else's.
        var sentence = string.Format(CultureInfo.InvariantCulture, Sentence(line, isOfOrder: cause is null && line.Cause.OrderId is not null, language), points, cause ?? Subject(line));
        return line.Claimed > 0 ? sentence + " " + string.Format(CultureInfo.InvariantCulture, Claimed(language), Points(line.Claimed, language)) : sentence;
    }

    /// <summary>A number of points with the right plural: <c>1 point</c>, <c>2 балла</c>, <c>5 балів</c>.</summary>
    public static string Points(long points, string language)
    {
        var number = points.ToString(CultureInfo.InvariantCulture);
        return number + " " + language switch
        {
            "ru" => Slavic(points, "балл", "балла", "баллов"),
            "uk" => Slavic(points, "бал", "бали", "балів"),
            "bg" => points == 1 ? "точка" : "точки",
            _ => points == 1 ? "point" : "points",
        };
    }

    /// <summary>Of <see cref="Languages"/> the one of a locale.</summary>
    internal static string Language(string? locale)
    {
        var language = locale is null ? "" : locale.Split('-')[0].ToLowerInvariant();
        return Languages.Contains(language) ? language : Languages[0];
    }

    private static string Subject(ExplainLine line) => line.Cause.OrderId ?? line.Cause.Reason ?? line.Cause.RuleId ?? line.Cause.EventType ?? "";

    /// <summary>One for 1, 21, 31; few for 2 to 4, 22 to 24; many for the rest, 11 to 14 included.</summary>
    private static string Slavic(long number, string one, string few, string many)
    {
        var (tens, ones) = (Math.Abs(number) % 100, Math.Abs(number) % 10);
        if (tens is >= 11 and <= 14) return many;
        return ones switch { 1 => one, >= 2 and <= 4 => few, _ => many };
    }

    private static string Claimed(string language) => language switch
    {
        "ru" => "Ещё {0} вернуть не удалось.",
        "uk" => "Ще {0} повернути не вдалося.",
        "bg" => "Още {0} не можаха да бъдат върнати.",
        _ => "{0} more could not be taken back.",
    };

    private static string Sentence(ExplainLine line, bool isOfOrder, string language)
    {
        var all = line switch
        {
            { Type: EntryType.Grant, PendingChange: > 0 } when isOfOrder => Texts.EarnedPending,
            { Type: EntryType.Grant } when isOfOrder => Texts.Earned,
            { Type: EntryType.Grant } => Texts.Given,
            { Type: EntryType.Activate } => Texts.Active,
            { Type: EntryType.Hold } => Texts.Held,
            { Type: EntryType.Release } => Texts.Released,
            { Type: EntryType.Spend, Cause.Reason: "arrears" } => Texts.Repaid,
            { Type: EntryType.Spend or EntryType.Commit } => Texts.Spent,
            { Type: EntryType.Restore } => Texts.Restored,
            { Type: EntryType.Expire } => Texts.Expired,
            { Type: EntryType.Reverse } => isOfOrder ? Texts.Reversed : Texts.TakenBack,
            { Type: EntryType.Adjust, AvailableChange: < 0 } => Texts.Lowered,
            { Type: EntryType.Adjust } => Texts.Raised,
            { Type: EntryType.Extend } => Texts.Extended,
            _ => Texts.Moved,
        };
        return all[Languages.IndexOf(language)];
    }

    /// <summary>By kind, in the order of <see cref="Languages"/>: {0} points, {1} order or reason.</summary>
    private static class Texts
    {
        public static readonly string[] Earned = ["{0} for order {1}.", "{0} за заказ {1}.", "{0} за замовлення {1}.", "{0} за поръчка {1}."];

        public static readonly string[] EarnedPending =
        [
            "{0} for order {1}, usable once the return window is over.", "{0} за заказ {1}, станут доступны после срока возврата.",
            "{0} за замовлення {1}, стануть доступними після строку повернення.", "{0} за поръчка {1}, достъпни след срока за връщане.",
        ];

        public static readonly string[] Given = ["{0} given: {1}.", "Начислено {0}: {1}.", "Нараховано {0}: {1}.", "Начислени {0}: {1}."];
        public static readonly string[] Active = ["{0} became usable.", "{0} стали доступны.", "{0} стали доступними.", "{0} станаха достъпни."];

        public static readonly string[] Held =
            ["{0} reserved for {1}.", "{0} зарезервировано: {1}.", "{0} зарезервовано: {1}.", "{0} запазени: {1}."];

        public static readonly string[] Released =
            ["{0} no longer reserved.", "Резерв {0} снят.", "Резерв {0} знято.", "Запазването на {0} е отменено."];

        public static readonly string[] Repaid =
            ["{0} covered what was owed.", "{0} покрыли задолженность.", "{0} покрили заборгованість.", "{0} покриха задължението."];

        public static readonly string[] Spent = ["{0} redeemed: {1}.", "Потрачено {0}: {1}.", "Витрачено {0}: {1}.", "Използвани {0}: {1}."];
        public static readonly string[] Restored = ["{0} given back: {1}.", "Возвращено {0}: {1}.", "Повернуто {0}: {1}.", "Възстановени {0}: {1}."];
        public static readonly string[] Expired = ["{0} ended unused.", "{0} сгорели.", "{0} згоріли.", "{0} изтекоха."];

        public static readonly string[] Reversed =
            ["{0} taken back: {1}.", "Списано {0} из-за возврата: {1}.", "Списано {0} через повернення: {1}.", "Отнети {0} заради връщане: {1}."];

        public static readonly string[] TakenBack = ["{0} taken back: {1}.", "Списано {0}: {1}.", "Списано {0}: {1}.", "Отнети {0}: {1}."];

        public static readonly string[] Raised =
            ["{0} added by a correction: {1}.", "Добавлено {0}: {1}.", "Додано {0}: {1}.", "Добавени {0}: {1}."];

        public static readonly string[] Lowered =
            ["{0} removed by a correction: {1}.", "Снято {0}: {1}.", "Знято {0}: {1}.", "Премахнати {0}: {1}."];

        public static readonly string[] Extended =
            ["The points last longer: {1}.", "Срок баллов продлён: {1}.", "Строк балів подовжено: {1}.", "Срокът на точките е удължен: {1}."];

        public static readonly string[] Moved = ["The points were put together.", "Баллы объединены.", "Бали об'єднано.", "Точките са обединени."];
    }
}
