using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Work;

/// <summary>Work for a person, in the customer's partition.</summary>
public sealed record TaskDocument
{
    public required string CustomerId { get; init; }
    public required string RunId { get; init; }
    public required string Journey { get; init; }
    /// <summary>The step's hidden id: its name, unless an edit renamed it.</summary>
    public required string Step { get; init; }
    public required int Visit { get; init; }
    public required string Queue { get; init; }
    public string? Script { get; init; }

    /// <summary>How it can end.</summary>
    public required ImmutableArray<string> Outcomes { get; init; }
    public ImmutableDictionary<string, AttributeValue> With { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;
    public required Instant OpenedAt { get; init; }
    public required Instant DueAt { get; init; }

    /// <summary>How it ended; null: it is open, or closed without an outcome.</summary>
    public string? Outcome { get; init; }
    public string? Note { get; init; }

    /// <summary>null: open.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary><c>done</c>, <c>overdue</c>, <c>cancelled</c>.</summary>
    public string? ClosedAs { get; init; }

    /// <summary>Who works on it; null: nobody yet.</summary>
    public string? ClaimedBy { get; init; }
    public Instant? ClaimedAt { get; init; }

    /// <summary>How often it was opened again.</summary>
    public int Reopened { get; init; }

    /// <summary>Who did what, the oldest first; the latest <see cref="HistoryLimit"/> lines are kept.</summary>
    public ImmutableArray<TaskLine> History { get; init; } = [];

    /// <summary>Lines of <see cref="History"/>.</summary>
    public const int HistoryLimit = 50;

    /// <summary>The task with a line more.</summary>
    public TaskDocument Noted(Instant at, string what, TaskActor? actor, string? note = null) =>
        actor is null ? this : this with { History = [.. History.TakeLast(HistoryLimit - 1), new TaskLine(at, what, actor.By, actor.Caller, note)] };
}

/// <summary>Who did what to a task.</summary>
/// <param name="At">When.</param>
/// <param name="What"><c>claimed</c>, <c>released</c>, <c>done</c>, <c>reopened</c>.</param>
/// <param name="By">A name.</param>
/// <param name="Caller">The key or identity.</param>
/// <param name="Note">What was said; null: nothing.</param>
public sealed record TaskLine(Instant At, string What, string By, string Caller, string? Note);

/// <summary>Opens and closes tasks in the session of a turn.</summary>
internal static class TaskDocuments
{
    public const string Done = "done";

    public static async Task OpenAsync(
        PartitionSession session,
        string runId,
        JourneyDefinition definition,
        string customerId,
        RunEffect.OpenTask open,
        Instant now,
        CancellationToken cancellation)
    {
        var id = Keys.Task(runId, open.KeyStep, open.Visit);
        if (await session.ReadAsync<TaskDocument>(id, cancellation) is not null) return;
        session.Put(id, Kinds.Task, new TaskDocument
        {
            CustomerId = customerId,
            RunId = runId,
            Journey = definition.Name,
            Step = open.KeyStep,
            Visit = open.Visit,
            Queue = open.Queue,
            Script = open.Script,
            Outcomes = open.Outcomes,
            With = open.With,
            OpenedAt = now,
            DueAt = open.DueAt,
        });
    }

    public static async Task CloseAsync(
        PartitionSession session, string runId, RunEffect.CloseTask close, Instant now, CancellationToken cancellation)
    {
        var id = Keys.Task(runId, close.KeyStep, close.Visit);
        if (await session.ReadAsync<TaskDocument>(id, cancellation) is { ClosedAt: null } task)
            session.Put(id, Kinds.Task, task with { ClosedAt = now, ClosedAs = close.Why }, expiresAt: Retention.Until(now, Retention.Tasks));
    }

    /// <param name="task">The document.</param>
    /// <param name="customerId">Whose it is now: a merged person's tasks have come along.</param>
    public static OpenTask View(TaskDocument task, string customerId) => new()
    {
        Reference = new TaskReference(customerId, task.RunId, task.Step, task.Visit),
        Journey = task.Journey,
        Queue = task.Queue,
        Script = task.Script,
        Outcomes = task.Outcomes,
        OpenedAt = task.OpenedAt,
        DueAt = task.DueAt,
        With = task.With,
    };
}
