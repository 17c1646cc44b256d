using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Loyalty.Functions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Contact;

/// <summary>Mails that came back and are nobody's, for people to look at.</summary>
public sealed class ReplyFunctions(AsideMails mails, DurableRunHands hands, AuditNotes notes)
{
    [Function("ListReplies")]
    [Access(Role.Support)]
    [Operation("Mails that came back and are nobody's, the latest first.", Answer = typeof(AsideMail[]), Refusals = [RefusalCode.InvalidField])]
    [Parameter("limit", "1 to 500; default 100.")]
    public async Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "replies")] HttpRequest request, CancellationToken cancellation)
    {
        var limit = 100;
        if (request.Query["limit"].FirstOrDefault() is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > AsideMails.ListLimit))
            return Problems.Result(RefusalCode.InvalidField, "limit is 1 to 500.");
        return Problems.Json(await mails.ListAsync(limit, cancellation));
    }

    [Function("AttachReply")]
    [Access(Role.Support)]
    [Operation(
        "Says whose a mail is: it becomes that customer's answer. Told twice it is told once.", Body = typeof(AttachBody), Statuses = [202],
        Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.CustomerErased, RefusalCode.NotTheirMessage, RefusalCode.Conflict])]
    public async Task<IResult> AttachAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "replies/{id}/attach")] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<AttachBody>(request, cancellation);
        if (body is null) return refusal!;
        if (string.IsNullOrEmpty(body.CustomerId) || body.CustomerId.Length > PersonResolver.MaxOwnId) return Problems.Result(RefusalCode.InvalidField, "customerId: 1 to 64 characters were expected.");
        hands.Bind(client);
        await notes.AboutAsync(request, "AttachReply", body.CustomerId, cancellation);
        return await mails.AttachAsync(id, body.CustomerId, cancellation) is { } code ? Refused(code) : Results.StatusCode(StatusCodes.Status202Accepted);
    }

    [Function("DismissReply")]
    [Access(Role.Support)]
    [Operation("There is nothing to do about a mail: it leaves the list.", Statuses = [204], Refusals = [RefusalCode.NotFound, RefusalCode.Conflict])]
    public async Task<IResult> DismissAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "replies/{id}/dismiss")] HttpRequest request, string id, CancellationToken cancellation) =>
        await mails.DismissAsync(id, cancellation) is { } code ? Refused(code) : Results.NoContent();

    private static IResult Refused(RefusalCode code) => Problems.Result(code, code switch
    {
        RefusalCode.NotFound => "There is no such mail, or no such customer. GET /api/replies lists the mails.",
        RefusalCode.NotTheirMessage => "It names a message that did not go to this customer, and takes nothing back from them.",
        RefusalCode.CustomerErased => "The customer was erased.",
        _ => "Somebody has looked at it already.",
    });
}

/// <summary>Whose a mail is.</summary>
public sealed record AttachBody
{
    public string? CustomerId { get; init; }
}
