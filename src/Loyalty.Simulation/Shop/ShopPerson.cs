using System.Globalization;
using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>Who a generated person is; follows from the seed and the number alone.</summary>
public sealed record ShopPerson
{
    private static readonly (string First, string Last)[] English =
    [
        ("Emma", "Clarke"), ("Liam", "Hughes"), ("Olivia", "Reed"), ("Noah", "Bennett"), ("Ava", "Foster"),
        ("Jack", "O'Neil"), ("Mia", "Turner"), ("Leo", "Grant"), ("Zoë", "Marsh"), ("Hugo", "Lange"),
        ("Mira", "Petrova"), ("Ivan", "Dimitrov"),
    ];

    private static readonly (string First, string Last, string Latin)[] Russian =
    [
        ("Анна", "Смирнова", "anna.smirnova"), ("Иван", "Петров", "ivan.petrov"),
        ("Ольга", "Кузнецова", "olga.kuznetsova"), ("Дмитрий", "Соколов", "dmitry.sokolov"),
        ("Мария", "Попова", "maria.popova"), ("Алексей", "Лебедев", "alexey.lebedev"),
        ("Елена", "Новикова", "elena.novikova"), ("Пётр", "Морозов", "petr.morozov"),
    ];

    private static readonly (string Zone, string Country)[] EnglishPlaces =
    [
        ("Europe/London", "GB"), ("Europe/Dublin", "IE"), ("Europe/Sofia", "BG"), ("America/New_York", "US"),
        ("Europe/Berlin", "DE"),
    ];

    private static readonly (string Zone, string Country)[] RussianPlaces =
        [("Europe/Moscow", "RU"), ("Europe/Samara", "RU"), ("Asia/Yekaterinburg", "RU"), ("Asia/Almaty", "KZ")];

    private static readonly string[] Sources = ["search", "search", "friend", "social", "newsletter", "fair"];

    /// <summary>From 0.</summary>
    public required int Number { get; init; }

    public required string FirstName { get; init; }
    public required string LastName { get; init; }

    /// <summary>Ends with the number: <c>anna.smirnova.17@example.com</c>.</summary>
    public required string Email { get; init; }
    public required string Phone { get; init; }

    /// <summary><c>en</c> or <c>ru</c>.</summary>
    public required string Locale { get; init; }
    public required string Zone { get; init; }
    public required string Country { get; init; }
    public required string Source { get; init; }

    /// <summary>Agreed to offers at sign-up.</summary>
    public required bool Agreed { get; init; }

    /// <summary>Never makes an account; buys with an e-mail address only.</summary>
    public required bool IsGuest { get; init; }

    /// <summary>The shop's id of the account.</summary>
    public long ShopId => 6_100_000_000_000L + Number;

    public DateTimeZone TimeZone => DateTimeZoneProviders.Tzdb[Zone];

    /// <summary>The person with a number.</summary>
    public static ShopPerson Of(long seed, int number)
    {
        var dice = Dice.Of(seed, "person", number.ToString(CultureInfo.InvariantCulture));
        var isRussian = dice.Chance(0.35);
        var russian = dice.Pick(Russian);
        var english = dice.Pick(English);
        var (zone, country) = dice.Pick(isRussian ? RussianPlaces : EnglishPlaces);
        var latin = isRussian ? russian.Latin : Latin($"{english.First}.{english.Last}");
        return new ShopPerson
        {
            Number = number,
            FirstName = isRussian ? russian.First : english.First,
            LastName = isRussian ? russian.Last : english.Last,
            Email = string.Create(CultureInfo.InvariantCulture, $"{latin}.{number}@example.com"),
            Phone = string.Create(CultureInfo.InvariantCulture, $"+35988{number:0000000}"),
            Locale = isRussian ? "ru" : "en",
            Zone = zone,
            Country = country,
            Source = dice.Pick(Sources),
            Agreed = dice.Chance(0.78),
            IsGuest = dice.Chance(0.08),
        };
    }

    private static string Latin(string name) => name.ToLowerInvariant()
        .Replace("'", "", StringComparison.Ordinal).Replace("ë", "e", StringComparison.Ordinal);

    /// <summary>The number in an address of <see cref="Email"/>'s form, or null.</summary>
    public static int? NumberOf(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        var dot = at < 0 ? -1 : email.LastIndexOf('.', at);
        return dot >= 0 && int.TryParse(
            email.AsSpan(dot + 1, at - dot - 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number) ? number : null;
    }
}
