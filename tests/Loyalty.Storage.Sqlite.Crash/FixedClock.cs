using NodaTime;

namespace Loyalty.Storage.Sqlite.Crash;

/// <summary>Nothing here expires.</summary>
internal sealed class FixedClock : IClock
{
    public Instant GetCurrentInstant() => Instant.FromUtc(2026, 3, 1, 12, 0);
}
