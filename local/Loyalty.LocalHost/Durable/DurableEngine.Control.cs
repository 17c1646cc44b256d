using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Durable;

/// <content>What clients ask: start, raise, suspend, resume, terminate, purge, wait. Each answer comes when it is
/// durable.</content>
public sealed partial class DurableEngine
{
    private readonly Dictionary<string, List<(bool ForEnd, TaskCompletionSource Source)>> _waiters = new(
        StringComparer.Ordinal);
    private static readonly InstanceStatus[] DefaultDedupe =
        [InstanceStatus.Pending, InstanceStatus.Running, InstanceStatus.Suspended];

    internal async Task StartInstanceAsync(
        string name, string? input, StartOrchestrationOptions options, string instanceId, string? tags)
    {
        if (_functions.FindOrchestrator(name) is null)
            throw new ArgumentException($"There is no orchestrator function named '{name}'.", nameof(name));
        var refuse = DedupeStatuses(options.DedupeStatuses);
        Task durable;
        lock (_gate)
        {
            DemandRunning();
            var now = _clock.UtcTicks;
            var write = new EngineWrite(PersistenceKind.Start, instanceId);
            if (_live.TryGetValue(instanceId, out var existing))
            {
                Refuse(instanceId, existing.Status, refuse);
                if (!existing.IsFinished) Finish(existing, InstanceStatus.Terminated, null, null, now, write);
            }
            else if (DurableReads.Find(_database, instanceId) is { } stored)
            {
                Refuse(instanceId, stored.Status, refuse);
            }

            var startAt = options.StartAt?.UtcTicks;
            Begin(
                new InstanceEntry
                {
                    InstanceId = instanceId,
                    Name = name,
                    Key = NextId(),
                    CreatedAt = now,
                    UpdatedAt = now,
                    StartAt = startAt > now ? startAt : null,
                    Version = options.Version?.Version ?? string.Empty,
                    Tags = tags,
                    Input = input,
                },
                write);
            durable = Commit(write);
        }

        await durable;
    }

    internal async Task RaiseEventAsync(string instanceId, string name, string? payload)
    {
        Task durable;
        lock (_gate)
        {
            DemandRunning();
            if (!_live.TryGetValue(instanceId, out var entry) || entry.IsFinished)
            {
                if (_options.MissingInstanceEvents == MissingInstanceEvents.Throw)
                    throw new InvalidOperationException(
                        $"Event '{name}' was raised for instance '{instanceId}', which does not exist or has ended.");
                EngineLog.EventDropped(_logger, name, instanceId);
                return;
            }

            var write = new EngineWrite(PersistenceKind.Event, instanceId);
            Deliver(entry, HistoryKind.EventRaised, 0, name, payload, write);
            durable = Commit(write);
        }

        await durable;
    }

    internal Task SuspendAsync(string instanceId) => ControlAsync(instanceId, (entry, write) =>
    {
        if (entry.Status == InstanceStatus.Suspended) return false;
        entry.Status = InstanceStatus.Suspended;
        write.SaveInstance(entry);
        return true;
    });

    internal Task ResumeAsync(string instanceId) => ControlAsync(instanceId, (entry, write) =>
    {
        if (entry.Status != InstanceStatus.Suspended) return false;
        entry.Status = entry.HasHistory || entry.Generation > 0 ? InstanceStatus.Running : InstanceStatus.Pending;
        write.SaveInstance(entry);
        Wake(entry);
        return true;
    });

    internal Task TerminateAsync(string instanceId, string? output, bool recursive) =>
        ControlAsync(instanceId, (entry, write) =>
    {
        var now = Math.Max(_clock.UtcTicks, entry.UpdatedAt);
        if (recursive)
        {
            foreach (var child in Descendants(entry))
                Finish(child, InstanceStatus.Terminated, output, null, now, write);
        }

        Finish(entry, InstanceStatus.Terminated, output, null, now, write);
        return true;
    });

    /// <summary>Deletes ended instances; others stay.</summary>
    internal async Task<int> PurgeAsync(IReadOnlyCollection<string> instanceIds)
    {
        Task durable;
        var count = 0;
        lock (_gate)
        {
            DemandRunning();
            var write = new EngineWrite(PersistenceKind.Control, instanceIds.FirstOrDefault() ?? string.Empty);
            foreach (var id in instanceIds.Distinct(StringComparer.Ordinal))
            {
                if (_live.TryGetValue(id, out var live) && !live.IsFinished) continue;
                if (live is null && DurableReads.Find(_database, id) is null) continue;
                write.DeleteInstance(id);
                count++;
            }

            if (count == 0) return 0;
            durable = Commit(write);
        }

        await durable;
        return count;
    }

    /// <summary>Waits until an instance has begun or ended; false: there is none.</summary>
    internal async Task<bool> WaitAsync(string instanceId, bool forEnd, CancellationToken cancellation)
    {
        TaskCompletionSource source;
        lock (_gate)
        {
            if (!_live.TryGetValue(instanceId, out var entry))
                return DurableReads.Find(_database, instanceId) is not null;
            if (entry.OpenWrites == 0 && HasCome(entry, forEnd)) return true;
            DemandRunning();
            source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_waiters.TryGetValue(instanceId, out var waiters)) _waiters.Add(instanceId, waiters = []);
            waiters.Add((forEnd, source));
        }

        await using var registration = cancellation.Register(() => source.TrySetCanceled(cancellation));
        await source.Task;
        return true;
    }

    internal long? LiveUpdatedAt(string instanceId)
    {
        lock (_gate) return _live.TryGetValue(instanceId, out var entry) ? entry.UpdatedAt : null;
    }

    private static bool HasCome(InstanceEntry entry, bool forEnd) =>
        forEnd ? entry.IsFinished : entry.Status != InstanceStatus.Pending;

    private static IReadOnlyList<InstanceStatus> DedupeStatuses(IReadOnlyList<string>? names)
    {
        if (names is null) return DefaultDedupe;
        var statuses = new List<InstanceStatus>(names.Count);
        foreach (var name in names)
        {
            if (!InstanceStatuses.TryParse(name, out var status))
                throw new ArgumentException($"'{name}' is no runtime status.", nameof(names));
            if (status is { } known) statuses.Add(known);
        }

        return statuses;
    }

    private static void Refuse(string instanceId, InstanceStatus status, IReadOnlyList<InstanceStatus> refused)
    {
        if (refused.Contains(status))
            throw new OrchestrationAlreadyExistsException(
                $"An orchestration with the instance id '{instanceId}' already exists; it is {status}.");
    }

    private async Task ControlAsync(string instanceId, Func<InstanceEntry, EngineWrite, bool> change)
    {
        Task durable;
        lock (_gate)
        {
            DemandRunning();

            // As on Azure, asking this of an instance that is not there or has ended does nothing.
            if (!_live.TryGetValue(instanceId, out var entry) || entry.IsFinished) return;
            var write = new EngineWrite(PersistenceKind.Control, instanceId);
            if (!change(entry, write)) return;
            durable = Commit(write);
        }

        await durable;
    }

    private List<InstanceEntry> Descendants(InstanceEntry root)
    {
        var found = new List<InstanceEntry>();
        var ids = new HashSet<string>(StringComparer.Ordinal) { root.InstanceId };
        while (true)
        {
            var next = _live.Values.Where(entry => !entry.IsFinished && entry.Parent is { } link
                && ids.Contains(link.InstanceId)
                && !ids.Contains(entry.InstanceId)).ToList();
            if (next.Count == 0) return found;
            found.AddRange(next);
            foreach (var entry in next) ids.Add(entry.InstanceId);
        }
    }

    /// <summary>Tells those who wait for an instance, once what they wait for is durable. Under the lock.</summary>
    private void Announce(InstanceEntry entry)
    {
        if (_waiters.Count == 0 || entry.OpenWrites > 0 || !_waiters.TryGetValue(entry.InstanceId, out var waiters))
            return;
        for (var index = waiters.Count - 1; index >= 0; index--)
        {
            if (!HasCome(entry, waiters[index].ForEnd)) continue;
            waiters[index].Source.TrySetResult();
            waiters.RemoveAt(index);
        }

        if (waiters.Count == 0) _waiters.Remove(entry.InstanceId);
    }

    private void FailWaiters(Exception? fault)
    {
        foreach (var (_, source) in _waiters.Values.SelectMany(waiters => waiters))
            source.TrySetException(fault ?? new InvalidOperationException("The durable engine has stopped."));
        _waiters.Clear();
    }
}
