using Loyalty.Core;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Journeys;

/// <summary>Journeys for marketers: what is live, drafts, publishing, pause and resume.</summary>
public sealed class JourneyFunctions(PublishUseCase publishing, DraftDesk desk, JourneyQueries queries)
{
    [Function("ListJourneys")]
    [Access(Role.Marketer)]
    [Operation("Every journey with its live version and state.", Answer = typeof(JourneyView[]))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "journeys")] HttpRequest request, CancellationToken cancellation) =>
        Problems.Json(await queries.ListAsync(cancellation));

    [Function("CreateJourney")]
    [Access(Role.Marketer)]
    [Operation("Publishes the first version of a journey, or shows what it would do.", Body = typeof(DraftBody), Answer = typeof(PublishView), Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType, RefusalCode.Conflict, RefusalCode.ProgramInvalid])]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        if (draft.Journey is not { } journey || draft.Yaml is null) return Problems.Result(RefusalCode.InvalidField, "Give journey (its name) and yaml (its file).");
        if (await queries.GetAsync(journey, cancellation) is not null)
        {
            return Problems.Result(RefusalCode.Conflict, $"There is a journey '{journey}': publish a version of it with POST /api/journeys/{journey}/publish.");
        }

        return await desk.PublishAsync(client, draft, journey, cancellation);
    }

    [Function("GetJourney")]
    [Access(Role.Marketer)]
    [Operation("A journey: live version, state, its file, and how far a publish is with the people inside.", Answer = typeof(JourneyView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "journeys/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is { } view ? Problems.Json(view) : Unknown(id);

    [Function("ListVersions")]
    [Access(Role.Marketer)]
    [Operation("The published versions of a journey, the latest first.", Answer = typeof(VersionView[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> VersionsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "journeys/{id}/versions")] HttpRequest request, string id, CancellationToken cancellation) =>
        await queries.VersionsAsync(id, cancellation) is { Count: > 0 } versions ? Problems.Json(versions) : Unknown(id);

    [Function("ValidateJourney")]
    [Access(Role.Marketer)]
    [Operation("All findings of a draft of this journey.", Body = typeof(DraftBody), Answer = typeof(ValidationView), Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType])]
    public async Task<IResult> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/validate")] HttpRequest request, string id, CancellationToken cancellation) =>
        await desk.ValidateAsync(request, id, cancellation);

    [Function("PublishJourney")]
    [Access(Role.Marketer)]
    [Operation("Publishes a draft of this journey, or shows what it would do to the people inside (commit: false).", Body = typeof(DraftBody), Answer = typeof(PublishView), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType, RefusalCode.ProgramInvalid, RefusalCode.InFlightNeeded, RefusalCode.NoLanding])]
    public async Task<IResult> PublishAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/publish")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        return await queries.GetAsync(id, cancellation) is null ? Unknown(id) : await desk.PublishAsync(client, draft, id, cancellation);
    }

    [Function("RollbackJourney")]
    [Access(Role.Marketer)]
    [Operation("Publishes the bytes of an older version (version) as the newest, or shows what that would do.", Body = typeof(DraftBody), Answer = typeof(PublishView), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType, RefusalCode.ProgramInvalid, RefusalCode.InFlightNeeded, RefusalCode.NoLanding])]
    public async Task<IResult> RollbackAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/rollback")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        return await queries.GetAsync(id, cancellation) is { } journey ? await desk.RollbackAsync(client, draft, id, journey.Version, cancellation) : Unknown(id);
    }

    [Function("PauseJourney")]
    [Access(Role.Marketer)]
    [Operation("Pauses a journey: people stay where they are; exit and erase still act at once.", Answer = typeof(JourneyView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> PauseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/pause")] HttpRequest request, string id, CancellationToken cancellation) =>
        await publishing.PauseAsync(id, cancellation) is null ? Problems.Json(await queries.GetAsync(id, cancellation)) : Unknown(id);

    [Function("ResumeJourney")]
    [Access(Role.Marketer)]
    [Operation("Lets a paused journey go on; held runs are armed again in batches.", Answer = typeof(JourneyView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/resume")] HttpRequest request,
        string id,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        if (await publishing.ResumeAsync(id, cancellation) is not null) return Unknown(id);
        await desk.StartAsync(client, [id], cancellation);
        return Problems.Json(await queries.GetAsync(id, cancellation));
    }

    private static IResult Unknown(string id) => Problems.NotFound($"There is no journey '{id}'. GET /api/journeys lists them.");
}
