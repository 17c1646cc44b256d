using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>What a Service Bus queue is given when it is made.</summary>
/// <param name="Name">The queue's name.</param>
public sealed record QueueDefinition(string Name)
{
    /// <summary>Messages carry a session id, and those of one session are delivered one at a time and in order. Default false.</summary>
    public bool RequiresSession { get; init; }

    /// <summary>How long message ids are remembered; a message whose id is known is dropped silently. Zero, the default: not at all.</summary>
    public Duration DuplicateDetectionWindow { get; init; }

    /// <summary>A message that was delivered so often and not completed is dead-lettered. Default 10; from 1.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>How long a delivered message is locked for its receiver. Default 1 min; above 0, on Azure at most 5 min.</summary>
    public Duration LockDuration { get; init; } = Duration.FromMinutes(1);

    /// <summary>How long a message without its own time to live is kept. Null, the default: for ever.</summary>
    public Duration? DefaultTimeToLive { get; init; }

    /// <summary>Expired messages are dead-lettered instead of dropped. Default false.</summary>
    public bool DeadLetterOnExpiration { get; init; }

    internal bool IsValid => !string.IsNullOrWhiteSpace(Name) && MaxDeliveryCount >= 1 && LockDuration > Duration.Zero
        && DuplicateDetectionWindow >= Duration.Zero && !(DefaultTimeToLive <= Duration.Zero);
}
