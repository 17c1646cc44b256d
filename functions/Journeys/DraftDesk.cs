using Loyalty.Core;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Http;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Journeys;

/// <summary>What the routes of one journey and those of the whole program do with a draft.</summary>
public sealed class DraftDesk(PublishUseCase publishing, RunEditsUseCase edits, DurableRunHands hands)
{
    /// <summary>All findings of the request's draft over what is live.</summary>
    /// <param name="request">Holds the draft.</param>
    /// <param name="journey">Whose file the draft's YAML is; null: a draft of the whole program.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IResult> ValidateAsync(HttpRequest request, string? journey, CancellationToken cancellation)
    {
        var (draft, refusal) = await DraftRequests.ReadAsync(request, cancellation);
        if (draft is null) return refusal!;
        var files = await publishing.LiveFilesAsync(cancellation);
        if (DraftRequests.Apply(files, draft, journey) is { } wrong) return wrong;
        var findings = publishing.Validate(files);
        return Problems.Json(new ValidationView(findings.All(static one => one.Severity != FindingSeverity.Error), findings));
    }

    /// <summary>Publishes a draft over what is live, or shows what that would do.</summary>
    /// <param name="client">Starts what brings people inside along.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="journey">The journey that is published alone; null: those the draft names, else whatever differs.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IResult> PublishAsync(DurableTaskClient client, DraftBody draft, string? journey, CancellationToken cancellation)
    {
        var files = await publishing.LiveFilesAsync(cancellation);
        if (DraftRequests.Apply(files, draft, journey) is { } wrong) return wrong;
        var (inFlight, spreadOver, refusal) = DraftRequests.Choices(draft);
        if (refusal is not null) return refusal;
        var outcome = await publishing.PublishAsync(
            new PublishRequest
            {
                Files = files,
                Journeys = journey is null ? [.. draft.Journeys ?? []] : [journey],
                InFlight = inFlight,
                SpreadOver = spreadOver,
                EnrolsExisting = draft.Enrol is not null,
                Commit = draft.Commit,
                By = "http",
            },
            cancellation);
        return await AnswerAsync(client, outcome, cancellation);
    }

    /// <summary>Publishes the bytes of an older version, or shows what that would do.</summary>
    /// <param name="client">Starts what brings people inside along.</param>
    /// <param name="draft">Names the version and what happens to people inside.</param>
    /// <param name="journey">The journey.</param>
    /// <param name="live">Its live version.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IResult> RollbackAsync(DurableTaskClient client, DraftBody draft, string journey, int live, CancellationToken cancellation)
    {
        var (inFlight, spreadOver, wrong) = DraftRequests.Choices(draft);
        if (wrong is not null) return wrong;
        var outcome = await publishing.RollbackAsync(journey, draft.Version ?? live - 1, inFlight, spreadOver, draft.Commit, "http", cancellation);
        return await AnswerAsync(client, outcome, cancellation);
    }

    /// <summary>Starts what brings people inside these journeys along.</summary>
    public async Task StartAsync(DurableTaskClient client, IEnumerable<string> journeys, CancellationToken cancellation)
    {
        hands.Bind(client);
        foreach (var journey in journeys)
        {
            if (await edits.ClaimAsync(journey, cancellation) is { } claimed) await hands.StartEditsAsync(claimed, cancellation);
        }
    }

    private async Task<IResult> AnswerAsync(DurableTaskClient client, PublishOutcome outcome, CancellationToken cancellation)
    {
        if (outcome is PublishOutcome.Published published) await StartAsync(client, published.Moving, cancellation);
        return DraftRequests.Answer(outcome);
    }
}
