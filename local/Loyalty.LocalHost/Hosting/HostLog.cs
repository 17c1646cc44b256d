using Microsoft.Extensions.Logging;

namespace Loyalty.LocalHost.Hosting;

/// <summary>The host's log messages, ids 2100 to 2199. Names only, never payloads.</summary>
internal static partial class HostLog
{
    [LoggerMessage(2100, LogLevel.Information, "{Functions} functions on {Address}; file {File}, {Role}.")]
    public static partial void Started(ILogger logger, int functions, Uri address, string file, string role);

    [LoggerMessage(2101, LogLevel.Error, "HTTP function '{Function}' failed (trace {TraceId}).")]
    public static partial void HttpFailed(ILogger logger, Exception exception, string function, string traceId);

    [LoggerMessage(2102, LogLevel.Warning, "Function '{Function}' failed on message {SequenceNumber} of queue "
        + "'{Queue}', delivery {DeliveryCount}.")]
    public static partial void MessageFailed(
        ILogger logger, Exception exception, string function, long sequenceNumber, string queue, int deliveryCount);

    [LoggerMessage(2103, LogLevel.Error, "Timer function '{Function}' failed.")]
    public static partial void TimerFailed(ILogger logger, Exception exception, string function);

    [LoggerMessage(2104, LogLevel.Information, "Standing by: the file is {Owner}. HTTP is served; queues, timers and "
        + "orchestrations run there.")]
    public static partial void StandsBy(ILogger logger, string owner);

    [LoggerMessage(2105, LogLevel.Information, "This host owns the file now.")]
    public static partial void Owns(ILogger logger);

    [LoggerMessage(2106, LogLevel.Critical, "The host has stopped working: {Reason}")]
    public static partial void Failed(ILogger logger, Exception? exception, string reason);

    [LoggerMessage(2107, LogLevel.Error, "A write of queue '{Queue}' that nobody waits for failed.")]
    public static partial void QueueFailed(ILogger logger, Exception exception, string queue);

    [LoggerMessage(2108, LogLevel.Warning, "The command line will not find this host by its file: {Reason}")]
    public static partial void NoWord(ILogger logger, string reason);

    [LoggerMessage(2109, LogLevel.Error, "The data file cannot be used now ({Reason}). Queue '{Queue}' waits {Seconds} s and tries again by itself; "
        + "what was accepted stays in it. Look at the disk's free space and at who else uses the file.")]
    public static partial void QueuePauses(ILogger logger, string queue, double seconds, string reason);
}
