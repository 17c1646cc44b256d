using System.Collections.Concurrent;
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

namespace Loyalty.LocalHost.Hosting;

/// <summary>HTTP functions on ASP.NET Core's routing, as the Functions host takes their routes.</summary>
internal sealed class HttpFunctions(
    FunctionInvoker invoker, HostClock clock, JsonSerializerOptions json, ILogger logger)
{
    private const string HttpContextKey = "HttpRequestContext";
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Answers = new();
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
            IReadOnlyDictionary<string, object?>? data = http.Request.RouteValues is { Count: > 0 } values
                ? values.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase)
                : null;
            object? body = null;
            if (function.BodyParameter is { } wantsBody)
                body = await http.Request.ReadFromJsonAsync(wantsBody.ParameterType, json, http.RequestAborted);
            var context = await invoker.InvokeAsync(
                function,
                Source(function, http, body),
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

    private static ParameterSource Source(LocalFunction function, HttpContext http, object? body) =>
        (ParameterInfo parameter, LocalFunctionContext _, out object? value) =>
    {
        value = parameter.ParameterType == typeof(HttpRequest) ? http.Request
            : parameter.ParameterType == typeof(HttpContext) ? http
            : parameter == function.BodyParameter ? body
            : null;
        return value is not null || parameter == function.BodyParameter;
    };

    /// <summary>The answer of an output type is its property with <c>[HttpResult]</c>.</summary>
    private static object? Answer(object? result)
    {
        if (result is null or IResult or IActionResult) return result;
        var property = Answers.GetOrAdd(result.GetType(), static type => Array.Find(
            type.GetProperties(), static property => property.IsDefined(typeof(HttpResultAttribute))));
        return property is null ? result : property.GetValue(result);
    }

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
