using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>A message to send, with the fields of Service Bus.</summary>
/// <param name="Body">The payload. Body, properties and other fields together have at most <see cref="MaxBytes"/>.</param>
public sealed record QueueMessage(ReadOnlyMemory<byte> Body)
{
    /// <summary>The size of Service Bus' Standard tier.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Most characters of a message id or session id.</summary>
    public const int MaxIdCharacters = 128;

    /// <summary>What duplicates are known by; without one the queue gives one.</summary>
    public string? MessageId { get; init; }

    /// <summary>The session; needed by a queue that requires sessions.</summary>
    public string? SessionId { get; init; }

    /// <summary>When it becomes visible; null or past: at once.</summary>
    public Instant? ScheduledEnqueueTime { get; init; }

    /// <summary>How long it is kept from then on; null: the queue's default.</summary>
    public Duration? TimeToLive { get; init; }

    /// <inheritdoc cref="QueueMessageFields"/>
    public QueueMessageFields Fields { get; init; } = QueueMessageFields.None;
}

/// <summary>What a message carries unread by the queue.</summary>
public sealed record QueueMessageFields
{
    /// <summary>No fields.</summary>
    public static QueueMessageFields None { get; } = new();

    public string? ContentType { get; init; }

    public string? CorrelationId { get; init; }

    public string? Subject { get; init; }

    public string? To { get; init; }

    public string? ReplyTo { get; init; }

    public string? ReplyToSessionId { get; init; }

    public string? PartitionKey { get; init; }

    public string? TransactionPartitionKey { get; init; }

    /// <summary>Values are string, bool, int, long, double, decimal, Guid, DateTimeOffset or TimeSpan.</summary>
    public IReadOnlyDictionary<string, object> ApplicationProperties { get; init; } =
        System.Collections.Immutable.ImmutableDictionary<string, object>.Empty;
}

/// <summary>The message is larger than <see cref="QueueMessage.MaxBytes"/> (Service Bus: <c>MessageSizeExceeded</c>).</summary>
public sealed class QueueMessageTooLargeException : Exception
{
    internal QueueMessageTooLargeException(string queue, long bytes)
        : base($"A message of {bytes} bytes is too large for the queue '{queue}': at most {QueueMessage.MaxBytes} bytes are allowed.")
    {
    }
}

/// <summary>
/// The lock of a delivered message has run out, or the message was settled already (Service Bus: <c>MessageLockLost</c>, <c>SessionLockLost</c>).
/// </summary>
public sealed class QueueLockLostException : Exception
{
    internal QueueLockLostException(string queue, long sequenceNumber)
        : base($"The lock on message {sequenceNumber} of the queue '{queue}' is lost: it has expired, or the message was settled already.")
    {
    }
}
