using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <content>
/// Pausing: while the file takes no writes (a full disk, a lock of another process) no message can be settled, and none is to blame. Their deliveries do not
/// count, and nothing is delivered before the pause is over.
/// </content>
public sealed partial class LocalQueue
{
    private Duration _lastPause = Duration.Zero;
    private ITimer? _pause;
    private IDisposable? _pauseBusy;

    /// <summary>Begins a pause, longer than the one before if nothing was settled since, during which virtual time stands; null: one is under way. Under the gate.</summary>
    private Duration? Pause()
    {
        if (_pause is not null || _handler is null)
        {
            return null;
        }

        _lastPause = FilePause.After(_lastPause);
        _pauseBusy = _clock.IsVirtual ? _clock.Busy("queue pause") : null;
        _pause = _clock.Wall.CreateTimer(static queue => ((LocalQueue)queue!).EndPause(), this, _lastPause.ToTimeSpan(), Timeout.InfiniteTimeSpan);
        return _lastPause;
    }

    private void EndPause()
    {
        IDisposable? busy;
        lock (_gate)
        {
            _pause?.Dispose();
            _pause = null;
            busy = _pauseBusy;
            _pauseBusy = null;
            Pump();
        }

        busy?.Dispose();
    }

    /// <summary>A message that could not be taken out of the queue is in it again. Under the gate.</summary>
    private Duration? TakeBack(QueueEntry entry)
    {
        entry.Gone = false;
        Duration? pause = Pause();
        _ready.Add(entry);
        return pause;
    }
}
