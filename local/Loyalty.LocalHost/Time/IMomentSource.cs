using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>
/// Something that has work at moments: a queue, durable timers, a cron schedule, a load generator. Registered with <see cref="HostClock.Register"/>.
/// </summary>
public interface IMomentSource
{
    /// <summary>
    /// The earliest moment at which it has something to do, or null. May be in the past: then it is fired at once. Called often and from any thread,
    /// so it must be quick and must not call the clock while it holds a lock that <see cref="Fire"/> takes. When the answer gets earlier,
    /// the source says so by <see cref="HostClock.Pulse"/> (or changes while something is busy, which is the same).
    /// </summary>
    Instant? NextMoment();

    /// <summary>
    /// Its moment has come. Must be quick: it hands the work on, and whoever does the work opens <see cref="HostClock.Busy"/> before this returns.
    /// Afterwards <see cref="NextMoment"/> must be later than <paramref name="now"/> or the work must have been begun.
    /// </summary>
    void Fire(Instant now);
}
