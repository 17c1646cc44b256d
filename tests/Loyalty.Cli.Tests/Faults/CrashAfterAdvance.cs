using System.Collections.Concurrent;
using Loyalty.Core.Runs;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.Tests.Faults;

/// <summary>
/// Kills the engine between AdvanceRun's commit and its recorded result: the turn that queued the n-th message is in the run's document, and the
/// history does not know.
/// </summary>
internal sealed class CrashAfterAdvance(int nth, CancellationTokenSource killed) : IPersistenceObserver, IDisposable
{
    private readonly ConcurrentDictionary<string, bool> _queued = new(StringComparer.Ordinal);
    private ProgramHost? _host;
    private IDisposable? _dead;
    private int _turns;
    private int _crashes;

    /// <summary>1 once it has happened.</summary>
    public int Crashes => _crashes;

    /// <summary>The host that will be killed.</summary>
    public IDisposable? Begin(ProgramHost host)
    {
        _host = host;
        return null;
    }

    /// <summary>A run's document was committed.</summary>
    public void OnCommitted(RunDocument document)
    {
        var instance = RunProtocol.InstanceId(document.Run.RunId, document.Gen);
        if (document.Outbox.Any(static item => item.State == OutboxState.Open)) _queued[instance] = true;
        else _queued.TryRemove(instance, out _);
    }

    public PersistenceVerdict OnPersisting(PersistencePoint point)
    {
        if (point.Kind != PersistenceKind.ActivityResult || !_queued.TryRemove(point.InstanceId, out _)) return PersistenceVerdict.Continue;
        if (Interlocked.Increment(ref _turns) != nth) return PersistenceVerdict.Continue;
        Interlocked.Increment(ref _crashes);
        // A dead process has no time: the clock stands until the host is gone.
        _dead = _host!.Clock.Busy("killed");
        // Under the engine's lock nothing may wait.
        _ = Task.Run(killed.Cancel);
        return PersistenceVerdict.CrashBefore;
    }

    public void Dispose() => _dead?.Dispose();
}
