namespace Loyalty.LocalHost.Queue;

/// <summary>A pending message as the owner has it in memory. Guarded by its queue's gate.</summary>
internal sealed class QueueEntry
{
    public QueueEntry(long sequence, long enqueuedTicks, string messageId, string? sessionId)
    {
        Sequence = sequence;
        EnqueuedTicks = enqueuedTicks;
        MessageId = messageId;
        SessionId = sessionId;
    }

    /// <summary>Order of delivery: by the moment of becoming visible, then as sent.</summary>
    public static IComparer<QueueEntry> ByOrder { get; } = Comparer<QueueEntry>.Create(static (left, right) =>
        left.EnqueuedTicks == right.EnqueuedTicks
            ? left.Sequence.CompareTo(right.Sequence)
            : left.EnqueuedTicks.CompareTo(right.EnqueuedTicks));

    public long Sequence { get; }

    /// <summary>When it became or will become visible.</summary>
    public long EnqueuedTicks { get; }

    public string MessageId { get; }

    public string? SessionId { get; }

    public long? ScheduledTicks { get; init; }

    public long? ExpiresTicks { get; init; }

    public int DeliveryCount { get; set; }

    /// <summary>It may have been delivered by an owner that crashed before the count was written: the next delivery is counted durably first.</summary>
    public bool CountFirst { get; set; }

    /// <summary>Body and fields, unless the backlog is so long that they are left in the file.</summary>
    public QueueContent? Content { get; set; }

    /// <summary>It is completed, dead-lettered or dropped, or on the way to be.</summary>
    public bool Gone { get; set; }
}

/// <summary>What the queue does not look at.</summary>
internal sealed record QueueContent(byte[] Body, QueueMessageFields Fields);
