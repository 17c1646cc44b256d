using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <content>The loop that moves the clock. It is a work item that runs while there is something to fire, not a thread that waits.</content>
public sealed partial class HostClock
{
    /// <summary>So many fires of one instant without anything becoming busy mean that a source never gets done.</summary>
    private const int FiresOfOneInstant = 100_000;

    /// <summary>A real clock looks up at least so often, because the wall clock may be set.</summary>
    private static readonly Duration LongestSleep = Duration.FromMinutes(1);

    private static readonly Duration LatestAlarm = Duration.FromMilliseconds(1);

    private readonly List<Waiter> _waiters = [];
    private int _firesNow;

    /// <summary>
    /// Lets the clock run up to and including an instant, and waits until nothing is busy and nothing due is left up to then. A virtual clock that
    /// was not started then stands exactly at <paramref name="until"/>. Faults with <see cref="Failure"/> if the clock is stopped by one.
    /// </summary>
    public Task RunUntilAsync(Instant until, CancellationToken cancellation = default)
    {
        var waiter = new Waiter(until);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Failure is { } failure)
            {
                return Task.FromException(failure);
            }

            _waiters.Add(waiter);
            _version++;
            Drive();
        }

        if (cancellation.CanBeCanceled)
        {
            waiter.Cancellation = cancellation.Register(() => Cancel(waiter, cancellation));
        }

        return waiter.Done.Task;
    }

    /// <summary>Waits until nothing is busy and nothing is due now.</summary>
    public Task WaitForIdleAsync(CancellationToken cancellation = default) => RunUntilAsync(Now, cancellation);

    private bool MayRun => !_disposed && Failure is null && (_running || _waiters.Count > 0);

    /// <summary>Starts the loop if it has something to look at. Under the gate.</summary>
    private void Drive()
    {
        if (!_driving && MayRun && (_busyCount == 0 || !IsVirtual))
        {
            _driving = true;
            ThreadPool.UnsafeQueueUserWorkItem(static clock => clock.Run(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        try
        {
            while (Step())
            {
                // Each step has fired something; look again.
            }
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                Failure = failure;
                _driving = false;
                FailWaiters(failure);
            }
        }
    }

    /// <summary>One look at all sources; true if it is to be followed by another.</summary>
    private bool Step()
    {
        IMomentSource[] sources;
        long version;
        lock (_gate)
        {
            if (!MayRun || (IsVirtual && _busyCount > 0))
            {
                _driving = false;
                return false;
            }

            sources = _sources;
            version = _version;
        }

        // Sources have locks of their own, so they are asked outside the gate; if anything has begun or changed meanwhile, they are asked again.
        Instant? next = Earliest(sources);
        lock (_gate)
        {
            if (_version != version)
            {
                return true;
            }

            if (!TryMove(next))
            {
                _driving = false;
                return false;
            }

            _busyCount++;
        }

        try
        {
            Instant now = Now;
            if (_firesNow > FiresOfOneInstant)
            {
                IEnumerable<string?> culprits = sources.Where(source => source.NextMoment() <= now).Select(source => source.ToString());
                throw new InvalidOperationException($"At {now} something is due again and again: {string.Join(", ", culprits)}");
            }

            foreach (IMomentSource source in sources)
            {
                if (source.NextMoment() > now || source.NextMoment() is null)
                {
                    continue;
                }

                source.Fire(now);
                if (IsVirtual)
                {
                    // One source at a time: what it began is done before the next source of the same instant has its turn, so equal
                    // moments always come in the order of registration.
                    break;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _busyCount--;
            }
        }

        return true;
    }

    /// <summary>Decides under the gate, with nothing busy: true if sources are due (and now stands at their moment).</summary>
    private bool TryMove(Instant? next)
    {
        Instant now = Now;
        FinishWaiters(next, now);
        if (!IsVirtual)
        {
            return FireOrSleep(next, now);
        }

        if (next is not { } moment || !MayRun)
        {
            return false;
        }

        if (moment > Now)
        {
            Interlocked.Exchange(ref _nowTicks, CeilingTicks(moment));
            _moves++;
            _firesNow = 0;
        }
        else
        {
            _firesNow++;
        }

        return true;
    }

    private bool FireOrSleep(Instant? next, Instant now)
    {
        if (next <= now && MayRun)
        {
            return true;
        }

        // A waiter whose time has come waits for what is busy, which drives the loop when it ends.
        Instant? wake = MayRun ? next : null;
        foreach (Waiter waiter in _waiters)
        {
            if (waiter.Until > now && !(wake < waiter.Until))
            {
                wake = waiter.Until;
            }
        }

        if (wake is not { } moment)
        {
            return false;
        }

        Duration sleep = Duration.Min(Duration.Max(moment - now, Duration.Zero), LongestSleep);
        _alarm!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(sleep.TotalMilliseconds)), Timeout.InfiniteTimeSpan);

        // If the wall clock went on before the alarm was set, the alarm is late by as much: look again.
        Instant after = Now;
        return moment <= after || after - now > LatestAlarm;
    }

    /// <summary>Answers those who wait for instants before the next moment; a virtual clock that nobody has started goes there for them.</summary>
    private void FinishWaiters(Instant? next, Instant now)
    {
        if (_waiters.Count == 0 || _busyCount > 0)
        {
            return;
        }

        _waiters.Sort(static (left, right) => left.Until.CompareTo(right.Until));
        while (_waiters.Count > 0 && !(next <= _waiters[0].Until) && (IsVirtual || _waiters[0].Until <= now))
        {
            Waiter waiter = _waiters[0];
            _waiters.RemoveAt(0);
            if (IsVirtual && !_running && waiter.Until > Now)
            {
                Interlocked.Exchange(ref _nowTicks, CeilingTicks(waiter.Until));
                _moves++;
                _firesNow = 0;
            }

            waiter.Done.TrySetResult();
            waiter.Cancellation.Unregister();
        }
    }

    private static Instant? Earliest(IMomentSource[] sources)
    {
        Instant? earliest = null;
        foreach (IMomentSource source in sources)
        {
            if (source.NextMoment() is { } moment && (earliest is not { } known || moment < known))
            {
                earliest = moment;
            }
        }

        return earliest;
    }

    /// <summary>The clock has steps of 100 ns; a moment between two of them has come at the later one.</summary>
    private static long CeilingTicks(Instant moment)
    {
        long ticks = moment.ToUnixTimeTicks();
        return Instant.FromUnixTimeTicks(ticks) < moment ? ticks + 1 : ticks;
    }

    private void Cancel(Waiter waiter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
        }

        waiter.Done.TrySetCanceled(cancellation);
    }

    private void FailWaiters(Exception failure)
    {
        foreach (Waiter waiter in _waiters)
        {
            waiter.Done.TrySetException(failure);
        }

        _waiters.Clear();
    }

    private sealed class Waiter(Instant until)
    {
        public Instant Until { get; } = until;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenRegistration Cancellation { get; set; }
    }
}
