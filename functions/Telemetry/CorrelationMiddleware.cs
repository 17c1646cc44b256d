using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Loyalty.Functions.Telemetry;

/// <summary>
/// Tells with every HTTP answer, errors too, which trace it belongs to: <c>traceparent</c> for machines, <c>x-correlation-id</c> for people, who
/// send it along when they ask for help. A trace that the caller has begun goes on.
/// </summary>
public sealed class CorrelationMiddleware : IFunctionsWorkerMiddleware
{
    /// <summary>The header for people: the trace id, 32 hexadecimal digits.</summary>
    public const string Header = "x-correlation-id";

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        using var own = Activity.Current is null ? Begin(http.Request) : null;
        var current = Activity.Current!;
        var (id, trace) = (current.Id!, current.TraceId.ToHexString());
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.TraceParent = id;
            http.Response.Headers[Header] = trace;
            return Task.CompletedTask;
        });
        await next(context);
    }

    /// <summary>Nobody listens, so that there is no span yet: the ids are needed all the same.</summary>
    private static Activity Begin(HttpRequest request)
    {
        var activity = new Activity("request");
        activity.SetIdFormat(ActivityIdFormat.W3C);
        if (request.Headers.TraceParent.ToString() is { Length: > 0 } parent && ActivityContext.TryParse(parent, null, out _)) activity.SetParentId(parent);
        return activity.Start();
    }
}
