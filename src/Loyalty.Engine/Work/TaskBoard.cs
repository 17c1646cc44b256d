using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Work;

/// <summary>Tasks as documents of the customer's partition: an outcome and the journey's next step are one batch.</summary>
public sealed class TaskBoard(
    IDocumentStore store, IProgramSource programs, Announcer announcer, RunProtocolSettings settings, IClock clock) : ITaskBoard
{
    /// <summary>The type of the event that a task's outcome is.</summary>
    public const string CompletedType = "task.completed";

    private const int PageSize = 500;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OpenTask>> ListAsync(string? queue, int limit, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 500);
        var open = new List<OpenTask>();
        await foreach (var document in store.ScanAsync(Kinds.Task, PageSize, cancellation))
        {
            var task = LoyaltyJson.Read<TaskDocument>(document.Body.Span);
            if (task.ClosedAt is null && (queue is null || task.Queue == queue)) open.Add(TaskDocuments.View(task, document.Partition[(document.Partition.IndexOf(':', StringComparison.Ordinal) + 1)..]));
        }

        return [.. open.OrderBy(static task => task.DueAt).ThenBy(static task => task.Reference.ToString(), StringComparer.Ordinal).Take(limit)];
    }

    /// <inheritdoc/>
    public async Task<TaskAnswer> CompleteAsync(TaskReference task, string outcome, string? note, TaskActor? actor = null, CancellationToken cancellation = default)
    {
        var told = await Attempts.UntilCommittedAsync(() => TryCompleteAsync(task, outcome, note, actor, cancellation));
        if (told.Answer == TaskAnswer.Done) await announcer.FinishMarkerAsync(task.CustomerId, MarkerOf(task), cancellation);
        return told.Answer;
    }

    private static string MarkerOf(TaskReference task) => Keys.TurnMarker(task.RunId, "task " + task.Step, task.Visit);

    private async Task<Completed?> TryCompleteAsync(TaskReference reference, string outcome, string? note, TaskActor? actor, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var id = Keys.Task(reference.RunId, reference.Step, reference.Visit);
        if (await session.ReadAsync<TaskDocument>(id, cancellation) is not { } task) return new Completed(TaskAnswer.Unknown);
        if (task.ClosedAt is not null) return new Completed(task.Outcome == outcome ? TaskAnswer.DoneBefore : TaskAnswer.Closed);
        if (!task.Outcomes.Contains(outcome)) return new Completed(TaskAnswer.NoSuchOutcome);
        // Whoever has taken it may be on the telephone: two would tell the person two things.
        if (actor is not null && task.ClaimedBy is { } owner && owner != actor.By) return new Completed(TaskAnswer.TakenByAnother);
        var snapshot = await CustomerDocuments.LoadAsync(session, reference.CustomerId, orderId: null, cancellation);
        if (snapshot.Customer is null or { MergedInto: not null }) return new Completed(TaskAnswer.Unknown);

        var closed = (task with { Outcome = outcome, Note = note, ClosedAt = now, ClosedAs = TaskDocuments.Done }).Noted(now, TaskDocuments.Done, actor, note);
        session.Put(id, Kinds.Task, closed, expiresAt: Retention.Until(now, Retention.Tasks));
        var router = new JourneyRouter(session, programs, snapshot, settings, now);
        var settled = new RunSignal.StepSettled(await NameAsync(session, task, cancellation), task.Visit, outcome, null, now)
        {
            Values = ImmutableDictionary<string, AttributeValue>.Empty.Add("outcome", outcome),
        };
        await router.SignalAsync(task.RunId, settled, cancellation);
        await router.RouteAsync(OccurrenceOf(task, outcome, now), mayStart: true, cancellation);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        var marker = new EventMarker { Type = CompletedType, AppliedAt = now, Open = router.Announcements };
        await session.ReadAsync<EventMarker>(MarkerOf(reference), cancellation);
        session.Put(MarkerOf(reference), Kinds.Marker, marker, now + settings.WakeSlack);
        return await session.CommitAsync(cancellation) ? new Completed(TaskAnswer.Done) : null;
    }

    /// <summary>What the step is called in the version the run is on now.</summary>
    private async Task<string> NameAsync(PartitionSession session, TaskDocument task, CancellationToken cancellation)
    {
        if (await session.ReadAsync<RunDocument>(Keys.Run(task.RunId), cancellation) is not { } run) return task.Step;
        var definition = await programs.DefinitionAsync(task.Journey, run.Run.Version, cancellation);
        var place = definition?.Index.InOrder.FirstOrDefault(p => definition.IdOf(p.Step.Name) == task.Step);
        return place?.Step.Name ?? task.Step;
    }

    private static Occurrence OccurrenceOf(TaskDocument task, string outcome, Instant now) => new(
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CompletedType}:{task.RunId}:{task.Step}:{task.Visit}{(task.Reopened > 0 ? $":{task.Reopened}" : "")}"),
        CompletedType,
        now,
        ImmutableDictionary<string, AttributeValue>.Empty
            .Add("task", task.Queue).Add("outcome", outcome).Add("run", task.RunId).Add("step", task.Step))
    {
        Hops = 1,
    };

    private sealed record Completed(TaskAnswer Answer);
}
