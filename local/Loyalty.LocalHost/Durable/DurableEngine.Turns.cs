namespace Loyalty.LocalHost.Durable;

/// <content>Turns: an instance with something to do gets a thread, runs to its next wait, and is stored in one
/// write.</content>
public sealed partial class DurableEngine
{
    /// <summary>Puts an instance in line if it has something to do. Under the lock.</summary>
    private void Wake(InstanceEntry entry)
    {
        if (!_running || entry.IsQueued || entry.IsRunning || entry.IsFinished) return;
        if (entry.Status == InstanceStatus.Suspended || entry.StartAt is not null) return;
        if (entry.HasHistory && entry.Mailbox.Count == 0) return;
        entry.IsQueued = true;
        _ready.Enqueue(entry);
        Enter();
        if (_turnWorkers >= _options.MaxConcurrentTurns) return;
        _turnWorkers++;
        ThreadPool.UnsafeQueueUserWorkItem(static engine => engine.RunTurns(), this, preferLocal: false);
    }

    private void RunTurns()
    {
        while (true)
        {
            InstanceEntry? entry;
            lock (_gate)
            {
                if (!_ready.TryDequeue(out entry))
                {
                    _turnWorkers--;
                    return;
                }

                entry.IsQueued = false;
                entry.IsRunning = true;
            }

            try
            {
                RunTurn(entry);
            }
            catch (Exception exception)
            {
                // The orchestrator's own exceptions end in its outcome; this is the engine's or the file's.
                End(exception);
            }

            lock (_gate)
            {
                entry.IsRunning = false;
                TrimHot();
                Wake(entry);
                Leave();
            }
        }
    }

    private void RunTurn(InstanceEntry entry)
    {
        long key;
        Incoming[] incoming;
        OrchestrationRun? run;
        OrchestrationStart start;
        bool hasHistory;
        var at = Math.Max(_clock.UtcTicks, entry.UpdatedAt);
        lock (_gate)
        {
            if (!_running || entry.IsFinished || entry.Status == InstanceStatus.Suspended) return;
            key = entry.Key;
            incoming = [.. entry.Mailbox];
            run = entry.Run;
            hasHistory = entry.HasHistory;
            start = entry.ToStart();
            if (entry.HotNode is { } node)
            {
                _hot.Remove(node);
                entry.HotNode = null;
            }
        }

        string? difference = null;
        if (run is null)
        {
            run = new OrchestrationRun(
                start, _functions.FindOrchestrator(start.Orchestrator), _payloads, _options.LoggerFactory);
            if (hasHistory) difference = run.Replay(DurableReads.History(_database, key));
        }

        var outcome = difference is null
            ? run.RunTurn(at, incoming, replaying: false)
            : new TurnOutcome(
                incoming.Length,
                [],
                new TurnEnd.Failed(Failure.From(new NonDeterministicOrchestrationException(difference), final: true)),
                false);
        var consumed = new long[outcome.Consumed];
        for (var index = 0; index < consumed.Length; index++) consumed[index] = incoming[index].Sequence;
        var turn = new TurnRecord(at, consumed, outcome.Actions, outcome.End);
        var text = TurnCodec.Write(turn);
        lock (_gate)
        {
            // Terminated, replaced or dead meanwhile: this turn has not happened.
            if (!_running || entry.Key != key || entry.IsFinished) return;
            CommitTurn(entry, run, turn, text, outcome.CustomStatusChanged);
        }
    }

    private void CommitTurn(
        InstanceEntry entry, OrchestrationRun run, TurnRecord turn, string text, bool customStatusChanged)
    {
        var write = new EngineWrite(PersistenceKind.Turn, entry.InstanceId);
        var row = new HistoryRow(NextId(), HistoryKind.Turn, 0, null, text);
        var firstTurn = entry.Status == InstanceStatus.Pending;
        entry.Mailbox.RemoveRange(0, turn.Consumed.Count);
        entry.UpdatedAt = turn.At;
        entry.HasHistory = true;
        if (customStatusChanged) entry.CustomStatus = run.CustomStatus;
        _options.HistoryObserver?.OnAppended(entry.InstanceId, entry.Generation, row);
        foreach (var action in turn.Actions) Apply(entry, action, turn.End is not null, write);
        switch (turn.End)
        {
            case null:
                if (firstTurn) entry.Status = InstanceStatus.Running;
                entry.Run = run;
                entry.HotNode = _hot.AddLast(entry);
                if (firstTurn || customStatusChanged) write.SaveInstance(entry);
                write.AppendRow(entry, row);
                break;
            case TurnEnd.ContinuedAsNew next:
                BeginNextGeneration(entry, run, next, write);
                break;
            case TurnEnd.Completed completed:
                write.AppendRow(entry, row);
                Finish(entry, InstanceStatus.Completed, completed.Output, null, turn.At, write);
                break;
            case TurnEnd.Failed failed:
                write.AppendRow(entry, row);
                EngineLog.OrchestrationFailed(_logger, entry.Name, entry.InstanceId, failed.Failure.Details.ToString());
                Finish(entry, InstanceStatus.Failed, null, failed.Failure.ToJson(), turn.At, write);
                break;
        }

        _ = Commit(write);
        TrimHot();
    }

    private void Apply(InstanceEntry entry, DurableAction action, bool isLastTurn, EngineWrite write)
    {
        switch (action)
        {
            case DurableAction.Activity activity:
                var pending = new PendingActivity(
                    entry, activity.TaskId, activity.Name, activity.Input)
                { IsOrphan = isLastTurn };
                if (!isLastTurn) entry.Activities.Add(activity.TaskId, pending);
                (write.Activities ??= []).Add(pending);
                break;
            case DurableAction.Timer timer:
                if (!isLastTurn) SetTimer(entry, timer.TaskId, timer.FireAt);
                break;
            case DurableAction.CancelTimer timer:
                if (entry.Timers.Remove(timer.TaskId, out var cancelled)) cancelled.IsCancelled = true;
                break;
            case DurableAction.SubOrchestration sub:
                StartChild(entry, sub, write);
                break;
            case DurableAction.Event signal:
                if (_live.TryGetValue(signal.InstanceId, out var target) && !target.IsFinished)
                    Deliver(target, HistoryKind.EventRaised, 0, signal.Name, signal.Payload, write);
                else EngineLog.EventDropped(_logger, signal.Name, signal.InstanceId);
                break;
        }
    }

    /// <summary>Gives a live instance something and stores it with the write. Under the lock.</summary>
    private void Deliver(
        InstanceEntry entry, HistoryKind kind, int taskId, string? name, string? payload, EngineWrite write)
    {
        var incoming = new Incoming(NextId(), kind, taskId, name, payload);
        entry.Mailbox.Add(incoming);
        var row = incoming.ToRow();
        write.AppendRow(entry, row);
        _options.HistoryObserver?.OnAppended(entry.InstanceId, entry.Generation, row);
        Wake(entry);
    }

    private void StartChild(InstanceEntry parent, DurableAction.SubOrchestration sub, EngineWrite write)
    {
        if (_live.TryGetValue(sub.InstanceId, out var existing) && !existing.IsFinished)
        {
            var taken = new InvalidOperationException(
                $"There is already a live instance '{sub.InstanceId}'; a sub-orchestration needs an id of its own.");
            Deliver(parent, HistoryKind.TaskFailed, sub.TaskId, null, Failure.From(taken, final: true).ToJson(), write);
            return;
        }

        if (_functions.FindOrchestrator(sub.Name) is null)
        {
            var unknown = new InvalidOperationException($"There is no orchestrator function named '{sub.Name}'.");
            Deliver(
                parent, HistoryKind.TaskFailed, sub.TaskId, null, Failure.From(unknown, final: true).ToJson(), write);
            return;
        }

        var child = new InstanceEntry
        {
            InstanceId = sub.InstanceId,
            Name = sub.Name,
            Key = NextId(),
            CreatedAt = parent.UpdatedAt,
            UpdatedAt = parent.UpdatedAt,
            Version = sub.Version ?? string.Empty,
            Input = sub.Input,
            Parent = new ParentLink(parent.InstanceId, parent.Key, sub.TaskId, parent.Name),
        };
        Begin(child, write);
    }

    /// <summary>A new instance; an ended one of its id makes room. Under the lock.</summary>
    private void Begin(InstanceEntry entry, EngineWrite write)
    {
        _live[entry.InstanceId] = entry;
        write.SaveInstance(entry, isNew: true);
        _options.HistoryObserver?.OnStarted(entry.ToStart());
        if (entry.StartAt is { } at) SetTimer(entry, PendingTimer.StartTask, at);
        Wake(entry);
    }

    private void BeginNextGeneration(
        InstanceEntry entry, OrchestrationRun run, TurnEnd.ContinuedAsNew next, EngineWrite write)
    {
        write.DropHistory(entry.Key);
        IEnumerable<Incoming> unread = next.KeepEvents
            ? [.. run.UnreadEvents, .. entry.Mailbox.Where(incoming => incoming.Kind == HistoryKind.EventRaised)]
            : [];
        Forget(entry);
        entry.Mailbox.Clear();
        entry.Key = NextId();
        entry.Generation++;
        entry.Input = next.Input;
        entry.Version = next.Version ?? entry.Version;
        if (entry.Status != InstanceStatus.Suspended) entry.Status = InstanceStatus.Running;
        entry.HasHistory = false;
        entry.Run = null;
        write.SaveInstance(entry);
        _options.HistoryObserver?.OnStarted(entry.ToStart());
        foreach (var incoming in unread.ToList())
            Deliver(entry, HistoryKind.EventRaised, 0, incoming.Name, incoming.Payload, write);
    }

    /// <summary>An instance has ended: it is stored, its caller is told, what it waited for is let go. Under the
    /// lock.</summary>
    private void Finish(
        InstanceEntry entry, InstanceStatus status, string? output, string? failure, long at, EngineWrite write)
    {
        entry.Status = status;
        entry.Output = output;
        entry.Failure = failure;
        entry.CompletedAt = at;
        entry.UpdatedAt = at;
        entry.StartAt = null;
        entry.Run = null;
        Forget(entry);
        entry.Mailbox.Clear();
        write.SaveInstance(entry);
        if (entry.Parent is not { } link || !_live.TryGetValue(link.InstanceId, out var parent)
            || parent.Key != link.Key || parent.IsFinished)
            return;
        if (status == InstanceStatus.Completed)
            Deliver(parent, HistoryKind.TaskCompleted, link.TaskId, null, output, write);
        else Deliver(parent, HistoryKind.TaskFailed, link.TaskId, null, failure ?? Terminated(entry), write);
    }

    private static string Terminated(InstanceEntry entry) =>
        Failure.From(new InvalidOperationException($"Orchestration '{entry.Name}', instance '{entry.InstanceId}', was "
            + $"terminated.")).ToJson();

    private void Forget(InstanceEntry entry)
    {
        foreach (var timer in entry.Timers.Values) timer.IsCancelled = true;
        entry.Timers.Clear();
        entry.Activities.Clear();
        if (entry.HotNode is not { } node) return;
        _hot.Remove(node);
        entry.HotNode = null;
    }

    /// <summary>Lets the longest-waiting instances go cold. One whose turns are not durable yet cannot be replayed and
    /// stays. Under the lock.</summary>
    private void TrimHot()
    {
        var node = _hot.First;
        for (var excess = _hot.Count - _options.MaxHotInstances; excess > 0 && node is not null; excess--)
        {
            var next = node.Next;
            var entry = node.Value;
            if (entry.OpenTurns == 0 && !entry.IsRunning)
            {
                _hot.Remove(node);
                entry.HotNode = null;
                entry.Run = null;
            }

            node = next;
        }
    }
}
