using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>
/// A message handed to a handler under a lock (peek-lock), with what Service Bus' received message has, and its settlement. Settling a message whose lock is
/// lost throws <see cref="QueueLockLostException"/>; an answered settlement is durable.
/// </summary>
public sealed class QueueDelivery
{
    private readonly LocalQueue _queue;
    private QueueContent? _content;

    internal QueueDelivery(LocalQueue queue, QueueEntry entry, Guid lockToken, Instant lockedUntil, Instant renewedUntil)
    {
        _queue = queue;
        Entry = entry;
        LockToken = lockToken;
        LockedUntil = lockedUntil;
        RenewedUntil = renewedUntil;
        DeliveryCount = entry.DeliveryCount;
    }

    /// <summary>The queue's name.</summary>
    public string QueueName => _queue.Definition.Name;

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Body => Content.Body;

    /// <inheritdoc cref="QueueMessageFields"/>
    public QueueMessageFields Fields => Content.Fields;

    /// <summary>As sent, or given by the queue.</summary>
    public string MessageId => Entry.MessageId;

    /// <summary>The session, if the message has one.</summary>
    public string? SessionId => Entry.SessionId;

    /// <summary>Unique in the file and rising.</summary>
    public long SequenceNumber => Entry.Sequence;

    /// <summary>This is the so-manyth delivery; the first is 1.</summary>
    public int DeliveryCount { get; }

    /// <summary>When it became visible.</summary>
    public Instant EnqueuedTime => Instant.FromUnixTimeTicks(Entry.EnqueuedTicks);

    /// <summary>For when it was scheduled, if it was.</summary>
    public Instant? ScheduledEnqueueTime => LocalQueue.ToInstant(Entry.ScheduledTicks);

    /// <summary>When it expires, if it does.</summary>
    public Instant? ExpiresAt => LocalQueue.ToInstant(Entry.ExpiresTicks);

    /// <summary>The lock of this delivery.</summary>
    public Guid LockToken { get; }

    /// <summary>When the lock runs out unless it is renewed (automatically, while the handler runs, for the time that is set).</summary>
    public Instant LockedUntil { get; internal set; }

    /// <summary>True if it was completed, abandoned or dead-lettered.</summary>
    public bool IsSettled => State is DeliveryState.Settled or DeliveryState.Abandoned;

    internal QueueEntry Entry { get; }

    internal Instant RenewedUntil { get; }

    internal DeliveryState State { get; set; }

    internal bool HandlerDone { get; set; }

    internal bool SessionReleased { get; set; }

    internal QueueContent Content
    {
        get => _content ?? throw new InvalidOperationException("The message is not loaded.");
        set => _content = value;
    }

    /// <summary>Takes the message out of the queue for good.</summary>
    public Task CompleteAsync(CancellationToken cancellation = default) => _queue.CompleteAsync(this, cancellation);

    /// <summary>Gives the message back: it is delivered again at once, unless it was delivered too often, then it is dead-lettered.</summary>
    /// <param name="propertiesToModify">Application properties to set.</param>
    /// <param name="cancellation">Gives the attempt up.</param>
    public Task AbandonAsync(
        IReadOnlyDictionary<string, object>? propertiesToModify = null, CancellationToken cancellation = default) =>
        _queue.AbandonAsync(this, propertiesToModify, cancellation);

    /// <summary>Puts the message among the dead letters.</summary>
    /// <param name="reason">Why, in a word.</param>
    /// <param name="description">Why, in a sentence.</param>
    /// <param name="propertiesToModify">Application properties to set.</param>
    /// <param name="cancellation">Gives the attempt up.</param>
    public Task DeadLetterAsync(
        string? reason,
        string? description = null,
        IReadOnlyDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellation = default) => _queue.DeadLetterAsync(this, reason, description, propertiesToModify, cancellation);

    /// <summary>Locks the message (or its session) for another lock duration from now.</summary>
    public void RenewLock() => _queue.RenewLock(this);
}

/// <summary>Where a delivery stands.</summary>
internal enum DeliveryState
{
    Locked,
    Settling,
    Settled,
    Abandoned,
    Lost,
}
