namespace Loyalty.LocalHost.Durable;

/// <summary>Who awaits an instance's result.</summary>
/// <param name="InstanceId">The calling orchestration.</param>
/// <param name="Key">Its generation's key; a later generation does not want the result.</param>
/// <param name="TaskId">The task there.</param>
/// <param name="Name">Its orchestrator.</param>
internal sealed record ParentLink(string InstanceId, long Key, int TaskId, string Name);

/// <summary>An activity that was asked for and has no result yet.</summary>
internal sealed class PendingActivity(InstanceEntry entry, int taskId, string name, string? input)
{
    public InstanceEntry Entry { get; } = entry;

    public long Key { get; } = entry.Key;

    public int TaskId { get; } = taskId;

    public string Name { get; } = name;

    public string? Input { get; } = input;

    /// <summary>True if its orchestrator ended in the turn that asked for it: it runs, its result goes
    /// nowhere.</summary>
    public bool IsOrphan { get; init; }
}

/// <summary>A timer in the engine's queue; one that is no longer wanted is cancelled and falls out when it comes
/// up.</summary>
internal sealed class PendingTimer(InstanceEntry entry, int taskId, long fireAt)
{
    public const int StartTask = 0;

    public InstanceEntry Entry { get; } = entry;

    public int TaskId { get; } = taskId;

    public long FireAt { get; } = fireAt;

    public bool IsCancelled { get; set; }
}

/// <summary>What the engine knows of a live instance. Everything here is guarded by the engine's lock; the run belongs
/// to whoever runs its turn.</summary>
internal sealed class InstanceEntry
{
    public required string InstanceId { get; init; }

    public required string Name { get; init; }

    public required long Key { get; set; }

    public required long CreatedAt { get; init; }

    public required string Version { get; set; }

    public string? Tags { get; init; }

    public ParentLink? Parent { get; init; }

    public int Generation { get; set; }

    public InstanceStatus Status { get; set; }

    public string? Input { get; set; }

    public string? Output { get; set; }

    public string? Failure { get; set; }

    public string? CustomStatus { get; set; }

    /// <summary>Null once it has begun.</summary>
    public long? StartAt { get; set; }

    public long UpdatedAt { get; set; }

    public long? CompletedAt { get; set; }

    /// <summary>True if this generation has had a turn.</summary>
    public bool HasHistory { get; set; }

    /// <summary>What has arrived and was not given to the orchestrator yet, in order.</summary>
    public List<Incoming> Mailbox { get; } = [];

    public Dictionary<int, PendingActivity> Activities { get; } = [];

    public Dictionary<int, PendingTimer> Timers { get; } = [];

    /// <summary>Its living code; null: cold.</summary>
    public OrchestrationRun? Run { get; set; }

    public LinkedListNode<InstanceEntry>? HotNode { get; set; }

    public bool IsQueued { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>Writes of this instance that are not durable yet.</summary>
    public int OpenWrites { get; set; }

    /// <summary>Those of them that hold turns; until they are durable, it cannot be replayed from the file.</summary>
    public int OpenTurns { get; set; }

    public bool IsFinished => Status >= InstanceStatus.Completed;

    public OrchestrationStart ToStart() =>
        new(Name, InstanceId, Generation, Input, Parent?.Name, Parent?.InstanceId, Version);
}
