using Loyalty.Core;
using Loyalty.Engine.Contact;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Contact;

/// <summary>The suppression list: what another system has collected, and the way back for an address.</summary>
public sealed class SuppressionFunctions(SuppressionList suppressions, LiftSuppression lifting, AuditNotes notes)
{
    private const int MostBytes = 1024 * 1024;

    [Function("ImportSuppressions")]
    [Access(Role.Marketer, Role.Operator)]
    [Operation("Puts addresses on the suppression list: one e-mail address or phone number a line, or a table with a column of them.", BodyMediaTypes = ["text/plain", "text/csv"], Answer = typeof(SuppressionImport), Refusals = [RefusalCode.BodyTooLarge, RefusalCode.TooManyItems, RefusalCode.MalformedBody])]
    [Parameter("source", "Where the list comes from; default: import.")]
    public async Task<IResult> ImportAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suppressions")] HttpRequest request, CancellationToken cancellation)
    {
        var bytes = await RequestBody.ReadAsync(request, MostBytes, cancellation);
        if (bytes.Length > MostBytes) return Problems.Result(RefusalCode.BodyTooLarge, $"More than {MostBytes} bytes: send the list in parts.");
        if (bytes.Length == 0) return Problems.Result(RefusalCode.MalformedBody, "Send one address a line.");
        // Addresses that were read wrongly would be suppressed for nobody.
        if (!System.Text.Unicode.Utf8.IsValid(bytes.Span)) return Problems.Result(RefusalCode.MalformedBody, "The list is not in UTF-8.");
        var lines = SuppressionLines.Read(System.Text.Encoding.UTF8.GetString(bytes.Span));
        if (lines.Count > SuppressionList.ImportLimit) return Problems.Result(RefusalCode.TooManyItems, $"More than {SuppressionList.ImportLimit} lines: send the list in parts.");
        var source = request.Query["source"].FirstOrDefault() is { Length: > 0 and <= 100 } named ? named : "import";
        return Problems.Json(await suppressions.ImportAsync(lines, source, cancellation));
    }

    [Function("LiftSuppression")]
    [Access(Role.Support, Role.Operator)]
    [Operation(
        "Takes an address off the suppression list: the imported one, and its person's (bounce, complaint). Consent stays as it is.",
        Body = typeof(LiftBody), Answer = typeof(LiftAnswer.Done),
        Refusals = [RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.InvalidField, RefusalCode.NotFound, RefusalCode.CustomerErased, RefusalCode.Conflict])]
    public async Task<IResult> LiftAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suppressions/lift")] HttpRequest request, CancellationToken cancellation)
    {
        // In the body, for paths and queries stand in logs.
        var (body, refusal) = await JsonRequest.ReadAsync<LiftBody>(request, cancellation);
        if (body is null) return refusal!;
        if (string.IsNullOrWhiteSpace(body.Address)) return Problems.Result(RefusalCode.InvalidField, "address: an e-mail address, a phone number (E.164) or a customer's id was expected.");
        if (await lifting.OwnerAsync(body.Address.Trim(), cancellation) is { } owner) await notes.AboutAsync(request, "LiftSuppression", owner, cancellation);
        return await lifting.LiftAsync(body.Address, cancellation) switch
        {
            LiftAnswer.Done done => Problems.Json(done),
            LiftAnswer.Refused { Code: RefusalCode.InvalidField } => Problems.Result(RefusalCode.InvalidField, "address: an e-mail address, a phone number (E.164) or a customer's id was expected."),
            LiftAnswer.Refused { Code: RefusalCode.NotFound } => Problems.NotFound("The address is not suppressed."),
            LiftAnswer.Refused { Code: RefusalCode.CustomerErased } => Problems.Result(RefusalCode.CustomerErased, "The address was an erased person's: nothing is sent there until they sign up anew."),
            LiftAnswer.Refused refused => Problems.Result(refused.Code, "The person is being merged with another; ask again."),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }
}

/// <summary>Which address.</summary>
public sealed record LiftBody
{
    /// <summary>An e-mail address, a phone number in E.164, or, of a channel that takes customers, a customer's id.</summary>
    public string? Address { get; init; }
}
