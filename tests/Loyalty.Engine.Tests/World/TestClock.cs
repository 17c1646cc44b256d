using NodaTime;

namespace Loyalty.Engine.Tests.World;

/// <summary>A clock that stands where it was set.</summary>
internal sealed class TestClock(Instant now) : IClock
{
    public Instant Now { get; set; } = now;

    public Instant GetCurrentInstant() => Now;
}
