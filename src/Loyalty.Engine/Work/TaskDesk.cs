using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Work;

/// <summary>
/// Where people work on tasks: what is open, whose it is, what is late; taking, giving back, done, and again. Everything leaves a line that says who. A
/// task of somebody who was merged is found under the one who stayed.
/// </summary>
public sealed class TaskDesk(IDocumentStore store, ITaskBoard board, CustomerQueries queries, IProgramSource programs, IClock clock)
{
    private const int PageSize = 500;

    /// <summary>Tasks, earliest due first; closed ones the latest closed first.</summary>
    public async Task<IReadOnlyList<TaskView>> ListAsync(TaskFilter filter, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var found = new List<TaskView>();
        await foreach (var document in store.ScanAsync(Kinds.Task, PageSize, cancellation))
        {
            var view = TaskView.Of(LoyaltyJson.Read<TaskDocument>(document.Body.Span), OwnerOf(document.Partition), now);
            if (filter.Takes(view)) found.Add(view);
        }

        var ordered = filter.State == TaskState.Closed ? found.OrderByDescending(static one => one.ClosedAt) : found.OrderBy(static one => one.DueAt);
        return [.. ordered.ThenBy(static one => one.Id, StringComparer.Ordinal).Take(Math.Clamp(filter.Limit, 1, 500))];
    }

    /// <summary>One task, with what the person said where a complaint has opened it; null: there is none.</summary>
    public async Task<TaskView?> FindAsync(TaskReference reference, CancellationToken cancellation = default)
    {
        if (await OpenAsync(reference, cancellation) is not var (session, task, id)) return null;
        var view = TaskView.Of(task, id.CustomerId, clock.GetCurrentInstant());
        return task.Journey == ContactBook.FeedbackJourney ? view with { Feedback = await session.ReadAsync<FeedbackRecord>(Keys.FeedbackPrefix + task.RunId, cancellation) } : view;
    }

    /// <summary>Takes a task; taken twice by one person it is taken once.</summary>
    public Task<TaskAnswer> ClaimAsync(TaskReference reference, TaskActor actor, CancellationToken cancellation = default) =>
        ChangeAsync(reference, (task, now) => task.ClaimedBy switch
        {
            null => (TaskAnswer.Done, (task with { ClaimedBy = actor.By, ClaimedAt = now }).Noted(now, "claimed", actor)),
            { } other when other == actor.By => (TaskAnswer.DoneBefore, null),
            _ => (TaskAnswer.TakenByAnother, null),
        }, cancellation);

    /// <summary>Gives a task back, whoever has it.</summary>
    public Task<TaskAnswer> ReleaseAsync(TaskReference reference, TaskActor actor, CancellationToken cancellation = default) =>
        ChangeAsync(reference, (task, now) => task.ClaimedBy is null
            ? (TaskAnswer.DoneBefore, null)
            : (TaskAnswer.Done, (task with { ClaimedBy = null, ClaimedAt = null }).Noted(now, "released", actor)), cancellation);

    /// <summary>Notes how it ended; the journey goes on in the same batch.</summary>
    public async Task<TaskAnswer> CompleteAsync(TaskReference reference, string outcome, string? note, TaskActor actor, CancellationToken cancellation = default) =>
        await board.CompleteAsync(await CurrentAsync(reference, cancellation), outcome, note, actor, cancellation);

    /// <summary>Opens a task again, due as long from now as at first. A journey's cannot be: its run has gone on.</summary>
    public async Task<TaskAnswer> ReopenAsync(TaskReference reference, string? note, TaskActor actor, CancellationToken cancellation = default)
    {
        var told = await Attempts.UntilCommittedAsync(async () =>
        {
            if (await OpenAsync(reference, cancellation) is not var (session, task, id)) return new Told(TaskAnswer.Unknown);
            if (task.ClosedAt is null) return new Told(TaskAnswer.DoneBefore);
            if (task.Journey != ContactBook.FeedbackJourney) return new Told(TaskAnswer.Closed);
            var now = clock.GetCurrentInstant();
            var program = programs.Current.Model;
            var open = (task with
            {
                Outcome = null,
                Note = null,
                ClosedAt = null,
                ClosedAs = null,
                ClaimedBy = null,
                ClaimedAt = null,
                DueAt = program.Contact.Complaints.Due.After(now, program.TimeZone),
                Reopened = task.Reopened + 1,
            }).Noted(now, "reopened", actor, note);
            session.Put(Keys.Task(id.RunId, id.Step, id.Visit), Kinds.Task, open);
            return await session.CommitAsync(cancellation) ? new Told(TaskAnswer.Done) : null;
        });
        return told.Answer;
    }

    private async Task<TaskAnswer> ChangeAsync(
        TaskReference reference, Func<TaskDocument, Instant, (TaskAnswer Answer, TaskDocument? Changed)> change, CancellationToken cancellation)
    {
        var told = await Attempts.UntilCommittedAsync(async () =>
        {
            if (await OpenAsync(reference, cancellation) is not var (session, task, id)) return new Told(TaskAnswer.Unknown);
            if (task.ClosedAt is not null) return new Told(TaskAnswer.Closed);
            var (answer, changed) = change(task, clock.GetCurrentInstant());
            if (changed is null) return new Told(answer);
            session.Put(Keys.Task(id.RunId, id.Step, id.Visit), Kinds.Task, changed);
            return await session.CommitAsync(cancellation) ? new Told(answer) : null;
        });
        return told.Answer;
    }

    private async Task<(PartitionSession Session, TaskDocument Task, TaskReference Id)?> OpenAsync(TaskReference reference, CancellationToken cancellation)
    {
        var current = await CurrentAsync(reference, cancellation);
        var session = new PartitionSession(store, Keys.CustomerPartition(current.CustomerId));
        return await session.ReadAsync<TaskDocument>(Keys.Task(current.RunId, current.Step, current.Visit), cancellation) is { } task ? (session, task, current) : null;
    }

    private async Task<TaskReference> CurrentAsync(TaskReference reference, CancellationToken cancellation) =>
        await queries.GetAsync(reference.CustomerId, cancellation) is { } snapshot ? reference with { CustomerId = snapshot.CustomerId } : reference;

    private static string OwnerOf(string partition) => partition[(partition.IndexOf(':', StringComparison.Ordinal) + 1)..];

    private sealed record Told(TaskAnswer Answer);
}
