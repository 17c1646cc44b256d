using Loyalty.Core;
using Loyalty.Engine.Offers;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Offers;

/// <summary>Codes at a checkout of your own: quote, hold, commit or release.</summary>
public sealed class CodeFunctions(OfferCodes codes)
{
    [Function("QuoteCode")]
    [Access(Role.Integration)]
    [Operation(
        "What a code would take off a basket. Changes nothing.",
        Body = typeof(CodeRequest),
        Answer = typeof(CodeAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.CodeUsed, RefusalCode.CodeExpired,
            RefusalCode.CodeVoid, RefusalCode.CodeHeld, RefusalCode.CodeNotYours, RefusalCode.OfferClosed, RefusalCode.OfferNotApplicable, RefusalCode.NotCombinable,
            RefusalCode.BudgetExhausted,
        ])]
    public Task<IResult> QuoteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "offers/{id}/quote")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<CodeRequest>(request, body => codes.QuoteAsync(id, body, cancellation), CodeRequest.Problem, cancellation);

    [Function("HoldCode")]
    [Access(Role.Integration)]
    [Operation(
        "Reserves a code for a checkout, and what it gives of the offer's budget. The reservation lapses by itself.",
        Body = typeof(CodeRequest),
        Answer = typeof(CodeAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.CodeUsed,
            RefusalCode.CodeExpired, RefusalCode.CodeVoid, RefusalCode.CodeHeld, RefusalCode.CodeNotYours, RefusalCode.OfferClosed, RefusalCode.OfferNotApplicable,
            RefusalCode.NotCombinable, RefusalCode.BudgetExhausted, RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public Task<IResult> HoldAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "offers/{id}/hold")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<CodeRequest>(request, body => codes.HoldAsync(id, body, JsonRequest.Key(request), cancellation), CodeRequest.Problem, cancellation);

    [Function("CommitCode")]
    [Access(Role.Integration)]
    [Operation(
        "Redeems a reserved code; what it gives besides a discount (points, a deposit, a tier, a ticket) goes to the customer.",
        Body = typeof(CodeCommitRequest),
        Answer = typeof(CodeAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.HoldExpired, RefusalCode.CodeUsed,
            RefusalCode.CodeVoid, RefusalCode.OfferClosed, RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public Task<IResult> CommitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "offers/{id}/commit")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<CodeCommitRequest>(request, body => codes.CommitAsync(id, body, JsonRequest.Key(request), cancellation), CodeCommitRequest.Problem, cancellation);

    [Function("ReleaseCode")]
    [Access(Role.Integration)]
    [Operation(
        "Gives a reserved code back.",
        Body = typeof(CodeCommitRequest),
        Answer = typeof(CodeAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.CodeUsed,
            RefusalCode.IdempotencyKeyReused,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public Task<IResult> ReleaseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "offers/{id}/release")] HttpRequest request, string id, CancellationToken cancellation) =>
        AnswerAsync<CodeCommitRequest>(request, body => codes.ReleaseAsync(id, body, JsonRequest.Key(request), cancellation), CodeCommitRequest.Problem, cancellation);

    private static async Task<IResult> AnswerAsync<T>(
        HttpRequest request, Func<T, Task<CodeAnswer>> ask, Func<T, string?>? problem, CancellationToken cancellation)
        where T : class
    {
        var (body, refusal) = await JsonRequest.ReadAsync<T>(request, cancellation);
        if (body is null) return refusal!;
        if (problem?.Invoke(body) is { } wrong) return Problems.Result(RefusalCode.InvalidField, wrong);
        return await ask(body) switch
        {
            CodeAnswer.Done done => Problems.Json(done),
            CodeAnswer.Refused refused => Problems.Refused(refused.Code, refused.Detail),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }
}
