using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Work;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Tasks;

/// <summary>Work for people: letters to print, calls to make, complaints to answer.</summary>
public sealed class TaskFunctions(TaskDesk desk, DurableRunHands hands)
{
    private const int MostName = 100;
    private const int MostNote = 4000;

    [Function("ListTasks")]
    [Access(Role.Support)]
    [Operation("Tasks that are not closed, the earliest due first, and which are late.", Answer = typeof(TaskView[]), Refusals = [RefusalCode.InvalidField])]
    [Parameter("queue", "Only of this queue.")]
    [Parameter("state", "open (nobody's), claimed, overdue or closed; default: all that are not closed.")]
    [Parameter("limit", "1 to 500; default 100.")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "tasks")] HttpRequest request, CancellationToken cancellation)
    {
        var filter = new TaskFilter { Queue = request.Query["queue"].FirstOrDefault() };
        if (request.Query["limit"].FirstOrDefault() is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > 500) return Problems.Result(RefusalCode.InvalidField, "limit is 1 to 500.");
            filter = filter with { Limit = limit };
        }

        if (request.Query["state"].FirstOrDefault() is { } state)
        {
            if (StateOf(state) is not { } known) return Problems.Result(RefusalCode.InvalidField, "state is open, claimed, overdue or closed.");
            filter = filter with { State = known };
        }

        return Problems.Json(await desk.ListAsync(filter, cancellation));
    }

    [Function("GetTask")]
    [Access(Role.Support)]
    [Operation("A task: what is to be done, until when, who did what, and what the person said.", Answer = typeof(TaskView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "tasks/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        TaskReference.Parse(id) is { } reference && await desk.FindAsync(reference, cancellation) is { } task ? Problems.Json(task) : Unknown();

    [Function("ClaimTask")]
    [Access(Role.Support)]
    [Operation("Takes a task: nobody else works on it.", Body = typeof(TaskRequest), Answer = typeof(TaskView), Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.Conflict])]
    public Task<IResult> ClaimAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tasks/{id}/claim")] HttpRequest request, string id, CancellationToken cancellation) =>
        ChangeAsync(request, id, (reference, _, actor) => desk.ClaimAsync(reference, actor, cancellation), cancellation);

    [Function("ReleaseTask")]
    [Access(Role.Support)]
    [Operation("Gives a task back.", Body = typeof(TaskRequest), Answer = typeof(TaskView), Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.Conflict])]
    public Task<IResult> ReleaseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tasks/{id}/release")] HttpRequest request, string id, CancellationToken cancellation) =>
        ChangeAsync(request, id, (reference, _, actor) => desk.ReleaseAsync(reference, actor, cancellation), cancellation);

    [Function("CompleteTask")]
    [Access(Role.Support)]
    [Operation("Tells how a task ended; the journey goes on with that outcome. Told twice it is told once.", Body = typeof(TaskRequest), Answer = typeof(TaskView), Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.Conflict])]
    public Task<IResult> CompleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tasks/{id}/outcome")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        hands.Bind(client);
        return ChangeAsync(request, id, (reference, body, actor) => desk.CompleteAsync(reference, body.Outcome ?? "", body.Note, actor, cancellation), cancellation);
    }

    [Function("ReopenTask")]
    [Access(Role.Support)]
    [Operation("Opens a complaint's task again; one of a journey stays closed, because its run has gone on.", Body = typeof(TaskRequest), Answer = typeof(TaskView), Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.Conflict])]
    public Task<IResult> ReopenAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tasks/{id}/reopen")] HttpRequest request, string id, CancellationToken cancellation) =>
        ChangeAsync(request, id, (reference, body, actor) => desk.ReopenAsync(reference, body.Note, actor, cancellation), cancellation);

    private async Task<IResult> ChangeAsync(HttpRequest request, string id, Func<TaskReference, TaskRequest, TaskActor, Task<TaskAnswer>> change, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<TaskRequest>(request, cancellation);
        if (body is null) return refusal!;
        if (body.Note?.Length > MostNote) return Problems.Result(RefusalCode.InvalidField, $"note: at most {MostNote} characters were expected.");
        if (ActorOf(request, body) is not { } actor) return Problems.Result(RefusalCode.InvalidField, $"by: 1 to {MostName} characters were expected, the name of whoever works on it; a key is several people's.");
        if (TaskReference.Parse(id) is not { } reference) return Unknown();
        return await change(reference, body, actor) switch
        {
            TaskAnswer.Done or TaskAnswer.DoneBefore => await desk.FindAsync(reference, cancellation) is { } task ? Problems.Json(task) : Unknown(),
            TaskAnswer.Unknown => Unknown(),
            TaskAnswer.NoSuchOutcome => Problems.Result(RefusalCode.InvalidField, "outcome: one of the task's outcomes was expected."),
            TaskAnswer.TakenByAnother => Problems.Result(RefusalCode.Conflict, "Somebody else works on it; release it first."),
            TaskAnswer.Closed => Problems.Result(RefusalCode.Conflict, "It is closed: done otherwise, too late for its journey, or not needed any more; a journey's task does not open again."),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    /// <summary>Whoever signed in with the platform is known by that; a key is several people's, so a name is asked for.</summary>
    private static TaskActor? ActorOf(HttpRequest request, TaskRequest body)
    {
        var caller = Caller.Of(request)?.Name ?? "";
        var by = body.By?.Trim();
        if (string.IsNullOrEmpty(by)) return caller.StartsWith("entra:", StringComparison.Ordinal) ? new TaskActor(caller, caller) : null;
        return by.Length <= MostName && !by.Any(char.IsControl) ? new TaskActor(by, caller) : null;
    }

    private static TaskState? StateOf(string text) => text switch
    {
        "open" => TaskState.Open,
        "claimed" => TaskState.Claimed,
        "overdue" => TaskState.Overdue,
        "closed" => TaskState.Closed,
        _ => null,
    };

    private static IResult Unknown() => Problems.NotFound("There is no such task. GET /api/tasks lists them.");
}

/// <summary>What is told of a task.</summary>
public sealed record TaskRequest
{
    /// <summary>Who works on it, 1 to 100 characters; whoever signed in with Entra ID need not say.</summary>
    public string? By { get; init; }

    /// <summary>How it ended: one of the task's outcomes.</summary>
    public string? Outcome { get; init; }

    /// <summary>What is to be remembered, at most 4,000 characters.</summary>
    public string? Note { get; init; }
}
