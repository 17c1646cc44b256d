using Loyalty.Core;
using NodaTime;

namespace Loyalty.Delivery.Templates;

/// <summary>Values by dotted path → the nested dictionaries that Handlebars walks.</summary>
internal static class TemplateModel
{
    public static Dictionary<string, object?> Build(
        IReadOnlyDictionary<string, AttributeValue> values, string locale, DateTimeZone zone)
    {
        var root = new Dictionary<string, object?>(StringComparer.Ordinal);
        // Shorter paths first, so that of "order" and "order.id" the one with parts inside stays.
        var ordered = values.OrderBy(static pair => pair.Key.Length).ThenBy(static pair => pair.Key, StringComparer.Ordinal);
        foreach (var (path, value) in ordered)
        {
            var parts = path.Split('.');
            var at = root;
            foreach (var part in parts.AsSpan(0, parts.Length - 1))
            {
                if (at.GetValueOrDefault(part) is not Dictionary<string, object?> inner)
                    at[part] = inner = new Dictionary<string, object?>(StringComparer.Ordinal);
                at = inner;
            }

            at[parts[^1]] = Show(value, locale, zone);
        }

        return root;
    }

    private static object? Show(AttributeValue value, string locale, DateTimeZone zone) => value switch
    {
        AttributeValue.Text text => SafeText.Clean(text.Value),
        // Handlebars' tests read numbers and booleans; trailing zeros would show.
        AttributeValue.Number number => number.Value / 1.0000000000000000000000000000m,
        AttributeValue.Flag flag => flag.Value,
        AttributeValue.List list => list.Values.Select(SafeText.Clean).ToArray(),
        AttributeValue.Money money => new Shown(value, LocaleText.Money(money.Minor, money.Currency, locale)),
        AttributeValue.Moment moment => new Shown(value, LocaleText.Date(moment.Value.InZone(zone).Date, locale)),
        AttributeValue.Day day => new Shown(value, LocaleText.Date(day.Value, locale)),
        _ => null,
    };
}

/// <summary>A value that helpers still know and that a bare tag shows as text.</summary>
internal sealed class Shown(AttributeValue value, string text)
{
    public AttributeValue Value { get; } = value;

    public override string ToString() => text;
}
