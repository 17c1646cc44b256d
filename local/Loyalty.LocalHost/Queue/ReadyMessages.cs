namespace Loyalty.LocalHost.Queue;

/// <summary>
/// The messages that may be delivered now, the order in which they may, and the places of those being handled. Guarded by its queue's gate.
/// </summary>
internal abstract class ReadyMessages
{
    /// <summary>How many wait.</summary>
    public abstract int Count { get; }

    /// <summary>When the next idle session gives its place back; null: none holds one.</summary>
    public virtual long? NextIdleTicks => null;

    public abstract void Add(QueueEntry entry);

    /// <summary>The next message, with a place for its handler and its session locked; null if there is no message or no place.</summary>
    public abstract QueueEntry? TakeNext();

    /// <summary>A handler has returned and gives its place back.</summary>
    public abstract void EndHandling();

    /// <summary>The session may deliver its next message.</summary>
    public virtual void Unlock(string? sessionId, long nowTicks)
    {
    }

    /// <summary>Sessions that have been idle long enough give their places back.</summary>
    public virtual void ReleaseIdle(long nowTicks)
    {
    }
}

/// <summary>A queue without sessions: in order of arrival.</summary>
internal sealed class PlainReadyMessages(int places) : ReadyMessages
{
    private readonly SortedSet<QueueEntry> _entries = new(QueueEntry.ByOrder);
    private int _handling;

    public override int Count => _entries.Count;

    public override void Add(QueueEntry entry) => _entries.Add(entry);

    public override QueueEntry? TakeNext()
    {
        if (_handling >= places || _entries.Min is not { } first)
        {
            return null;
        }

        _entries.Remove(first);
        _handling++;
        return first;
    }

    public override void EndHandling() => _handling--;
}
