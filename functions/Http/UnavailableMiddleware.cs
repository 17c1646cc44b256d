using System.Globalization;
using Azure.Messaging.ServiceBus;
using Loyalty.Core;
using Loyalty.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Loyalty.Functions.Http;

/// <summary>Tells an HTTP caller that the store or the bus cannot be reached: 503 with Retry-After, so that platforms send again.</summary>
public sealed class UnavailableMiddleware : IFunctionsWorkerMiddleware
{
    private const int RetryAfterSeconds = 10;

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception failure) when (IsUnavailable(failure) && context.GetHttpContext() is { Response.HasStarted: false })
        {
            var http = context.GetHttpContext()!;
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            await Problems.Result(RefusalCode.Unavailable, "The store or the queue cannot be reached now; send the same request again.").ExecuteAsync(http);
        }
    }

    private static bool IsUnavailable(Exception failure) => failure switch
    {
        StoreUnavailableException => true,
        ServiceBusException { IsTransient: true } => true,
        AggregateException { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };
}
