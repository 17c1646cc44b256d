using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Loyalty.LocalHost.Durable;

/// <summary>
/// Runs orchestrations on one SQLite file with the promises of the real engine: event-sourced history, at-least-once
/// activities, replay after a
/// crash at any point, durable timers, external events, sub-orchestrations, continue-as-new, suspend, terminate, purge
/// and query.
/// </summary>
/// <remarks>
/// One lock guards all instances. Under it the state in memory is changed and the same change is added to the
/// database's writer, which commits in
/// that order; so what a crash leaves in the file is always a state that memory has had. What reaches the outside (an
/// activity's start, an answer
/// to a client) waits until its write is durable. Only the owner of the file may start an engine: all its writes are
/// fenced.
/// </remarks>
public sealed partial class DurableEngine : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteDatabase _database;
    private readonly DurableFunctions _functions;
    private readonly IDurableClock _clock;
    private readonly DurableEngineOptions _options;
    private readonly Payloads _payloads;
    private readonly ILogger _logger;
    private readonly Dictionary<string, InstanceEntry> _live = new(StringComparer.Ordinal);
    private readonly LinkedList<InstanceEntry> _hot = [];
    private readonly Queue<InstanceEntry> _ready = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _quiet;
    private long _lastId;
    private int _points;
    private int _turnWorkers;
    private int _underWay;
    private bool _running;
    private Exception? _fault;

    /// <param name="database">The file.</param>
    /// <param name="functions">What can be run.</param>
    /// <param name="clock">The engine's time.</param>
    /// <param name="options">Null: the defaults.</param>
    public DurableEngine(
        SqliteDatabase database, DurableFunctions functions, IDurableClock clock, DurableEngineOptions? options = null)
    {
        _database = database;
        _functions = functions;
        _clock = clock;
        _options = options ?? new DurableEngineOptions();
        if (_options.MaxConcurrentActivities < 1 || _options.MaxConcurrentTurns < 1 || _options.MaxHotInstances < 0)
            throw new ArgumentOutOfRangeException(
                nameof(options), options, "Concurrency is at least 1, the number of hot instances at least 0.");
        _payloads = new Payloads(_options.PayloadJson);
        _logger = _options.LoggerFactory.CreateLogger<DurableEngine>();
    }

    /// <summary>Completes when the engine has come to an end: stopped, or faulted because nothing can be stored (then
    /// it faults too).</summary>
    public Task Ended => _ended.Task;

    /// <summary>Live instances; for tests and reports.</summary>
    public int LiveInstances
    {
        get
        {
            lock (_gate) return _live.Count;
        }
    }

    internal Payloads Payloads => _payloads;

    internal SqliteDatabase Database => _database;

    internal DurableEngineOptions Options => _options;

    /// <summary>Completes when nothing is ready or under way: only timers and clients can go on from there.</summary>
    public Task WhenQuietAsync()
    {
        lock (_gate)
        {
            return _underWay == 0 || !_running
                ? Task.CompletedTask
                : (_quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>
    /// Takes no further turn or activity, waits for those under way and for their writes. An activity that does not end
    /// within the grace is left
    /// alone; it is run again after the next start.
    /// </summary>
    public async Task StopAsync(TimeSpan grace)
    {
        Task quiet;
        lock (_gate)
        {
            if (!_running) return;
            _running = false;
            DropQueues();
            quiet = _underWay == 0
                ? Task.CompletedTask
                : (_quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await _stopping.CancelAsync();
        await Task.WhenAny(quiet, Task.Delay(grace, TimeProvider.System, CancellationToken.None));
        End(null);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(5));
        End(null);
        _stopping.Dispose();
    }

    /// <summary>Adds a write to the database in the order of the changes in memory. Call it under the lock, once the
    /// change is made.</summary>
    private Task Commit(EngineWrite write)
    {
        var verdict = _options.PersistenceObserver?.OnPersisting(
            new PersistencePoint(++_points, write.Kind, write.InstanceId))
            ?? PersistenceVerdict.Continue;
        if (verdict == PersistenceVerdict.CrashBefore)
        {
            Die();
            return Task.FromCanceled(new CancellationToken(canceled: true));
        }

        Enter();
        write.Number = ++_lastWrite;
        var durable = _lastDurable = FinishAsync(write, _lastDurable);
        if (verdict == PersistenceVerdict.CrashAfter) Die();
        return durable;
    }

    private async Task FinishAsync(EngineWrite write, Task before)
    {
        try
        {
            await StoreAsync(write, before);
        }
        catch (Exception exception)
        {
            End(exception);
            throw;
        }
        finally
        {
            lock (_gate)
            {
                OnWritten(write);
                Leave();
            }
        }
    }

    /// <summary>A write is durable: what waited for it goes on.</summary>
    private void OnWritten(EngineWrite write)
    {
        foreach (var entry in write.Touched)
        {
            entry.OpenWrites--;
            if (write.Kind == PersistenceKind.Turn) entry.OpenTurns--;
            if (entry.IsFinished && entry.OpenWrites == 0 && _live.TryGetValue(entry.InstanceId, out var current)
                && current == entry)
                _live.Remove(entry.InstanceId);
            if (_fault is null) Announce(entry);
        }

        TrimHot();
        if (!_running || write.Activities is null) return;
        foreach (var activity in write.Activities) StartActivity(activity);
    }

    private long NextId() => ++_lastId;

    /// <summary>What is under way holds virtual time. Call under the lock.</summary>
    private void Enter()
    {
        if (_underWay++ == 0) _clock.Enter();
    }

    private void Leave()
    {
        if (--_underWay > 0) return;
        _clock.Exit();
        _quiet?.TrySetResult();
        _quiet = null;
    }

    /// <summary>As after a crash: from here on nothing is stored and nothing started. Under the lock.</summary>
    private void Die()
    {
        _running = false;
        DropQueues();
        _ended.TrySetResult();
    }

    private void DropQueues()
    {
        while (_ready.TryDequeue(out var entry))
        {
            entry.IsQueued = false;
            Leave();
        }

        while (_activityQueue.TryDequeue(out _)) Leave();
    }

    private void End(Exception? fault)
    {
        lock (_gate)
        {
            if (_running)
            {
                _running = false;
                DropQueues();
            }

            if (fault is not null && _fault is null && !_ended.Task.IsCompleted)
            {
                _fault = fault;
                EngineLog.Faulted(_logger, fault);
            }

            FailWaiters(fault);
        }

        if (fault is null) _ended.TrySetResult();
        else _ended.TrySetException(fault);
    }

    private void DemandRunning()
    {
        if (_running) return;
        throw new InvalidOperationException(
            _fault is null
                ? "The durable engine is not running here."
                : "The durable engine has stopped because nothing could be stored.",
            _fault);
    }
}
