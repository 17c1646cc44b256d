namespace Loyalty.LocalHost.Durable;

/// <summary>What a history row is.</summary>
public enum HistoryKind
{
    /// <summary>A turn of the orchestrator: what it was given and what it asked for.</summary>
    Turn = 0,

    /// <summary>An activity or sub-orchestration has a result.</summary>
    TaskCompleted = 1,

    /// <summary>An activity or sub-orchestration has failed.</summary>
    TaskFailed = 2,

    /// <summary>An external event has arrived.</summary>
    EventRaised = 3,

    /// <summary>A timer is due; never a row of its own, it follows from the turn that saw it.</summary>
    TimerFired = 4,
}

/// <summary>One row of an instance's history.</summary>
/// <param name="Sequence">Order in the history; grows, with gaps.</param>
/// <param name="Kind">What it is.</param>
/// <param name="TaskId">The task it answers; 0 for turns and events.</param>
/// <param name="Name">The event's name.</param>
/// <param name="Payload">JSON: result, failure, event data or the turn.</param>
public sealed record HistoryRow(long Sequence, HistoryKind Kind, int TaskId, string? Name, string? Payload);

/// <summary>What an orchestration generation begins with.</summary>
/// <param name="Orchestrator">Its function's name.</param>
/// <param name="InstanceId">Its id.</param>
/// <param name="Generation">0, then one more with every continue-as-new.</param>
/// <param name="Input">JSON or null.</param>
/// <param name="ParentName">Name of the orchestration that called it; null: a client started it.</param>
/// <param name="ParentInstanceId">That orchestration's id.</param>
/// <param name="Version">Empty: none.</param>
public sealed record OrchestrationStart(
    string Orchestrator,
    string InstanceId,
    int Generation,
    string? Input,
    string? ParentName = null,
    string? ParentInstanceId = null,
    string Version = "");

/// <summary>Something that has arrived for an orchestrator.</summary>
internal sealed class Incoming
{
    public Incoming(long sequence, HistoryKind kind, int taskId, string? name, string? payload)
    {
        Sequence = sequence;
        Kind = kind;
        TaskId = taskId;
        Name = name;
        Payload = payload;
    }

    public long Sequence { get; }

    public HistoryKind Kind { get; }

    public int TaskId { get; }

    public string? Name { get; }

    public string? Payload { get; }

    public static Incoming Of(HistoryRow row) => new(row.Sequence, row.Kind, row.TaskId, row.Name, row.Payload);

    /// <summary>A fired timer needs no row: its sequence in a turn is its task id, negative.</summary>
    public static Incoming Timer(int taskId) => new(-taskId, HistoryKind.TimerFired, taskId, null, null);

    public HistoryRow ToRow() => new(Sequence, Kind, TaskId, Name, Payload);
}

/// <summary>Something an orchestrator asked for; a closed set.</summary>
internal abstract record DurableAction
{
    private DurableAction(int taskId) => TaskId = taskId;

    /// <summary>Number of the task, from 1 in the order of asking; 0 for an event, which nobody awaits.</summary>
    public int TaskId { get; }

    public sealed record Activity(int Id, string Name, string? Input) : DurableAction(Id);

    public sealed record SubOrchestration(int Id, string Name, string InstanceId, string? Input, string? Version)
        : DurableAction(Id);

    public sealed record Timer(int Id, long FireAt) : DurableAction(Id);

    public sealed record CancelTimer(int Id) : DurableAction(Id);

    public sealed record Event(string InstanceId, string Name, string? Payload) : DurableAction(0);

    /// <summary>For messages about it.</summary>
    public string Describe() => this switch
    {
        Activity activity => $"activity '{activity.Name}' (#{activity.TaskId})",
        SubOrchestration sub => $"sub-orchestration '{sub.Name}' (#{sub.TaskId})",
        Timer timer => $"timer (#{timer.TaskId})",
        CancelTimer timer => $"cancellation of timer (#{timer.TaskId})",
        Event signal => $"event '{signal.Name}' to '{signal.InstanceId}'",
        _ => throw new InvalidOperationException("An unknown action."),
    };

    /// <summary>True if a replay that asks for this goes on as recorded; inputs and times may differ, what is asked may
    /// not.</summary>
    public bool Matches(DurableAction recorded) => TaskId == recorded.TaskId && (this, recorded) switch
    {
        (Activity now, Activity then) => Same(now.Name, then.Name),
        (SubOrchestration now, SubOrchestration then) => Same(now.Name, then.Name),
        (Timer, Timer) => true,
        (CancelTimer, CancelTimer) => true,
        (Event now, Event then) => Same(now.Name, then.Name),
        _ => false,
    };

    private static bool Same(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How a generation ended; a closed set.</summary>
internal abstract record TurnEnd
{
    private TurnEnd()
    {
    }

    public sealed record Completed(string? Output) : TurnEnd;

    public sealed record Failed(Failure Failure) : TurnEnd;

    public sealed record ContinuedAsNew(string? Input, bool KeepEvents, string? Version) : TurnEnd;

    public string Describe() => this switch
    {
        Completed => "its end",
        Failed failed => $"its failure ({failed.Failure.Details})",
        _ => "continue-as-new",
    };
}

/// <summary>One turn: given these, the orchestrator asked for those.</summary>
/// <param name="At">The orchestrator's time, ticks since 0001 UTC.</param>
/// <param name="Consumed">Sequences of what it was given, in order.</param>
/// <param name="Actions">What it asked for, in order.</param>
/// <param name="End">Null: it waits.</param>
internal sealed record TurnRecord(
    long At, IReadOnlyList<long> Consumed, IReadOnlyList<DurableAction> Actions, TurnEnd? End);
