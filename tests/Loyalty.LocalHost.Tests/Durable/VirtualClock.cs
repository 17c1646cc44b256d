using Loyalty.LocalHost.Durable;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>A clock that stands still until a test moves it; refuses to move while the engine has something under
/// way.</summary>
internal sealed class VirtualClock : IDurableClock
{
    public static readonly DateTime Start = new(2026, 3, 1, 9, 0, 0, DateTimeKind.Utc);

    private long _now = Start.Ticks;
    private int _underWay;

    public long UtcTicks => Interlocked.Read(ref _now);

    public DateTime Now => new(UtcTicks, DateTimeKind.Utc);

    public bool IsBusy => Volatile.Read(ref _underWay) > 0;

    public void Enter() => Interlocked.Increment(ref _underWay);

    public void Exit() => Interlocked.Decrement(ref _underWay);

    public void TimersChanged()
    {
        // The test asks for the next timer when the engine is quiet.
    }

    public void MoveTo(long ticks)
    {
        Assert.False(IsBusy, "Virtual time must not move while something is under way.");
        if (ticks > UtcTicks) Interlocked.Exchange(ref _now, ticks);
    }
}
