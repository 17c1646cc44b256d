using NodaTime;

namespace Loyalty.Core.Calendars;

/// <summary>Zones by id. A decision asks for one customer's zone a dozen times; the last answer is kept for the thread.</summary>
internal static class ZoneCache
{
    [ThreadStatic]
    private static string? _id;

    [ThreadStatic]
    private static DateTimeZone? _zone;

    /// <summary>The zone of an IANA id; null: there is none.</summary>
    public static DateTimeZone? Find(string id)
    {
        if (ReferenceEquals(id, _id)) return _zone;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
        (_id, _zone) = (id, zone);
        return zone;
    }
}
