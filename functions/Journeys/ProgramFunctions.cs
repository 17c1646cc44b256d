using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Journeys;

/// <summary>The whole program for marketers: program.yaml, templates and all journeys at once.</summary>
public sealed class ProgramFunctions(DraftDesk desk, JourneyQueries queries)
{
    [Function("GetProgram")]
    [Access(Role.Marketer)]
    [Operation("What is live: every file of the program, byte for byte.", Answer = typeof(ProgramView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "program")] HttpRequest request, CancellationToken cancellation) =>
        Problems.Json(await queries.ProgramAsync(cancellation));

    [Function("PublishProgram")]
    [Access(Role.Marketer)]
    [Operation("Publishes changed files over what is live (a file set to null is taken away), or shows what that would do.", Body = typeof(DraftBody), Answer = typeof(PublishView), Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType, RefusalCode.ProgramInvalid, RefusalCode.InFlightNeeded, RefusalCode.NoLanding])]
    public async Task<IResult> PublishAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "program")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        return draft is null ? refusal! : await desk.PublishAsync(client, draft, journey: null, cancellation);
    }

    [Function("ValidateProgram")]
    [Access(Role.Marketer)]
    [Operation("All findings of changed files together with what is live.", Body = typeof(DraftBody), Answer = typeof(ValidationView), Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType])]
    public async Task<IResult> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "program/validate")] HttpRequest request, CancellationToken cancellation) =>
        await desk.ValidateAsync(request, journey: null, cancellation);
}
