using Loyalty.Core;
using Loyalty.Engine.Redemptions;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Redemptions;

/// <summary>Paying with points, or with the deposit of a gift card, at a checkout of your own.</summary>
public sealed class RedemptionFunctions(RedeemPoints redemptions, AuditNotes notes)
{
    [Function("Redeem")]
    [Access(Role.Integration)]
    [Operation(
        "Quotes what a basket could be paid with (action quote), or reserves points for a checkout (action hold).",
        Body = typeof(RedemptionRequest),
        Answer = typeof(RedemptionAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound,
            RefusalCode.UnknownWallet, RefusalCode.InvalidAmount, RefusalCode.InsufficientPoints, RefusalCode.TooManyHolds, RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning + " A quote needs none.", In = "header")]
    public Task<IResult> RedeemAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "redemptions")] HttpRequest request, CancellationToken cancellation) =>
        AnswerAsync<RedemptionRequest>(
            request,
            body => body.Action == "quote" ? redemptions.QuoteAsync(body, cancellation) : redemptions.HoldAsync(body, JsonRequest.Key(request), cancellation),
            RedemptionRequest.Problem,
            cancellation);

    [Function("CommitRedemption")]
    [Access(Role.Integration)]
    [Operation(
        "Redeems reserved points; with the order that they paid, its refunds give points back.",
        Body = typeof(RedemptionCommitRequest),
        Answer = typeof(RedemptionAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.HoldExpired,
            RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public Task<IResult> CommitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "redemptions/{id}/commit")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<RedemptionCommitRequest>(request, body => redemptions.CommitAsync(id, body, JsonRequest.Key(request), cancellation), null, cancellation);

    [Function("ReleaseRedemption")]
    [Access(Role.Integration)]
    [Operation(
        "Gives reserved points back.",
        Answer = typeof(RedemptionAnswer.Done),
        Refusals = [RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.HoldExpired, RefusalCode.IdempotencyKeyReused])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public async Task<IResult> ReleaseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "redemptions/{id}/release")] HttpRequest request, string id, CancellationToken cancellation) =>
        Answer(await redemptions.ReleaseAsync(id, JsonRequest.Key(request), cancellation));

    [Function("RestoreRedemption")]
    [Access(Role.Integration, Role.Support)]
    [Operation(
        "Gives redeemed points back to the lots they came from, in part or all.",
        Body = typeof(RedemptionRestoreRequest),
        Answer = typeof(RedemptionAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound,
            RefusalCode.InvalidAmount, RefusalCode.ExceedsRedemption, RefusalCode.KeyConflict,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public Task<IResult> RestoreAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "redemptions/{id}/restore")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<RedemptionRestoreRequest>(
            request,
            async body =>
            {
                if (RedeemPoints.CustomerOf(id) is { } customerId) await notes.AboutAsync(request, "RestoreRedemption", customerId, cancellation);
                return await redemptions.RestoreAsync(id, body, JsonRequest.Key(request), cancellation);
            },
            null,
            cancellation);

    private static async Task<IResult> AnswerAsync<T>(
        HttpRequest request, Func<T, Task<RedemptionAnswer>> ask, Func<T, string?>? problem, CancellationToken cancellation)
        where T : class
    {
        var (body, refusal) = await JsonRequest.ReadAsync<T>(request, cancellation);
        if (body is null) return refusal!;
        return problem?.Invoke(body) is { } wrong ? Problems.Result(RefusalCode.InvalidField, wrong) : Answer(await ask(body));
    }

    private static IResult Answer(RedemptionAnswer answer) => answer switch
    {
        RedemptionAnswer.Quoted quoted => Problems.Json(quoted),
        RedemptionAnswer.Done done => Problems.Json(done),
        RedemptionAnswer.Refused refused => Problems.Refused(refused.Code, refused.Detail),
        _ => throw new InvalidOperationException("An answer of no known kind."),
    };
}
