using Microsoft.Extensions.Logging;

namespace Loyalty.LocalHost.Durable;

/// <summary>The durable engine's log messages, ids 2000 to 2099. Ids and names only, never payloads.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(2000, LogLevel.Information, "Durable engine started: {Instances} live instances, {Activities} "
        + "activities to run again, {Timers} timers.")]
    public static partial void Started(ILogger logger, int instances, int activities, int timers);

    [LoggerMessage(2001, LogLevel.Warning, "Activity '{Activity}' of instance '{InstanceId}' failed.")]
    public static partial void ActivityFailed(ILogger logger, Exception exception, string activity, string instanceId);

    [LoggerMessage(2002, LogLevel.Error, "Orchestration '{Orchestrator}', instance '{InstanceId}', failed: {Reason}")]
    public static partial void OrchestrationFailed(
        ILogger logger, string orchestrator, string instanceId, string reason);

    [LoggerMessage(2003, LogLevel.Critical, "The durable engine has stopped: what it did cannot be stored any more.")]
    public static partial void Faulted(ILogger logger, Exception exception);

    [LoggerMessage(2004, LogLevel.Debug, "Event '{Event}' for instance '{InstanceId}' was dropped: there is no such "
        + "live instance.")]
    public static partial void EventDropped(ILogger logger, string @event, string instanceId);

    [LoggerMessage(2005, LogLevel.Error, "The data file cannot be used now ({Reason}). Durable runs wait {Seconds} s and "
        + "try again by themselves. Look at the disk's free space and at who else uses the file.")]
    public static partial void Waits(ILogger logger, string reason, double seconds);
}
