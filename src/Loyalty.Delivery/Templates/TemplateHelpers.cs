using System.Collections.Frozen;
using System.Globalization;
using HandlebarsDotNet;
using Loyalty.Core;

namespace Loyalty.Delivery.Templates;

/// <summary>The helpers of templates: <c>money</c>, <c>date</c>, <c>number</c>, <c>plural</c>.</summary>
internal static class TemplateHelpers
{
    public static FrozenSet<string> Names { get; } =
        new[] { "money", "date", "number", "plural" }.ToFrozenSet(StringComparer.Ordinal);

    public static void Register(IHandlebars handlebars, string locale)
    {
        handlebars.RegisterHelper("money", (writer, _, arguments) => writer.Write(Money(arguments, locale)));
        handlebars.RegisterHelper("date", (writer, _, arguments) => writer.Write(First(arguments)?.ToString() ?? ""));
        handlebars.RegisterHelper(
            "number", (writer, _, arguments) =>
                writer.Write(Decimal(First(arguments)) is { } n ? LocaleText.Number(n, locale) : ""));
        handlebars.RegisterHelper(
            OutputContext.UrlHelper, (writer, _, arguments) => writer.Write(SafeUrl.Whole(First(arguments)?.ToString())));
        handlebars.RegisterHelper(
            OutputContext.UrlPartHelper, (writer, _, arguments) => writer.Write(SafeUrl.Part(First(arguments)?.ToString())));
        handlebars.RegisterHelper("plural", (writer, _, arguments) => writer.Write(Plural(arguments, locale)));
    }

    /// <summary>
    /// <c>{{money order.total}}</c>, or minor units and a currency: <c>{{money total-minor "EUR"}}</c>.
    /// </summary>
    private static string Money(Arguments arguments, string locale)
    {
        var value = First(arguments);
        if (value is Shown { Value: AttributeValue.Money }) return value.ToString()!;
        if (Decimal(value) is not { } minor || Math.Abs(minor) > 1e15m) return "";
        return arguments.Length > 1 && arguments[1]?.ToString() is { Length: 3 } currency
            ? LocaleText.Money((long)minor, currency, locale)
            : LocaleText.Number(minor, locale);
    }

    /// <summary>
    /// <c>{{plural points "point" "points"}}</c>, <c>{{plural points "балл" "балла" "баллов"}}</c>: the word alone.
    /// </summary>
    private static string Plural(Arguments arguments, string locale)
    {
        if (Decimal(First(arguments)) is not { } number || arguments.Length < 2) return "";
        var form = 1 + LocaleText.PluralForm(number, locale);
        return arguments[Math.Min(form, arguments.Length - 1)]?.ToString() ?? "";
    }

    /// <summary>The first argument; null where its path leads nowhere.</summary>
    private static object? First(Arguments arguments) =>
        arguments.Length == 0 || arguments[0] is UndefinedBindingResult ? null : arguments[0];

    private static decimal? Decimal(object? value) => value switch
    {
        decimal number => number,
        int number => number,
        long number => number,
        string text when decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var parsed) =>
            parsed,
        _ => null,
    };
}
