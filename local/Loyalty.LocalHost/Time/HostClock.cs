using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>
/// The host's one clock. Real: the wall clock, and moments are fired when they come. Virtual: time stands still while anything is busy and
/// otherwise goes straight to the earliest moment of all sources; <c>now</c> is kept in the file, see <see cref="VirtualClockRow"/>.
/// </summary>
/// <remarks>
/// The one rule for users of a virtual clock: whoever works holds <see cref="Busy"/>, and whoever starts other work opens its scope before closing
/// its own. Then time cannot move between "it is about to start" and "it has started".
/// </remarks>
public sealed partial class HostClock : TimeProvider, IClock, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _wall;
    private readonly VirtualTimers? _timers;
    private readonly ITimer? _alarm;
    private IMomentSource[] _sources = [];
    private BusyScope? _busy;
    private int _busyCount;
    private long _nowTicks;
    private long _version;
    private long _moves;
    private bool _running;
    private bool _driving;
    private bool _disposed;

    private HostClock(TimeProvider wall, Instant? virtualNow)
    {
        _wall = wall;
        IsVirtual = virtualNow is not null;
        if (virtualNow is { } start)
        {
            _nowTicks = start.ToUnixTimeTicks();
            _timers = new VirtualTimers(this);
            _sources = [_timers];
        }
        else
        {
            _alarm = wall.CreateTimer(_ => Pulse(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>True if time is virtual.</summary>
    public bool IsVirtual { get; }

    /// <summary>The present moment, in steps of 100 ns.</summary>
    public Instant Now => IsVirtual
        ? Instant.FromUnixTimeTicks(Interlocked.Read(ref _nowTicks))
        : Instant.FromDateTimeOffset(_wall.GetUtcNow());

    /// <summary>The wall clock, whatever this clock's time is: for waiting until something outside of the program has changed.</summary>
    internal TimeProvider Wall => _wall;

    /// <summary>How often virtual time has moved since the clock was made.</summary>
    public long Moves => Interlocked.Read(ref _moves);

    /// <summary>What stopped the clock: an exception of a source, or a source that never gets done. Null: it is well.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => IsVirtual ? TimeSpan.TicksPerSecond : _wall.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>A clock that follows the wall clock.</summary>
    /// <param name="wall">Default: the system's.</param>
    public static HostClock Real(TimeProvider? wall = null) => new(wall ?? System, null);

    /// <summary>A virtual clock that begins at an instant and keeps nothing; with a file: <see cref="VirtualClockRow.OpenAsync"/>.</summary>
    public static HostClock Virtual(Instant start) => new(System, start);

    /// <inheritdoc/>
    public Instant GetCurrentInstant() => Now;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    /// <inheritdoc/>
    public override long GetTimestamp() => IsVirtual ? Interlocked.Read(ref _nowTicks) : _wall.GetTimestamp();

    /// <summary>
    /// A timer of this clock; a virtual one's callbacks run on the thread pool and keep the clock busy while they run. So does what follows an awaited
    /// <c>Task.Delay(…, clock)</c> where there is no synchronization context, up to its next await. Who waits so must not hold <see cref="Busy"/>.
    /// </summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return _timers is null ? _wall.CreateTimer(callback, state, dueTime, period) : _timers.Create(callback, state, dueTime, period);
    }

    /// <summary>Adds a source; disposing the answer takes it out again.</summary>
    public IDisposable Register(IMomentSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        lock (_gate)
        {
            _sources = [.. _sources, source];
        }

        Pulse();
        return new Registration(this, source);
    }

    /// <summary>As <see cref="Register"/>, before all others: of equal moments of a virtual clock its is the first, and done before the others begin.</summary>
    public IDisposable RegisterFirst(IMomentSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        lock (_gate)
        {
            _sources = [source, .. _sources];
        }

        Pulse();
        return new Registration(this, source);
    }

    /// <summary>Says that a source has an earlier moment than before.</summary>
    public void Pulse()
    {
        lock (_gate)
        {
            _version++;
            Drive();
        }
    }

    /// <summary>
    /// Says that something is being worked on; until the answer is disposed, a virtual clock does not move. When this has returned, <see cref="Now"/>
    /// stands. Costs well under a microsecond; also counts in real time, for <see cref="WaitForIdleAsync"/>.
    /// </summary>
    /// <param name="what">What, for <see cref="BusyWith"/>; a constant or a name, not personal data.</param>
    public IDisposable Busy(string what)
    {
        var scope = new BusyScope(this, what);
        lock (_gate)
        {
            _version++;
            _busyCount++;
            scope.Next = _busy;
            if (_busy is not null)
            {
                _busy.Previous = scope;
            }

            _busy = scope;
        }

        return scope;
    }

    /// <summary>What is being worked on, the latest first; why a virtual clock does not move.</summary>
    public IReadOnlyList<string> BusyWith()
    {
        var what = new List<string>();
        lock (_gate)
        {
            for (BusyScope? scope = _busy; scope is not null; scope = scope.Next)
            {
                what.Add(scope.What);
            }
        }

        return what;
    }

    /// <summary>Lets the clock run freely from now on. Before, it runs only as far as <see cref="RunUntilAsync"/> asks.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _running = true;
            Drive();
        }
    }

    /// <summary>Stops a freely running clock: sources are not fired any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _running = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _running = false;
            FailWaiters(new ObjectDisposedException(nameof(HostClock)));
        }

        _alarm?.Dispose();
    }

    internal void Close(BusyScope scope)
    {
        lock (_gate)
        {
            if (scope.Next is not null)
            {
                scope.Next.Previous = scope.Previous;
            }

            if (scope.Previous is not null)
            {
                scope.Previous.Next = scope.Next;
            }
            else
            {
                _busy = scope.Next;
            }

            scope.Next = null;
            scope.Previous = null;
            _busyCount--;
            if (_busyCount == 0 && (IsVirtual || _waiters.Count > 0))
            {
                Drive();
            }
        }
    }

    private void Remove(IMomentSource source)
    {
        lock (_gate)
        {
            _sources = [.. _sources.Where(known => !ReferenceEquals(known, source))];
            _version++;
            Drive();
        }
    }

    private sealed class Registration(HostClock clock, IMomentSource source) : IDisposable
    {
        public void Dispose() => clock.Remove(source);
    }
}
