using Loyalty.Core;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Journeys;

/// <summary>The whole program for marketers: program.yaml, templates and all journeys at once.</summary>
public sealed class ProgramFunctions(PublishUseCase publishing, RunEditsUseCase edits, JourneyQueries queries, DurableRunHands hands)
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
        if (draft is null) return refusal!;
        var files = await publishing.LiveFilesAsync(cancellation);
        if (DraftRequests.Apply(files, draft, journey: null) is { } wrong) return wrong;
        var (inFlight, spreadOver, choice) = DraftRequests.Choices(draft);
        if (choice is not null) return choice;
        var outcome = await publishing.PublishAsync(
            new PublishRequest { Files = files, InFlight = inFlight, SpreadOver = spreadOver, EnrolsExisting = draft.Enrol is not null, Commit = draft.Commit, By = "http" }, cancellation);
        if (outcome is PublishOutcome.Published published)
        {
            hands.Bind(client);
            foreach (var journey in published.Moving)
            {
                if (await edits.ClaimAsync(journey, cancellation) is { } claimed) await hands.StartEditsAsync(claimed, cancellation);
            }
        }

        return DraftRequests.Answer(outcome);
    }

    [Function("ValidateProgram")]
    [Access(Role.Marketer)]
    [Operation("All findings of changed files together with what is live.", Body = typeof(DraftBody), Answer = typeof(ValidationView), Refusals = [RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.UnsupportedMediaType])]
    public async Task<IResult> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "program/validate")] HttpRequest request, CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        var files = await publishing.LiveFilesAsync(cancellation);
        if (DraftRequests.Apply(files, draft, journey: null) is { } wrong) return wrong;
        var findings = publishing.Validate(files);
        return Problems.Json(new ValidationView(findings.All(static one => one.Severity != FindingSeverity.Error), findings));
    }
}
