using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Functions.Privacy;

/// <summary>What an operator sees of requests about people's data, and who has looked at whom.</summary>
public sealed class PrivacyOperations(PrivacyRequests requests, AuditLog audit, IClock clock)
{
    private const int MostLines = 1000;
    private const int MostOfAnId = 200;
    private static readonly YearMonthPattern Month = YearMonthPattern.Iso;

    [Function("ListPrivacyRequests")]
    [Access(Role.Operator, Role.Support)]
    [Operation("Requests that shops have passed on (customers/data_request, customers/redact, shop/redact), the latest first, at most 500.", Answer = typeof(PrivacyRequest[]))]
    public async Task<IResult> RequestsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "privacy/requests")] HttpRequest request, CancellationToken cancellation) =>
        Problems.Json(await requests.ListAsync(cancellation));

    [Function("ClosePrivacyRequest")]
    [Access(Role.Operator, Role.Support)]
    [Operation("The data that a request asks for was handed over.", Answer = typeof(PrivacyRequest), BodyMediaTypes = [], Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> CloseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "privacy/requests/{request}/done")] HttpRequest http, string request, CancellationToken cancellation) =>
        IsId(request) && await requests.CloseAsync(request, cancellation) is { } closed ? Problems.Json(closed) : Problems.NotFound("There is no such request. List them with /api/privacy/requests.");

    /// <summary>Whatever cannot be an id is nobody's.</summary>
    private static bool IsId(string text) => text.Length <= MostOfAnId && text.All(static c => c is > ' ' and < (char)127 and not ('/' or '\\' or '?' or '#'));

    [Function("ReadAudit")]
    [Access(Role.Operator)]
    [Operation("Who saw or changed what about whom: a month, the latest first, at most 1,000 lines.", Answer = typeof(AuditLine[]), Refusals = [RefusalCode.InvalidField])]
    [Parameter("month", "yyyy-MM; default: this one.")]
    [Parameter("customer", "Only lines about this customer id.")]
    public async Task<IResult> AuditAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "privacy/audit")] HttpRequest request, CancellationToken cancellation)
    {
        var month = clock.GetCurrentInstant();
        if (request.Query["month"].FirstOrDefault() is { Length: > 0 } text)
        {
            if (Month.Parse(text) is not { Success: true, Value: var parsed }) return Problems.Result(RefusalCode.InvalidField, string.Create(CultureInfo.InvariantCulture, $"month is '{text}'; expected e.g. 2026-03."));
            month = parsed.OnDayOfMonth(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
        }

        return Problems.Json(await audit.ListAsync(month, request.Query["customer"].FirstOrDefault(), MostLines, cancellation));
    }
}
