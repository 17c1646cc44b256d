using Loyalty.Core;
using Loyalty.Engine.Referrals;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Referrals;

/// <summary>Links, clicks, joins, and the review of what the checks held.</summary>
public sealed class ReferralFunctions(ReferralLinks links, JoinReferral joins, ReferralQueries queries, ReviewReferral review)
{
    [Function("GetReferralLink")]
    [Access(Role.Integration, Role.Support)]
    [Operation(
        "A customer's referral code and link, always the same. What the storefront knows of the customer (signals) is noted for the checks.",
        Body = typeof(ReferralSignals),
        Answer = typeof(ReferralLinkView),
        Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.NotFound])]
    public async Task<IResult> LinkAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "customers/{id}/referral")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<ReferralSignals>(request, cancellation);
        if (body is null) return refusal!;
        return await links.LinkAsync(id, body, cancellation) is { } link ? Problems.Json(link) : Problems.NotFound($"There is no customer '{id}', or the program has no referrals.");
    }

    [Function("GetReferrals")]
    [Access(Role.Integration, Role.Support)]
    [Operation("The friends whom a customer brought, the latest first, and what became of each.", Answer = typeof(ReferralView[]))]
    public async Task<IResult> OfReferrerAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/referrals")] HttpRequest request, string id, CancellationToken cancellation) =>
        Problems.Json(await queries.OfReferrerAsync(id, cancellation));

    [Function("ClickReferral")]
    [Access(Role.Integration)]
    [Operation(
        "A visitor followed a referral link; the last click counts for the days of click-window.",
        Body = typeof(ClickRequest),
        Statuses = [204],
        Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound])]
    public async Task<IResult> ClickAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/clicks")] HttpRequest request, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<ClickRequest>(request, cancellation);
        if (body is null) return refusal!;
        if (body.Visitor.Length is 0 or > 200) return Problems.Result(RefusalCode.InvalidField, "visitor: 1 to 200 characters are expected.");
        return await links.ClickAsync(body, cancellation) ? Results.NoContent() : Problems.NotFound("No such referral code.");
    }

    [Function("JoinReferral")]
    [Access(Role.Integration)]
    [Operation(
        "A friend joins with a typed code or after a click; the checks allow, hold or refuse it, with every reason.",
        Body = typeof(JoinRequest),
        Answer = typeof(ReferralView),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.MissingHeader, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.Conflict,
            RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public async Task<IResult> JoinAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/joins")] HttpRequest request, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<JoinRequest>(request, cancellation);
        if (body is null) return refusal!;
        return await joins.JoinAsync(body, JsonRequest.Key(request), cancellation) switch
        {
            JoinAnswer.Done done => Problems.Json(done.Referral),
            JoinAnswer.Refused refused => Problems.Result(refused.Code, refused.Detail),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    [Function("ListHeldReferrals")]
    [Access(Role.Support, Role.Operator)]
    [Operation("The review queue: referrals that the checks held, the oldest first, with their reasons.", Answer = typeof(ReferralView[]))]
    public async Task<IResult> HeldAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "referrals")] HttpRequest request, CancellationToken cancellation) =>
        Problems.Json(await queries.HeldAsync(cancellation));

    [Function("GetReferral")]
    [Access(Role.Support, Role.Operator, Role.Integration)]
    [Operation("The referral of a friend.", Answer = typeof(ReferralView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "referrals/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        await queries.FindAsync(id, cancellation) is { } referral ? Problems.Json(referral) : Problems.NotFound($"Nobody brought '{id}'.");

    [Function("DecideReferral")]
    [Access(Role.Support, Role.Operator)]
    [Operation(
        "Allows or refuses a referral; can be reversed by the other decision, and the rewards follow.",
        Body = typeof(VerdictRequest),
        Answer = typeof(ReferralView),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.MissingHeader, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public async Task<IResult> DecideAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/{id}/decision")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<VerdictRequest>(request, cancellation);
        if (body is null) return refusal!;
        return await review.DecideAsync(id, body, JsonRequest.Key(request), cancellation) switch
        {
            VerdictAnswer.Done done => Problems.Json(done.Referral),
            VerdictAnswer.Refused refused => Problems.Result(refused.Code, refused.Detail),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }
}
