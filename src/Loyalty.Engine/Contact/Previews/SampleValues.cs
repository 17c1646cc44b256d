using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Contact.Previews;

/// <summary>
/// A made-up customer and made-up happenings to show templates with: each path has a value of its own type, in the language that is shown. The same
/// template at the same moment shows the same.
/// </summary>
/// <param name="program">Whose name, currency and links are shown.</param>
/// <param name="locale">The language that is shown.</param>
/// <param name="now">The moment.</param>
internal sealed class SampleValues(LiveProgram program, string locale, Instant now)
{
    /// <summary>Nobody's id: no customer's id has a space.</summary>
    public const string CustomerId = "sample customer";

    private static readonly ImmutableDictionary<string, (string First, string Last, string Thing)> Words =
        new Dictionary<string, (string, string, string)>(StringComparer.Ordinal)
        {
            ["en"] = ("Alex", "Sample", "Sample item"),
            ["ru"] = ("Саша", "Пример", "Товар для примера"),
            ["uk"] = ("Саша", "Приклад", "Товар для прикладу"),
            ["bg"] = ("Алекс", "Пример", "Примерна стока"),
        }.ToImmutableDictionary(StringComparer.Ordinal);

    private readonly (string First, string Last, string Thing) _words =
        Words.GetValueOrDefault(locale.Split('-')[0].ToLowerInvariant(), Words["en"]);

    /// <summary>The value of a path.</summary>
    /// <param name="path">As templates write it, or a bare name.</param>
    /// <param name="info">Its type, where it is known; null: its name tells.</param>
    public AttributeValue Of(string path, AttributeInfo? info = null)
    {
        if (path.StartsWith("program.", StringComparison.Ordinal)) return Program(path["program.".Length..]);
        if (path.StartsWith("customer.", StringComparison.Ordinal) && Customer(path["customer.".Length..]) is { } own) return own;
        info ??= Known(path);
        var name = path[(path.LastIndexOf('.') + 1)..];
        return OfType(name, info?.Type ?? TypeOf(name), info?.Values ?? []);
    }

    private AttributeValue Program(string name) => name switch
    {
        "name" => program.SenderName ?? program.Model.Name,
        "url" => Url,
        "currency" => program.Model.Currency,
        "zone" => program.Model.Zone,
        "locale" => program.Model.Locale,
        _ => AttributeValue.None,
    };

    private AttributeValue? Customer(string name) => name switch
    {
        "id" => CustomerId,
        "first-name" => _words.First,
        "last-name" => _words.Last,
        "name" => $"{_words.First} {_words.Last}",
        "email" => "alex@example.com",
        "phone" => "+12025550123",
        "locale" => locale,
        "zone" => program.Model.Zone,
        "country" => "US",
        "stage" => CustomerStages.Word(CustomerStage.Repeat),
        "points" or "points-pending" or "next-expiry-points" => name == "points" ? 340L : 50L,
        "birthday" => new AttributeValue.Day(new LocalDate(1990, 3, 14)),
        _ => null,
    };

    private AttributeInfo? Known(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return null;
        var (root, name) = (path[..dot], path[(dot + 1)..]);
        return root switch
        {
            "customer" => BuiltInAttributes.Customer.GetValueOrDefault(name),
            "asset" => BuiltInAttributes.Asset.GetValueOrDefault(name),
            _ => null,
        };
    }

    private AttributeValue OfType(string name, AttributeType type, ImmutableArray<string> values) => type switch
    {
        AttributeType.Number => name.Contains("points", StringComparison.Ordinal) ? 120L : name.Contains("percent", StringComparison.Ordinal) ? 10L : 3L,
        AttributeType.Flag => true,
        AttributeType.Money => new AttributeValue.Money(CurrencyTable.ToMinor(49, program.Model.Currency) ?? 4900, program.Model.Currency),
        AttributeType.Moment => now + (IsAhead(name) ? Duration.FromDays(14) : -Duration.FromDays(14)),
        AttributeType.Day or AttributeType.AnnualDay => new AttributeValue.Day(now.InZone(program.Model.TimeZone).Date.PlusDays(14)),
        AttributeType.List => new AttributeValue.List([_words.Thing]),
        _ => values.IsDefaultOrEmpty ? Text(name) : values[0],
    };

    private AttributeValue Text(string name)
    {
        if (Has(name, "url") || Has(name, "link") || Has(name, "page")) return Url;
        if (Has(name, "code")) return "SAMPLE10";
        if (Has(name, "currency")) return program.Model.Currency;
        if (Has(name, "locale")) return locale;
        if (Has(name, "number") || Has(name, "id")) return "1001";
        if (Has(name, "friend") || Has(name, "name")) return _words.First;
        return Has(name, "title") || Has(name, "product") || Has(name, "item") ? _words.Thing : $"{_words.Last} {name.Replace('-', ' ')}";
    }

    /// <summary>What a name says of its type, where nothing else tells.</summary>
    private static AttributeType TypeOf(string name)
    {
        if (name.EndsWith("-at", StringComparison.Ordinal) || Has(name, "until")) return AttributeType.Moment;
        if (Has(name, "points") || Has(name, "count") || Has(name, "days") || Has(name, "orders") || Has(name, "rating") || Has(name, "percent") || Has(name, "left")) return AttributeType.Number;
        if (Has(name, "total") || Has(name, "amount") || Has(name, "price") || Has(name, "spend") || Has(name, "discount") || Has(name, "minimum")) return AttributeType.Money;
        if (Has(name, "day") || Has(name, "date")) return AttributeType.Day;
        return name.StartsWith("is-", StringComparison.Ordinal) || name.StartsWith("has-", StringComparison.Ordinal) ? AttributeType.Flag
            : Has(name, "titles") || Has(name, "items") || Has(name, "skus") || Has(name, "products") ? AttributeType.List
            : AttributeType.Text;
    }

    private static bool IsAhead(string name) => Has(name, "expires") || Has(name, "expiry") || Has(name, "expected") || Has(name, "next") || Has(name, "until") || Has(name, "due") || Has(name, "ends");

    /// <summary>Whether a name has a word: <c>order-total</c> has <c>total</c>.</summary>
    private static bool Has(string name, string word) => name.Split('-').Contains(word);

    private string Url => program.Url ?? "https://shop.example";
}
