using System.Globalization;
using Azure.Messaging.ServiceBus;
using Loyalty.Core;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace Loyalty.Functions.Http;

/// <summary>
/// Answers an HTTP caller when a function throws, always with a problem document: 503 with Retry-After when the store or the bus cannot be reached,
/// so that platforms send again; 400 or 413 when the request itself cannot be read; else 500, and the log has the reason.
/// </summary>
public sealed partial class ProblemMiddleware(ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private const int RetryAfterSeconds = 10;
    private const int RetryAfterMost = 3600;

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception failure) when (context.GetHttpContext() is { Response.HasStarted: false } http && !http.RequestAborted.IsCancellationRequested)
        {
            await AnswerAsync(context, context.GetHttpContext()!, failure);
        }
    }

    private async Task AnswerAsync(FunctionContext context, HttpContext http, Exception failure)
    {
        http.Response.Clear();
        var (code, detail) = Classify(failure);
        if (code == RefusalCode.Unavailable) http.Response.Headers.RetryAfter = SecondsOf(failure).ToString(CultureInfo.InvariantCulture);
        if (code == RefusalCode.InternalError)
        {
            LogFailed(logger, failure, context.FunctionDefinition.Name, context.InvocationId);
            detail = $"The log has the reason under invocation {context.InvocationId}.";
        }

        await Problems.Result(code, detail).ExecuteAsync(http);
    }

    private static (RefusalCode Code, string Detail) Classify(Exception failure) => failure switch
    {
        ShopUnavailableException => (RefusalCode.Unavailable, "The shop cannot be reached now, or takes no more; send the same request again."),
        _ when IsUnavailable(failure) => (RefusalCode.Unavailable, "The store or the queue cannot be reached now; send the same request again."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large => (RefusalCode.BodyTooLarge, large.Message),
        BadHttpRequestException malformed => (RefusalCode.MalformedRequest, malformed.Message),
        _ => (RefusalCode.InternalError, ""),
    };

    /// <summary>As long as the store asks for, at least ten seconds.</summary>
    private static int SecondsOf(Exception failure) => failure switch
    {
        StoreUnavailableException { RetryAfter: { } asked } => (int)Math.Clamp(Math.Ceiling(asked.TotalSeconds), RetryAfterSeconds, RetryAfterMost),
        ShopUnavailableException { RetryAfter: { } asked } => (int)Math.Clamp(Math.Ceiling(asked.TotalSeconds), RetryAfterSeconds, RetryAfterMost),
        AggregateException { InnerException: { } inner } => SecondsOf(inner),
        _ => RetryAfterSeconds,
    };

    private static bool IsUnavailable(Exception failure) => failure switch
    {
        StoreUnavailableException => true,
        ServiceBusException { IsTransient: true } => true,
        AggregateException { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    [LoggerMessage(1001, LogLevel.Error, "HTTP function {Function} failed (invocation {Invocation}).")]
    private static partial void LogFailed(ILogger logger, Exception failure, string function, string invocation);
}
