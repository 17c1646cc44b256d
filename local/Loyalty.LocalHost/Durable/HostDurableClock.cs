using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Durable;

/// <summary>The engine's time taken from the host's clock; its timers are moments of that clock.</summary>
public sealed class HostDurableClock : IDurableClock, IMomentSource, IDisposable
{
    private readonly HostClock _clock;
    private DurableEngine? _engine;
    private IDisposable? _registration;
    private IDisposable? _busy;

    /// <param name="clock">The host's clock.</param>
    public HostDurableClock(HostClock clock) => _clock = clock;

    /// <inheritdoc/>
    public long UtcTicks => _clock.Now.ToUnixTimeTicks() + DateTime.UnixEpoch.Ticks;

    /// <summary>Fires the engine's timers from now on.</summary>
    public void Attach(DurableEngine engine)
    {
        _engine = engine;
        _registration = _clock.Register(this);
    }

    /// <inheritdoc/>
    public void Enter() => _busy = _clock.Busy("durable engine");

    /// <inheritdoc/>
    public void Exit()
    {
        _busy?.Dispose();
        _busy = null;
    }

    /// <inheritdoc/>
    public void TimersChanged() => _clock.Pulse();

    /// <inheritdoc/>
    public Instant? NextMoment() =>
        _engine?.NextTimer is { } ticks ? Instant.FromUnixTimeTicks(ticks - DateTime.UnixEpoch.Ticks) : null;

    /// <inheritdoc/>
    public void Fire(Instant now) => _engine?.FireTimers();

    /// <inheritdoc/>
    public override string ToString() => "durable timers";

    /// <inheritdoc/>
    public void Dispose() => _registration?.Dispose();
}
