using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>The timers of a virtual clock (<see cref="TimeProvider.CreateTimer"/>), as a source of moments.</summary>
internal sealed class VirtualTimers : IMomentSource
{
    private readonly HostClock _clock;
    private readonly Lock _gate = new();
    private readonly SortedSet<VirtualTimer> _armed = new(VirtualTimer.ByDue);
    private long _number;

    public VirtualTimers(HostClock clock) => _clock = clock;

    public ITimer Create(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, Interlocked.Increment(ref _number), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public Instant? NextMoment()
    {
        lock (_gate)
        {
            return _armed.Min?.Due;
        }
    }

    public void Fire(Instant now)
    {
        while (true)
        {
            VirtualTimer timer;
            lock (_gate)
            {
                if (_armed.Min is not { } first || first.Due > now)
                {
                    return;
                }

                timer = first;
                _armed.Remove(timer);
                if (timer.Period > Duration.Zero)
                {
                    timer.Due += timer.Period;
                    _armed.Add(timer);
                }
            }

            IDisposable busy = _clock.Busy("timer");
            ThreadPool.QueueUserWorkItem(
                static work =>
                {
                    using (work.busy)
                    {
                        work.timer.Call();
                    }
                },
                (timer, busy),
                preferLocal: false);
        }
    }

    public override string ToString() => "timers";

    private bool Change(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            if (timer.Disposed)
            {
                return false;
            }

            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.Due = _clock.Now + Duration.FromTimeSpan(dueTime);
                timer.Period = period == Timeout.InfiniteTimeSpan ? Duration.Zero : Duration.FromTimeSpan(period);
                _armed.Add(timer);
            }
        }

        _clock.Pulse();
        return true;
    }

    private void Remove(VirtualTimer timer)
    {
        lock (_gate)
        {
            timer.Disposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class VirtualTimer : ITimer
    {
        private readonly VirtualTimers _owner;
        private readonly long _number;
        private readonly TimerCallback _callback;
        private readonly object? _state;

        public VirtualTimer(VirtualTimers owner, long number, TimerCallback callback, object? state)
        {
            _owner = owner;
            _number = number;
            _callback = callback;
            _state = state;
        }

        public static IComparer<VirtualTimer> ByDue { get; } = Comparer<VirtualTimer>.Create(static (left, right) =>
            left.Due == right.Due ? left._number.CompareTo(right._number) : left.Due.CompareTo(right.Due));

        public Instant Due { get; set; }

        public Duration Period { get; set; }

        public bool Disposed { get; set; }

        public void Call() => _callback(_state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => _owner.Change(this, dueTime, period);

        public void Dispose() => _owner.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
