using System.Globalization;
using System.Text;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Delivery.Templates;

/// <summary>
/// Numbers, money, dates and plural forms by language. Written out here rather than taken from the machine, so that the
/// same message is the same text on every machine. Languages that are not listed read numbers as English and dates as
/// ISO 8601.
/// </summary>
public static class LocaleText
{
    private const char NoBreakSpace = '\u00A0';

    private static readonly string[] EnglishMonths =
    [
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ];

    private static readonly string[] RussianMonths =
    [
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля",
        "августа", "сентября", "октября", "ноября", "декабря",
    ];

    private static readonly string[] UkrainianMonths =
    [
        "січня", "лютого", "березня", "квітня", "травня", "червня", "липня",
        "серпня", "вересня", "жовтня", "листопада", "грудня",
    ];

    private static readonly string[] BulgarianMonths =
    [
        "януари", "февруари", "март", "април", "май", "юни", "юли",
        "август", "септември", "октомври", "ноември", "декември",
    ];

    /// <summary>The language of a BCP 47 locale, lower case: <c>ru</c> of <c>ru-RU</c>.</summary>
    public static string Language(string locale) => locale.Split('-')[0].ToLowerInvariant();

    /// <summary>
    /// A number with the language's separators, without trailing zeros, or with exactly <paramref name="decimals"/>
    /// decimals.
    /// </summary>
    public static string Number(decimal value, string locale, int? decimals = null)
    {
        var text = decimals is { } places
            ? decimal.Round(value, places, MidpointRounding.AwayFromZero).ToString(
                "F" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : value.ToString("0.############################", CultureInfo.InvariantCulture);
        var (group, point) = Separators(locale);
        var sign = text.StartsWith('-') ? "\u2212" : "";
        var digits = text.TrimStart('-').Split('.');
        var whole = new StringBuilder();
        // Four digits stay together where a space separates: 1234, but 12 345.
        var grouped = digits[0].Length > 4 || (digits[0].Length == 4 && group != NoBreakSpace);
        for (var i = 0; i < digits[0].Length; i++)
        {
            if (grouped && i > 0 && (digits[0].Length - i) % 3 == 0) whole.Append(group);
            whole.Append(digits[0][i]);
        }

        return digits.Length == 1 ? $"{sign}{whole}" : $"{sign}{whole}{point}{digits[1]}";
    }

    /// <summary>
    /// An amount with its currency: <c>€12.50</c> in English, <c>12,50 €</c> elsewhere. Whole amounts keep their
    /// decimals.
    /// </summary>
    public static string Money(long minor, string currency, string locale)
    {
        var exponent = CurrencyTable.Exponent(currency);
        if (exponent is null) return $"{Number(minor, locale)}{NoBreakSpace}{currency}";
        var amount = Number(Math.Abs(CurrencyTable.FromMinor(minor, currency)), locale, exponent);
        var sign = minor < 0 ? "\u2212" : "";
        var symbol = Symbol(currency);
        if (Language(locale) != "en") return $"{sign}{amount}{NoBreakSpace}{symbol ?? currency}";
        return symbol is { Length: 1 } ? $"{sign}{symbol}{amount}" : $"{sign}{amount}{NoBreakSpace}{currency}";
    }

    /// <summary>A day in words: <c>31 January 2026</c>, <c>31 января 2026 г.</c>, <c>31 січня 2026 р.</c>, <c>31 януари 2026 г.</c></summary>
    public static string Date(LocalDate day, string locale) => Language(locale) switch
    {
        "en" => string.Create(CultureInfo.InvariantCulture, $"{day.Day} {EnglishMonths[day.Month - 1]} {day.Year}"),
        "ru" => Words(day, RussianMonths, "г."),
        "uk" => Words(day, UkrainianMonths, "р."),
        "bg" => Words(day, BulgarianMonths, "г."),
        _ => string.Create(CultureInfo.InvariantCulture, $"{day.Year:0000}-{day.Month:00}-{day.Day:00}"),
    };

    private static string Words(LocalDate day, string[] months, string year) => string.Create(
        CultureInfo.InvariantCulture,
        $"{day.Day}{NoBreakSpace}{months[day.Month - 1]} {day.Year}{NoBreakSpace}{year}");

    /// <summary>
    /// Which of a word's forms goes with a number: for Russian and its kin one, few, many; else one, other. Fractions
    /// take the form of "few" or "other".
    /// </summary>
    /// <returns>Index of the form.</returns>
    public static int PluralForm(decimal value, string locale)
    {
        var number = Math.Abs(value);
        var isWhole = number == decimal.Truncate(number);
        if (Language(locale) is "ru" or "uk" or "be" or "sr" or "hr" or "bs")
        {
            if (!isWhole) return 1;
            var ten = number % 10;
            var hundred = number % 100;
            if (ten == 1 && hundred != 11) return 0;
            return ten is >= 2 and <= 4 && hundred is < 12 or > 14 ? 1 : 2;
        }

        return Language(locale) == "fr" ? (number < 2 ? 0 : 1) : number == 1 ? 0 : 1;
    }

    private static (char Group, char Point) Separators(string locale) => Language(locale) switch
    {
        "ru" or "uk" or "be" or "bg" or "fr" or "cs" or "sk" or "pl" or "sv" or "fi" or "nb" or "hu" =>
            (NoBreakSpace, ','),
        "de" or "es" or "it" or "pt" or "nl" or "da" or "el" or "tr" or "ro" or "sr" or "hr" or "sl" or "id" =>
            ('.', ','),
        _ => (',', '.'),
    };

    private static string? Symbol(string currency) => currency switch
    {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "RUB" => "₽",
        "UAH" => "₴",
        "INR" => "₹",
        "ILS" => "₪",
        "TRY" => "₺",
        "KZT" => "₸",
        "BGN" => "лв.",
        "PLN" => "zł",
        "CZK" => "Kč",
        _ => null,
    };
}
