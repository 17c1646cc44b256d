using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>
/// Knows when a timer function would next have something to do. Virtual time then skips its ticks before; real time
/// runs every tick. Register
/// implementations as services.
/// </summary>
public interface IIdleHint
{
    /// <summary>The timer function's name.</summary>
    string Function { get; }

    /// <summary>
    /// The earliest instant at which a tick would find something to do; past: the next tick would; null: none would, as
    /// things are. Asked often and
    /// from any thread, so it must be quick.
    /// </summary>
    Instant? EarliestUse();
}
