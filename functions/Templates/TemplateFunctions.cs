using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Contact.Previews;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Templates;

/// <summary>Templates as they would be read, and test messages. Marketers see a customer's figures, and the sample's name and addresses in place of the customer's own.</summary>
public sealed class TemplateFunctions(TemplatePreviews previews, TestSends tests, CustomerQueries queries, AuditNotes notes)
{
    [Function("ListTemplates")]
    [Access(Role.Marketer, Role.Support)]
    [Operation("The templates that are live: languages, and the journeys that send them.", Answer = typeof(TemplateSummary[]))]
    public IResult List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "templates")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Problems.Json(previews.List());
    }

    [Function("PreviewTemplate")]
    [Access(Role.Marketer, Role.Support)]
    [Operation(
        "A template as it would be read, in each language: subject, HTML and text, with the sample customer's values or a real one's; also of a draft. Nothing is sent or written.",
        Body = typeof(PreviewRequest),
        Answer = typeof(TemplatePreview),
        Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.ProgramInvalid])]
    public async Task<IResult> PreviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "templates/{name}/preview")] HttpRequest request, string name, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<PreviewRequest>(request, cancellation);
        if (body is null) return refusal!;
        await NoteAsync(request, "PreviewTemplate", body.Customer, cancellation);
        return await previews.PreviewAsync(name, body, ShowsPerson(request), cancellation) switch
        {
            PreviewAnswer.Done done => Problems.Json(done.Preview),
            PreviewAnswer.Refused refused => Problems.Result(refused.Code, refused.Detail),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    [Function("SendTestMessage")]
    [Access(Role.Marketer)]
    [Operation(
        "Sends a template to an address to try it out, marked as a test; counts towards no cap, and goes to no suppressed address.",
        Body = typeof(TestSendRequest),
        Answer = typeof(TestSendAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.MissingHeader, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.ProgramInvalid,
            RefusalCode.AddressSuppressed, RefusalCode.Conflict, RefusalCode.IdempotencyKeyReused, RefusalCode.RateLimited,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public async Task<IResult> SendTestAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "templates/{name}/test")] HttpRequest request, string name, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<TestSendRequest>(request, cancellation);
        if (body is null) return refusal!;
        await NoteAsync(request, "SendTestMessage", body.Customer, cancellation);
        switch (await tests.SendAsync(name, body, JsonRequest.Key(request), ShowsPerson(request), cancellation))
        {
            case TestSendAnswer.Done done: return Problems.Json(done);
            case TestSendAnswer.Refused refused:
                if (refused.RetryAfter is { } pause)
                    request.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(pause.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                return Problems.Result(refused.Code, refused.Detail);
            default: throw new InvalidOperationException("An answer of no known kind.");
        }
    }

    /// <summary>A letter with somebody's figures in it is a look at them.</summary>
    private async Task NoteAsync(HttpRequest request, string action, string? customer, CancellationToken cancellation)
    {
        if (!string.IsNullOrWhiteSpace(customer) && await queries.FindAsync(customer, cancellation) is { } id) await notes.AboutAsync(request, action, id, cancellation);
    }

    /// <summary>Names and addresses are for those who may read them at the customer too.</summary>
    private static bool ShowsPerson(HttpRequest request) => Caller.Of(request)?.Is(Role.Support) ?? false;
}
