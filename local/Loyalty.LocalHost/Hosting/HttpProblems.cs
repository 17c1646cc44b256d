using System.Diagnostics;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Refusals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Loyalty.LocalHost.Hosting;

/// <summary>What no function answers (no such route, another method, a request that cannot be read) is a problem document with a code too.</summary>
internal static class HttpProblems
{
    /// <summary>Fills the empty answers of routing.</summary>
    public static void Use(WebApplication web) => web.Use(static async (http, next) =>
    {
        await next(http);
        if (http.Response is not { HasStarted: false, ContentLength: null, ContentType: null } response) return;
        if (Of(http) is { } problem) await WriteAsync(http, problem.Code, problem.Detail, response.StatusCode);
    });

    /// <summary>Answers what went wrong outside of the program's own middleware.</summary>
    public static Task AnswerAsync(HttpContext http, Exception exception, string trace)
    {
        http.Response.Clear();
        var (code, detail) = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large => (RefusalCode.BodyTooLarge, large.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } other => (RefusalCode.UnsupportedMediaType, other.Message),
            BadHttpRequestException malformed => (RefusalCode.MalformedRequest, malformed.Message),
            JsonException => (RefusalCode.MalformedBody, "The body is no valid JSON."),
            _ => (RefusalCode.InternalError, $"The log has the reason under trace {trace}."),
        };
        return WriteAsync(http, code, detail, RefusalTable.Status(code));
    }

    private static (RefusalCode Code, string Detail)? Of(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound when http.GetEndpoint() is null => (RefusalCode.NotFound, "There is no such route; /api/openapi.json lists them."),
        StatusCodes.Status405MethodNotAllowed => (RefusalCode.MethodNotAllowed, $"This route takes {http.Response.Headers.Allow}."),
        StatusCodes.Status415UnsupportedMediaType => (RefusalCode.UnsupportedMediaType, "Send JSON."),
        StatusCodes.Status400BadRequest => (RefusalCode.MalformedRequest, "The request cannot be read."),
        _ => null,
    };

    private static Task WriteAsync(HttpContext http, RefusalCode code, string detail, int status)
    {
        http.Response.StatusCode = status;
        var problem = RefusalTable.ToProblem(code, detail, Activity.Current?.Id);
        return http.Response.WriteAsJsonAsync(problem, LoyaltyJson.Options, Problem.ContentType, http.RequestAborted);
    }
}
