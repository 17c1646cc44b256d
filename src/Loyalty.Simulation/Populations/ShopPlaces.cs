using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>Where a generated person lives.</summary>
internal sealed record ShopPlace(string Zone, string Country, string Locale, string FirstName)
{
    public DateTimeZone TimeZone { get; } = DateTimeZoneProviders.Tzdb[Zone];
}

/// <summary>The places of a generated population.</summary>
internal static class ShopPlaces
{
    public static ShopPlace[] All { get; } =
    [
        new("Europe/London", "GB", "en", "Emma"), new("Europe/Dublin", "IE", "en", "Liam"), new("Europe/Sofia", "BG", "bg", "Ivan"),
        new("America/New_York", "US", "en", "Olivia"), new("America/Los_Angeles", "US", "en", "Noah"), new("Europe/Berlin", "DE", "en", "Mia"),
        new("Europe/Moscow", "RU", "ru", "Anna"), new("Europe/Kyiv", "UA", "uk", "Olha"), new("Asia/Almaty", "KZ", "ru", "Maria"),
        new("Asia/Kolkata", "IN", "en", "Leo"),
    ];

    public static string[] Sources { get; } = ["search", "friend", "social", "newsletter", "fair"];
}
