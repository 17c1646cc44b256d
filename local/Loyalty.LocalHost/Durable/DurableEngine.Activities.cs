namespace Loyalty.LocalHost.Durable;

/// <content>Activities and timers.</content>
public sealed partial class DurableEngine
{
    private readonly Queue<PendingActivity> _activityQueue = new();
    private readonly PriorityQueue<PendingTimer, (long FireAt, long Order)> _timers = new();
    private int _activityWorkers;

    /// <summary>When the earliest timer is due, in ticks; null: there is none.</summary>
    public long? NextTimer
    {
        get
        {
            lock (_gate)
            {
                while (_timers.TryPeek(out var timer, out _) && timer.IsCancelled) _timers.Dequeue();
                return _running && _timers.TryPeek(out var next, out _) ? next.FireAt : null;
            }
        }
    }

    /// <summary>Fires every timer that is due.</summary>
    public void FireTimers()
    {
        lock (_gate)
        {
            if (!_running) return;
            var now = _clock.UtcTicks;
            while (_timers.TryPeek(out var timer, out _) && (timer.IsCancelled || timer.FireAt <= now))
            {
                _timers.Dequeue();
                if (timer.IsCancelled) continue;
                var entry = timer.Entry;
                entry.Timers.Remove(timer.TaskId);
                if (timer.TaskId == PendingTimer.StartTask) entry.StartAt = null;
                else entry.Mailbox.Add(Incoming.Timer(timer.TaskId));
                Wake(entry);
            }
        }
    }

    private void SetTimer(InstanceEntry entry, int taskId, long fireAt)
    {
        var timer = new PendingTimer(entry, taskId, fireAt);
        entry.Timers.Add(taskId, timer);
        var isEarliest = !_timers.TryPeek(out _, out var first) || fireAt < first.FireAt;
        _timers.Enqueue(timer, (fireAt, NextId()));
        if (isEarliest) _clock.TimersChanged();
    }

    /// <summary>Puts an activity in line. Under the lock.</summary>
    private void StartActivity(PendingActivity activity)
    {
        Enter();
        _activityQueue.Enqueue(activity);
        if (_activityWorkers >= _options.MaxConcurrentActivities) return;
        _activityWorkers++;
        ThreadPool.UnsafeQueueUserWorkItem(static engine => _ = engine.RunActivitiesAsync(), this, preferLocal: false);
    }

    private async Task RunActivitiesAsync()
    {
        while (true)
        {
            PendingActivity? activity;
            lock (_gate)
            {
                if (!_activityQueue.TryDequeue(out activity))
                {
                    _activityWorkers--;
                    return;
                }
            }

            if (IsWanted(activity))
            {
                var (kind, payload) = await RunActivityAsync(activity);
                lock (_gate) Answer(activity, kind, payload);
            }

            lock (_gate) Leave();
        }
    }

    private bool IsWanted(PendingActivity activity)
    {
        lock (_gate) return _running && (activity.IsOrphan || activity.Entry.Key == activity.Key);
    }

    private async Task<(HistoryKind Kind, string? Payload)> RunActivityAsync(PendingActivity activity)
    {
        if (_functions.FindActivity(activity.Name) is not { } function)
        {
            var unknown = new InvalidOperationException($"There is no activity function named '{activity.Name}'.");
            return (HistoryKind.TaskFailed, Failure.From(unknown, final: true).ToJson());
        }

        try
        {
            var call = new ActivityCall(
                activity.Name, activity.Entry.InstanceId, activity.Input, _payloads, _stopping.Token);
            var result = await function(call);
            return (HistoryKind.TaskCompleted, _payloads.Write(result, $"the result of activity '{activity.Name}'"));
        }
        catch (Exception exception)
        {
            EngineLog.ActivityFailed(_logger, exception, activity.Name, activity.Entry.InstanceId);
            return (
                HistoryKind.TaskFailed, Failure.From(exception, final: exception is PayloadTooLargeException).ToJson());
        }
    }

    private void Answer(PendingActivity activity, HistoryKind kind, string? payload)
    {
        var entry = activity.Entry;

        // Stopped while it ran: its failure may be nothing but that, so it is run again.
        if (!_running || entry.Key != activity.Key || !entry.Activities.Remove(activity.TaskId)) return;
        var write = new EngineWrite(PersistenceKind.ActivityResult, entry.InstanceId);
        Deliver(entry, kind, activity.TaskId, null, payload, write);
        _ = Commit(write);
    }
}
