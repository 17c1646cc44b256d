#nullable disable
using System.Collections.ObjectModel;

namespace Azure.Messaging.ServiceBus;

public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>A message to be sent.</summary>
public class ServiceBusMessage
{
    private const int IdCharacters = 128;
    private string _messageId;
    private string _sessionId;
    private string _partitionKey;
    private string _replyToSessionId;
    private string _transactionPartitionKey;
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    public ServiceBusMessage()
        : this(default(ReadOnlyMemory<byte>))
    {
    }

    public ServiceBusMessage(string body)
        : this(BinaryData.FromString(body ?? string.Empty))
    {
    }

    public ServiceBusMessage(ReadOnlyMemory<byte> body)
        : this(BinaryData.FromBytes(body))
    {
    }

    public ServiceBusMessage(BinaryData body) => Body = body ?? throw new ArgumentNullException(nameof(body));

    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
    {
        ArgumentNullException.ThrowIfNull(receivedMessage);
        Body = receivedMessage.Body;
        foreach (var (name, value) in receivedMessage.ApplicationProperties)
        {
            // What the dead letter queue added is not part of the message.
            if (name is not ("DeadLetterReason" or "DeadLetterErrorDescription")) ApplicationProperties[name] = value;
        }

        ContentType = receivedMessage.ContentType;
        CorrelationId = receivedMessage.CorrelationId;
        _messageId = receivedMessage.MessageId;
        _partitionKey = receivedMessage.PartitionKey;
        ReplyTo = receivedMessage.ReplyTo;
        _replyToSessionId = receivedMessage.ReplyToSessionId;
        _sessionId = receivedMessage.SessionId;
        Subject = receivedMessage.Subject;
        _timeToLive = receivedMessage.TimeToLive;
        To = receivedMessage.To;
        _transactionPartitionKey = receivedMessage.TransactionPartitionKey;
    }

    public IDictionary<string, object> ApplicationProperties { get; } = new Dictionary<string, object>(
        StringComparer.Ordinal);

    public BinaryData Body { get; set; }

    public string ContentType { get; set; }

    public string CorrelationId { get; set; }

    /// <summary>At most 128 characters.</summary>
    public string MessageId
    {
        get => _messageId;
        set => _messageId = string.IsNullOrEmpty(value)
            ? throw new ArgumentException("A message id is not empty.", nameof(MessageId))
            : Bounded(value, nameof(MessageId));
    }

    public string PartitionKey
    {
        get => _partitionKey;
        set
        {
            Bounded(value, nameof(PartitionKey));
            if (_sessionId is not null && value is not null && value != _sessionId)
                throw new ArgumentOutOfRangeException(
                    nameof(PartitionKey),
                    value,
                    $"PartitionKey:{value} cannot be set to a different value than SessionId:{_sessionId}.");
            _partitionKey = value;
        }
    }

    public string ReplyTo { get; set; }

    public string ReplyToSessionId
    {
        get => _replyToSessionId;
        set => _replyToSessionId = Bounded(value, nameof(ReplyToSessionId));
    }

    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    public string SessionId
    {
        get => _sessionId;
        set
        {
            _sessionId = Bounded(value, nameof(SessionId));
            if (_partitionKey is not null && value is not null) _partitionKey = value;
        }
    }

    public string Subject { get; set; }

    public TimeSpan TimeToLive
    {
        get => _timeToLive;
        set =>
            _timeToLive = value > TimeSpan.Zero
                ? value
                : throw new ArgumentOutOfRangeException(nameof(TimeToLive), value, "A time to live is positive.");
    }

    public string To { get; set; }

    public string TransactionPartitionKey
    {
        get => _transactionPartitionKey;
        set => _transactionPartitionKey = Bounded(value, nameof(TransactionPartitionKey));
    }

    public override string ToString() => $"{{MessageId:{MessageId}}}";

    private static string Bounded(string value, string name) => value is null || value.Length <= IdCharacters
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} has at most {IdCharacters} characters.");
}

/// <summary>A message as it was received; made by <see cref="ServiceBusModelFactory"/>.</summary>
public class ServiceBusReceivedMessage
{
    internal ServiceBusReceivedMessage()
    {
    }

    public IReadOnlyDictionary<string, object> ApplicationProperties { get; internal init; } =
        new ReadOnlyDictionary<string, object>(new Dictionary<string, object>(StringComparer.Ordinal));

    public BinaryData Body { get; internal init; }

    public string ContentType { get; internal init; }

    public string CorrelationId { get; internal init; }

    public string DeadLetterErrorDescription =>
        ApplicationProperties.TryGetValue("DeadLetterErrorDescription", out var text) ? text as string : null;

    public string DeadLetterReason =>
        ApplicationProperties.TryGetValue("DeadLetterReason", out var reason) ? reason as string : null;

    public string DeadLetterSource { get; internal init; }

    public int DeliveryCount { get; internal init; }

    public long EnqueuedSequenceNumber { get; internal init; }

    public DateTimeOffset EnqueuedTime { get; internal init; }

    public DateTimeOffset ExpiresAt =>
        TimeToLive >= DateTimeOffset.MaxValue.Subtract(EnqueuedTime)
            ? DateTimeOffset.MaxValue
            : EnqueuedTime.Add(TimeToLive);

    public DateTimeOffset LockedUntil { get; internal init; }

    public string LockToken => LockTokenGuid.ToString();

    internal Guid LockTokenGuid { get; init; }

    public string MessageId { get; internal init; }

    public string PartitionKey { get; internal init; }

    public string ReplyTo { get; internal init; }

    public string ReplyToSessionId { get; internal init; }

    public DateTimeOffset ScheduledEnqueueTime { get; internal init; }

    public long SequenceNumber { get; internal init; }

    public string SessionId { get; internal init; }

    public ServiceBusMessageState State { get; internal init; }

    public string Subject { get; internal init; }

    public TimeSpan TimeToLive { get; internal init; }

    public string To { get; internal init; }

    public string TransactionPartitionKey { get; internal init; }

    public override string ToString() => $"{{MessageId:{MessageId}}}";
}

public class CreateMessageBatchOptions
{
    public CreateMessageBatchOptions()
    {
    }

    public long? MaxSizeInBytes { get; set; }
}

/// <summary>Messages that go out together.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    private readonly IList<ServiceBusMessage> _store;
    private readonly Func<ServiceBusMessage, bool> _tryAdd;

    internal ServiceBusMessageBatch(
        long size,
        IList<ServiceBusMessage> store,
        CreateMessageBatchOptions options,
        Func<ServiceBusMessage, bool> tryAdd)
    {
        SizeInBytes = size;
        MaxSizeInBytes = options?.MaxSizeInBytes ?? long.MaxValue;
        _store = store;
        _tryAdd = tryAdd ?? (_ => true);
    }

    public int Count => _store.Count;

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; }

    public bool TryAddMessage(ServiceBusMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_tryAdd(message)) return false;
        _store.Add(message);
        return true;
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}

public static class ServiceBusModelFactory
{
    public static ServiceBusMessageBatch ServiceBusMessageBatch(
        long batchSizeBytes,
        IList<ServiceBusMessage> batchMessageStore,
        CreateMessageBatchOptions batchOptions = null,
        Func<ServiceBusMessage, bool> tryAddCallback = null) => new(batchSizeBytes,
        batchMessageStore,
        batchOptions,
        tryAddCallback);

    public static ServiceBusReceivedMessage ServiceBusReceivedMessage(
        BinaryData body,
        string messageId,
        string partitionKey,
        string viaPartitionKey,
        string sessionId,
        string replyToSessionId,
        TimeSpan timeToLive,
        string correlationId,
        string subject,
        string to,
        string contentType,
        string replyTo,
        DateTimeOffset scheduledEnqueueTime,
        IDictionary<string, object> properties,
        Guid lockTokenGuid,
        int deliveryCount,
        DateTimeOffset lockedUntil,
        long sequenceNumber,
        string deadLetterSource,
        long enqueuedSequenceNumber,
        DateTimeOffset enqueuedTime) =>
        ServiceBusReceivedMessage(
            body,
            messageId,
            partitionKey,
            viaPartitionKey,
            sessionId,
            replyToSessionId,
            timeToLive,
            correlationId,
            subject,
            to,
            contentType,
            replyTo,
            scheduledEnqueueTime,
            properties,
            lockTokenGuid,
            deliveryCount,
            lockedUntil,
            sequenceNumber,
            deadLetterSource,
            enqueuedSequenceNumber,
            enqueuedTime, ServiceBusMessageState.Active);

    public static ServiceBusReceivedMessage ServiceBusReceivedMessage(
        BinaryData body = null,
        string messageId = null,
        string partitionKey = null,
        string viaPartitionKey = null,
        string sessionId = null,
        string replyToSessionId = null,
        TimeSpan timeToLive = default,
        string correlationId = null,
        string subject = null,
        string to = null,
        string contentType = null,
        string replyTo = null,
        DateTimeOffset scheduledEnqueueTime = default,
        IDictionary<string, object> properties = null,
        Guid lockTokenGuid = default,
        int deliveryCount = 0,
        DateTimeOffset lockedUntil = default,
        long sequenceNumber = -1,
        string deadLetterSource = null,
        long enqueuedSequenceNumber = 0,
        DateTimeOffset enqueuedTime = default,
        ServiceBusMessageState serviceBusMessageState = ServiceBusMessageState.Active) => new()
        {
            Body = body ?? BinaryData.FromBytes(ReadOnlyMemory<byte>.Empty),
            MessageId = messageId,
            PartitionKey = partitionKey,
            TransactionPartitionKey = viaPartitionKey,
            SessionId = sessionId,
            ReplyToSessionId = replyToSessionId,
            TimeToLive = timeToLive == default ? TimeSpan.MaxValue : timeToLive,
            CorrelationId = correlationId,
            Subject = subject,
            To = to,
            ContentType = contentType,
            ReplyTo = replyTo,
            ScheduledEnqueueTime = scheduledEnqueueTime,
            ApplicationProperties = new ReadOnlyDictionary<string, object>(
                properties ?? new Dictionary<string, object>(StringComparer.Ordinal)),
            LockTokenGuid = lockTokenGuid,
            DeliveryCount = deliveryCount,
            LockedUntil = lockedUntil,
            SequenceNumber = sequenceNumber,
            DeadLetterSource = deadLetterSource,
            EnqueuedSequenceNumber = enqueuedSequenceNumber,
            EnqueuedTime = enqueuedTime,
            State = serviceBusMessageState,
        };
}
