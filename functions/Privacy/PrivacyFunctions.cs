using System.Text.Json.Nodes;
using Loyalty.Core;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using NodaTime;

namespace Loyalty.Functions.Privacy;

/// <summary>What is done with a person's data because the person wants it: told, corrected, restricted, erased.</summary>
public sealed class PrivacyFunctions(PersonExport exports, EraseUseCase erasures, RestrictUseCase restrictions, RectifyUseCase corrections, DurableRunHands hands)
{
    private const string Page = "text/html; charset=utf-8";

    [Function("ExportCustomer")]
    [Access(Role.Support, Role.Integration)]
    [Operation("Everything that is stored about a person: as JSON, or as a page for people.", Answer = typeof(JsonObject), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField])]
    [Parameter("format", "json (default) or html.")]
    public async Task<IResult> ExportAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/export")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var format = request.Query["format"].FirstOrDefault() ?? "json";
        if (format is not ("json" or "html")) return Problems.Result(RefusalCode.InvalidField, "format is json or html.");
        if (await exports.ReadAsync(id, cancellation) is not { } export) return Unknown(id);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return format == "html" ? Results.Content(PersonExportPage.Write(export), Page) : Problems.Json(export);
    }

    [Function("EraseCustomer")]
    [Access(Role.Support, Role.Operator, Role.Integration)]
    [Operation(
        "Erases a person: runs end, nothing is sent any more, everything but the books is removed, the keys are destroyed. 202 while a hand-over that was under way is waited for.",
        Answer = typeof(ErasureView), Statuses = [200, 202], Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> EraseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "customers/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        await erasures.EraseAsync(id, Caller.Of(request)?.Name ?? "api", cancellation) is { } record ? Answer(record) : Unknown(id);

    [Function("GetErasure")]
    [Access(Role.Support, Role.Operator, Role.Integration)]
    [Operation("How far the erasure of a person is.", Answer = typeof(ErasureView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> ErasureAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/erasure")] HttpRequest request, string id, CancellationToken cancellation) =>
        await erasures.FindAsync(id, cancellation) is { } record ? Problems.Json(ErasureView.Of(record)) : Problems.NotFound($"Nobody has asked to erase '{id}'.");

    [Function("RestrictCustomer")]
    [Access(Role.Support, Role.Operator)]
    [Operation("Restricts a person's data to being stored: no journeys, no messages, no postings on request.", Answer = typeof(RestrictionView), BodyMediaTypes = [], Refusals = [RefusalCode.NotFound, RefusalCode.CustomerErased])]
    public async Task<IResult> RestrictAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "customers/{id}/restriction")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        // A merge that was cut off is finished first, and moves runs.
        hands.Bind(client);
        return Answer(id, await restrictions.RestrictAsync(id, cancellation));
    }

    [Function("LiftRestriction")]
    [Access(Role.Support, Role.Operator)]
    [Operation("Lifts the restriction: runs go on where they stood.", Answer = typeof(RestrictionView), Refusals = [RefusalCode.NotFound, RefusalCode.CustomerErased])]
    public async Task<IResult> LiftAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "customers/{id}/restriction")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        hands.Bind(client);
        return Answer(id, await restrictions.LiftAsync(id, cancellation));
    }

    [Function("RectifyCustomer")]
    [Access(Role.Support)]
    [Operation(
        "Corrects name, address, number, locale, country or birthday; what is not named stays.",
        Body = typeof(RectifyRequest), Answer = typeof(RectifiedView),
        Refusals = [RefusalCode.NotFound, RefusalCode.CustomerErased, RefusalCode.Conflict, RefusalCode.MalformedBody, RefusalCode.InvalidField, RefusalCode.BodyTooLarge])]
    public async Task<IResult> RectifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "customers/{id}/person")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        // What is corrected may wake a run that waits for it.
        hands.Bind(client);
        var (body, refusal) = await JsonRequest.ReadAsync<RectifyRequest>(request, cancellation);
        if (body is null) return refusal!;
        if (body.Problem() is { } problem) return Problems.Result(RefusalCode.InvalidField, problem);
        return await corrections.RectifyAsync(id, body, cancellation) switch
        {
            null => Problems.Json(new RectifiedView(id)),
            RefusalCode.NotFound => Unknown(id),
            RefusalCode.Conflict => Problems.Result(RefusalCode.Conflict, "The address or number is known as another person's. If the two are one, the shop's next event that names both merges them."),
            var code => Problems.Result(code.Value, $"'{id}' was erased."),
        };
    }

    private static IResult Answer(ErasureRecord record) =>
        Problems.Json(ErasureView.Of(record), record.Step == ErasureStep.Done ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);

    private static IResult Answer(string id, RestrictAnswer answer) => answer.Refusal switch
    {
        null => Problems.Json(new RestrictionView(id, answer.RestrictedAt)),
        RefusalCode.NotFound => Unknown(id),
        var code => Problems.Result(code.Value, $"'{id}' was erased."),
    };

    private static IResult Unknown(string id) => Problems.NotFound($"There is no customer '{id}'. Look one up with /api/customers?email=…");
}

/// <summary>An erasure on the wire.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Step">How far.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="DoneAt">null: not yet.</param>
/// <param name="RunsEnded">Runs that it ended.</param>
/// <param name="Removed">Documents that it removed.</param>
/// <param name="WaitsUntil">A hand-over was under way: when its lease is over; null: none.</param>
public sealed record ErasureView(string CustomerId, ErasureStep Step, Instant RequestedAt, Instant? DoneAt, int RunsEnded, int Removed, Instant? WaitsUntil)
{
    internal static ErasureView Of(ErasureRecord record) => new(
        record.CustomerId, record.Step, record.RequestedAt, record.DoneAt, record.RunsEnded, record.Removed, record.Step == ErasureStep.Done ? null : record.InFlightUntil);
}

/// <summary>A restriction on the wire.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="RestrictedAt">Since when; null: not restricted.</param>
public sealed record RestrictionView(string CustomerId, Instant? RestrictedAt);

/// <summary>A correction was made.</summary>
/// <param name="CustomerId">Who.</param>
public sealed record RectifiedView(string CustomerId);
