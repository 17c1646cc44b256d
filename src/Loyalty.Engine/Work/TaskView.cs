using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Work;

/// <summary>Which tasks are asked for.</summary>
public sealed record TaskFilter
{
    /// <summary>null: of every queue.</summary>
    public string? Queue { get; init; }

    /// <summary>null: everything that is not closed.</summary>
    public TaskState? State { get; init; }

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether a task is asked for.</summary>
    public bool Takes(TaskView task) => (Queue is null || task.Queue == Queue) && State switch
    {
        null => task.ClosedAt is null,
        TaskState.Open => task is { ClosedAt: null, ClaimedBy: null },
        TaskState.Claimed => task is { ClosedAt: null, ClaimedBy: not null },
        TaskState.Overdue => task.IsOverdue,
        _ => task.ClosedAt is not null,
    };
}

/// <summary>Where a task stands.</summary>
public enum TaskState
{
    /// <summary>Nobody works on it.</summary>
    Open,

    /// <summary>Somebody works on it.</summary>
    Claimed,

    /// <summary>Not closed, and due before now.</summary>
    Overdue,

    /// <summary>Done, too late for its journey, or not needed any more.</summary>
    Closed,
}

/// <summary>A task as people see it.</summary>
public sealed record TaskView
{
    /// <summary><see cref="TaskReference"/> as text.</summary>
    public required string Id { get; init; }
    public required string CustomerId { get; init; }

    /// <summary>The journey that opened it; <c>feedback</c>: a complaint did.</summary>
    public required string Journey { get; init; }
    public required string Step { get; init; }
    public required string Queue { get; init; }
    public string? Script { get; init; }

    /// <summary>How it can end.</summary>
    public required ImmutableArray<string> Outcomes { get; init; }

    /// <summary>What the worker needs to know.</summary>
    public required ImmutableDictionary<string, AttributeValue> With { get; init; }
    public required Instant OpenedAt { get; init; }
    public required Instant DueAt { get; init; }

    /// <summary>Not closed, and due before now.</summary>
    public required bool IsOverdue { get; init; }
    public string? ClaimedBy { get; init; }
    public Instant? ClaimedAt { get; init; }
    public string? Outcome { get; init; }
    public string? Note { get; init; }
    public Instant? ClosedAt { get; init; }

    /// <summary><c>done</c>, <c>overdue</c> (its journey went on without it), <c>cancelled</c> (the person left the journey).</summary>
    public string? ClosedAs { get; init; }

    /// <summary>Who did what, the oldest first.</summary>
    public required ImmutableArray<TaskLine> History { get; init; }

    /// <summary>What the person said, where one task is asked for and a complaint has opened it.</summary>
    public FeedbackRecord? Feedback { get; init; }

    internal static TaskView Of(TaskDocument task, string customerId, Instant now) => new()
    {
        Id = new TaskReference(customerId, task.RunId, task.Step, task.Visit).ToString(),
        CustomerId = customerId,
        Journey = task.Journey,
        Step = task.Step,
        Queue = task.Queue,
        Script = task.Script,
        Outcomes = task.Outcomes,
        With = task.With,
        OpenedAt = task.OpenedAt,
        DueAt = task.DueAt,
        IsOverdue = task.ClosedAt is null && task.DueAt < now,
        ClaimedBy = task.ClaimedBy,
        ClaimedAt = task.ClaimedAt,
        Outcome = task.Outcome,
        Note = task.Note,
        ClosedAt = task.ClosedAt,
        ClosedAs = task.ClosedAs,
        History = task.History,
    };
}
