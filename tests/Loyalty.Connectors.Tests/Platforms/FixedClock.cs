using NodaTime;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>Stands still.</summary>
internal sealed class FixedClock(Instant now) : IClock
{
    public Instant GetCurrentInstant() => now;
}
