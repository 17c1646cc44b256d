using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ledger;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Points;

/// <summary>Asking what an order would earn, and correcting a balance.</summary>
public sealed class PointFunctions(ExplorePoints explorer, AdjustPoints corrections, AuditNotes notes)
{
    [Function("ExplorePoints")]
    [Access(Role.Integration, Role.Marketer, Role.Support)]
    [Operation(
        "What an order would earn, and why each rule did or did not. Posts nothing.",
        Body = typeof(ExploreRequest),
        Answer = typeof(EarningExploration),
        Refusals = [RefusalCode.MalformedBody, RefusalCode.InvalidField, RefusalCode.BodyTooLarge, RefusalCode.NotFound])]
    public async Task<IResult> ExploreAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "points/explore")] HttpRequest request, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<ExploreRequest>(request, cancellation);
        if (body is null) return refusal!;
        if (ExplorePoints.Problem(body) is { } problem) return Problems.Result(RefusalCode.InvalidField, problem);
        if (await explorer.ExploreAsync(body, cancellation) is not { } told) return Problems.NotFound($"There is no customer '{body.CustomerId}'.");
        if (body.CustomerId is { } customerId) await notes.AboutAsync(request, "ExplorePoints", customerId, cancellation);
        return Problems.Json(told);
    }

    [Function("AdjustPoints")]
    [Access(Role.Support, Role.Operator)]
    [Operation(
        "Corrects a balance, with actor and reason; above the program's limit with the name of a second person.",
        Body = typeof(AdjustRequest),
        Answer = typeof(PostingView),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.InvalidField, RefusalCode.BodyTooLarge, RefusalCode.MissingHeader, RefusalCode.NotFound,
            RefusalCode.ApprovalNeeded, RefusalCode.IdempotencyKeyReused, RefusalCode.InsufficientPoints, RefusalCode.InvalidAmount, RefusalCode.UnknownWallet,
        ])]
    [Parameter("Idempotency-Key", "Names this request: sent again with the same body it is answered as before, with another body it is refused.", In = "header", Required = true)]
    public async Task<IResult> AdjustAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "customers/{id}/points/adjust")] HttpRequest request,
        string id,
        CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<AdjustRequest>(request, cancellation);
        if (body is null) return refusal!;
        return await corrections.AdjustAsync(id, body, request.Headers["Idempotency-Key"].FirstOrDefault(), cancellation) switch
        {
            PointsAnswer.Done done => Problems.Json(PostingView.Of(done)),
            PointsAnswer.Refused refused => Problems.Refused(refused.Code, Detail(refused.Code, id)),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    private static string? Detail(RefusalCode code, string id) => code switch
    {
        RefusalCode.InvalidField => "points is not 0; actor and reason are needed, at most 200 characters each; expiresAfterDays is 0 to 36,500.",
        RefusalCode.NotFound => $"There is no customer '{id}'.",
        _ => null,
    };
}

/// <summary>A posting on the wire.</summary>
/// <param name="EntryId">The ledger's entry.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Points">Its points.</param>
/// <param name="Available">Usable points after it.</param>
/// <param name="Pending">Points not usable yet.</param>
/// <param name="At">When it was posted.</param>
public sealed record PostingView(string EntryId, EntryType Type, long Points, long Available, long Pending, Instant At)
{
    public static PostingView Of(PointsAnswer.Done done) => new(done.EntryId, done.Type, done.Points, done.Available, done.Pending, done.At);
}
