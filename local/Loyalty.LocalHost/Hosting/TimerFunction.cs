using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>A timer function as a source of moments. Its runs never overlap: the next tick is the first after a run's
/// end.</summary>
internal sealed class TimerFunction : IMomentSource
{
    private readonly Lock _gate = new();
    private readonly LocalFunction _function;
    private readonly TimerTriggerAttribute _trigger;
    private readonly CronSchedule _schedule;
    private readonly FunctionInvoker _invoker;
    private readonly HostClock _clock;
    private readonly SqliteDatabase _database;
    private readonly IIdleHint? _hint;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private Instant _last;
    private Task _run = Task.CompletedTask;
    private bool _isRunning;
    private bool _atOnce;
    private bool _pastDue;

    public TimerFunction(
        LocalFunction function,
        CronSchedule schedule,
        FunctionInvoker invoker,
        HostClock clock,
        SqliteDatabase database,
        IIdleHint? hint,
        ILogger logger,
        CancellationToken stopping)
    {
        _function = function;
        _trigger = (TimerTriggerAttribute)function.Trigger;
        _schedule = schedule;
        _invoker = invoker;
        _clock = clock;
        _database = database;
        _hint = clock.IsVirtual ? hint : null;
        _logger = logger;
        _stopping = stopping;
        _last = clock.Now;
        _atOnce = _trigger.RunOnStartup;
    }

    public static SchemaModule Schema { get; } = new("timers",
    [
        "CREATE TABLE timer_status(function TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL, next INTEGER NOT NULL) "
            + "WITHOUT ROWID",
    ]);

    /// <summary>The run under way, or a completed task.</summary>
    public Task Run
    {
        get
        {
            lock (_gate) return _run;
        }
    }

    /// <summary>With its monitor a timer knows what it missed while no host was running: it runs once, at
    /// once.</summary>
    public void Restore()
    {
        if (!_trigger.UseMonitor) return;
        var next = _database.Read(_function.Name, static (session, name) =>
        {
            using var row = session.Prepare("SELECT next FROM timer_status WHERE function = ?1").Bind(1, name);
            return row.Step() ? row.GetInt64(0) : long.MaxValue;
        });
        _pastDue = next < _clock.Now.ToUnixTimeTicks();
        _atOnce |= _pastDue;
    }

    public Instant? NextMoment()
    {
        lock (_gate)
        {
            if (_isRunning || _stopping.IsCancellationRequested) return null;
            if (_atOnce) return _last;
            if (_hint is null) return _schedule.Next(_last);
            return _hint.EarliestUse() is { } use ? _schedule.Next(Instant.Max(_last, use - Duration.Epsilon)) : null;
        }
    }

    public void Fire(Instant now)
    {
        IDisposable busy;
        bool pastDue;
        lock (_gate)
        {
            if (_isRunning) return;
            _isRunning = true;
            pastDue = _pastDue;
            _pastDue = false;
            _atOnce = false;
            busy = _clock.Busy(_function.Name);
            _run = Task.Run(() => RunAsync(now, pastDue, busy), CancellationToken.None);
        }
    }

    public override string ToString() => $"timer {_function.Name}";

    private async Task RunAsync(Instant now, bool pastDue, IDisposable busy)
    {
        using (busy)
        {
            try
            {
                var info = new TimerInfo { IsPastDue = pastDue, ScheduleStatus = Status(now) };
                await _invoker.InvokeAsync(
                    _function,
                    (
                        parameter,
                        _,
                        out value) => (value = parameter == _function.TriggerParameter
                            ? Value(parameter.ParameterType, info)
                            : null) is not null,
                    cancellation: _stopping);
                if (_trigger.UseMonitor) await SaveAsync(now);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The host stops; the next start makes up for it.
            }
            catch (Exception exception)
            {
                HostLog.TimerFailed(_logger, exception, _function.Name);
            }
            finally
            {
                lock (_gate)
                {
                    _last = Instant.Max(now, _clock.Now);
                    _isRunning = false;
                }

                _clock.Pulse();
            }
        }
    }

    private static object? Value(Type type, TimerInfo info) => type == typeof(TimerInfo) ? info : null;

    private ScheduleStatus Status(Instant now) => new()
    {
        Last = _last.ToDateTimeUtc(),
        Next = _schedule.Next(now).ToDateTimeUtc(),
        LastUpdated = now.ToDateTimeUtc(),
    };

    private Task SaveAsync(Instant now)
    {
        var next = _schedule.Next(now).ToUnixTimeTicks();
        return _database.WriteAsync(
            session => session.Prepare("INSERT OR REPLACE INTO timer_status(function, last, next) VALUES(?1, ?2, ?3)")
                .Bind(1, _function.Name).Bind(2, now.ToUnixTimeTicks()).Bind(3, next).Execute(),
            WriteFence.Owner);
    }
}
