using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Loyalty.LocalHost.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Loyalty.LocalHost.Hosting;

/// <summary>HTTP functions on ASP.NET Core's routing, as the Functions host takes their routes.</summary>
internal sealed class HttpFunctions(
    FunctionInvoker invoker, HostClock clock, JsonSerializerOptions json, ILogger logger)
{
    private const string HttpContextKey = "HttpRequestContext";
    private static readonly string[] AllMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    public static void Map(
        IEndpointRouteBuilder endpoints, FunctionCatalog catalog, string prefix, Func<HttpFunctions> self)
    {
        foreach (var (function, trigger) in catalog.With<HttpTriggerAttribute>())
        {
            var route = RouteTable.Template(prefix, trigger.Route ?? function.Name);
            endpoints.MapMethods(route, MethodsOf(trigger), http => self().RunAsync(function, http)).WithDisplayName(
                function.Name);
        }
    }

    public static IReadOnlyList<string> MethodsOf(HttpTriggerAttribute trigger) =>
        trigger.Methods is { Length: > 0 } methods
            ? [.. methods.Select(method => method.ToUpperInvariant())]
            : AllMethods;

    private async Task RunAsync(LocalFunction function, HttpContext http)
    {
        // A request under way holds virtual time.
        using var busy = clock.Busy("http");
        try
        {
            var data = http.Request.RouteValues.ToDictionary(
                pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
            object? body = null;
            var wantsBody = function.Parameters.FirstOrDefault(IsBody);
            if (wantsBody is not null)
                body = await http.Request.ReadFromJsonAsync(wantsBody.ParameterType, json, http.RequestAborted);
            var context = await invoker.InvokeAsync(
                function,
                Source(http, body),
                data,
                context => context.Items[HttpContextKey] = http,
                http.Request.Headers.TraceParent,
                http.RequestAborted);
            if (context.WasCalled) await AnswerAsync(http, Answer(context.Result));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more.
        }
        catch (Exception exception)
        {
            await FailAsync(function, http, exception);
        }
    }

    private static bool IsBody(ParameterInfo parameter) =>
        parameter.IsDefined(typeof(FromBodyAttribute))
            || parameter.IsDefined(typeof(Microsoft.AspNetCore.Mvc.FromBodyAttribute));

    private static ParameterSource Source(HttpContext http, object? body) =>
        (ParameterInfo parameter, LocalFunctionContext _, out object? value) =>
    {
        value = parameter.ParameterType == typeof(HttpRequest) ? http.Request
            : parameter.ParameterType == typeof(HttpContext) ? http
            : IsBody(parameter) ? body
            : null;
        return value is not null || IsBody(parameter);
    };

    /// <summary>The answer of an output type is its property with <c>[HttpResult]</c>.</summary>
    private static object? Answer(object? result) => result?.GetType().GetProperties()
        .FirstOrDefault(property => property.IsDefined(typeof(HttpResultAttribute))) is { } property
        ? property.GetValue(result)
        : result;

    private async Task AnswerAsync(HttpContext http, object? result)
    {
        switch (result)
        {
            case IActionResult action:
                await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
                break;
            case IResult answer:
                await answer.ExecuteAsync(http);
                break;
            case null when http.Response.HasStarted:
                break;
            case null:
                if (http.Response.StatusCode == StatusCodes.Status200OK)
                    http.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case string text:
                await http.Response.WriteAsync(text, http.RequestAborted);
                break;
            default:
                await http.Response.WriteAsJsonAsync(
                    result, result.GetType(), json, contentType: null, http.RequestAborted);
                break;
        }
    }

    private async Task FailAsync(LocalFunction function, HttpContext http, Exception exception)
    {
        var trace = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
        if (exception is not (BadHttpRequestException or JsonException)) HostLog.HttpFailed(logger, exception, function.Name, trace);
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        await HttpProblems.AnswerAsync(http, exception, trace);
    }
}
