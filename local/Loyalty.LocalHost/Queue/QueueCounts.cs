using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>How many messages a queue has.</summary>
/// <param name="Ready">Wait for a place.</param>
/// <param name="Scheduled">Become visible later.</param>
/// <param name="Delivered">Are locked by a delivery.</param>
public sealed record QueueCounts(int Ready, int Scheduled, int Delivered);

/// <summary>A handler threw, or a write that nobody waits for failed.</summary>
public sealed class QueueFailureEventArgs : EventArgs
{
    internal QueueFailureEventArgs(Exception failure, QueueDelivery? delivery, Duration? pausesFor = null)
    {
        PausesFor = pausesFor;
        Failure = failure;
        Delivery = delivery;
    }

    /// <summary>What was thrown.</summary>
    public Exception Failure { get; }

    /// <summary>The delivery it belongs to, if any.</summary>
    public QueueDelivery? Delivery { get; }

    /// <summary>How long the queue pauses because of it; null: it does not, or did so already.</summary>
    public Duration? PausesFor { get; }
}
