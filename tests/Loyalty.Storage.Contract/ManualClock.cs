using NodaTime;

namespace Loyalty.Storage.Contract;

/// <summary>A clock that a test sets.</summary>
public sealed class ManualClock : IClock
{
    private long _ticks;

    public ManualClock(Instant start) => Now = start;

    public Instant Now
    {
        get => Instant.FromUnixTimeTicks(Interlocked.Read(ref _ticks));
        set => Interlocked.Exchange(ref _ticks, value.ToUnixTimeTicks());
    }

    public Instant GetCurrentInstant() => Now;
}
