using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Contact;

/// <summary>Feedback, for people who work with customers.</summary>
public sealed class FeedbackFunctions(AnswersUseCase answers, DurableRunHands hands)
{
    private const int MostMessageId = 400;

    /// <summary>The kind of what came by mail.</summary>
    private const string Reply = "reply";

    [Function("ListFeedback")]
    [Access(Role.Support, Role.Marketer)]
    [Operation("What people said, the latest first.", Answer = typeof(FeedbackRecord[]), Refusals = [RefusalCode.InvalidField])]
    [Parameter("kind", "complaint, question, advice, idea, rating, reason or reply; default: all.")]
    [Parameter("limit", "1 to 500; default 100.")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "feedback")] HttpRequest request, CancellationToken cancellation)
    {
        var limit = 100;
        if (request.Query["limit"].FirstOrDefault() is { } text && (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out limit) || limit is < 1 or > 500))
            return Problems.Result(RefusalCode.InvalidField, "limit is 1 to 500.");
        var kind = request.Query["kind"].FirstOrDefault();
        if (kind is not (null or Reply) && !AnswersUseCase.Kinds.Contains(kind)) return Problems.Result(RefusalCode.InvalidField, $"kind is one of {string.Join(", ", AnswersUseCase.Kinds)}, {Reply}.");
        return Problems.Json(await answers.ListAsync(kind, limit, cancellation));
    }

    [Function("GiveFeedback")]
    [Access(Role.Support, Role.Integration)]
    [Operation("Notes what a customer said; a complaint opens a task.", Body = typeof(FeedbackBody), Statuses = [202], Refusals = [RefusalCode.MalformedBody, RefusalCode.InvalidField, RefusalCode.BodyTooLarge, RefusalCode.NotFound])]
    public async Task<IResult> GiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "feedback")] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<FeedbackBody>(request, cancellation);
        if (body is null) return refusal!;
        var answer = new FeedbackAnswer { Kind = body.Kind ?? "", Text = body.Text, Reason = body.Reason, Rating = body.Rating, About = body.About };
        if (string.IsNullOrEmpty(body.CustomerId)) return Problems.Result(RefusalCode.InvalidField, "customerId is missing.");
        if (body.CustomerId.Length > PersonResolver.MaxOwnId) return Problems.Result(RefusalCode.InvalidField, "customerId: at most 64 characters.");
        if (AnswersUseCase.Problem(answer) is { } problem) return Problems.Result(RefusalCode.InvalidField, problem);
        if (body.MessageId?.Length > MostMessageId) return Problems.Result(RefusalCode.InvalidField, $"messageId has at most {MostMessageId} characters.");
        hands.Bind(client);
        return await answers.AnswerAsync(body.CustomerId, answer, body.MessageId, "support", cancellation)
            ? Results.StatusCode(StatusCodes.Status202Accepted)
            : Problems.NotFound($"There is no customer '{body.CustomerId}'.");
    }
}

/// <summary>What a customer said, as support or a shop tells it.</summary>
public sealed record FeedbackBody
{
    public string? CustomerId { get; init; }

    /// <summary>complaint, question, advice, idea, rating, reason.</summary>
    public string? Kind { get; init; }
    public string? Text { get; init; }
    public string? Reason { get; init; }

    /// <summary>0 to 10.</summary>
    public int? Rating { get; init; }

    /// <summary>product, outlet, unit, order.</summary>
    public string? About { get; init; }

    /// <summary>The message that is answered.</summary>
    public string? MessageId { get; init; }
}
