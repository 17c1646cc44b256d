using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>
/// Makes accepted events durable: each one's intake document, and its message in the queue. When it answers, both are. Where store and queue are
/// two services it takes two steps, document first; where they are one file, one commit.
/// </summary>
public interface IIntakeLog
{
    /// <summary>
    /// Stores and queues. An entry that was taken before is queued all the same (whoever stored it may have died before queueing); the queue
    /// drops what it knows.
    /// </summary>
    /// <param name="entries">1 to 100.</param>
    /// <param name="cancellation">Gives up; the sender sends again.</param>
    /// <exception cref="Storage.StoreUnavailableException">Store or queue cannot be reached; some entries may have been taken.</exception>
    Task AppendAsync(IReadOnlyList<IntakeEntry> entries, CancellationToken cancellation = default);
}

/// <summary>An accepted event on its way into store and queue.</summary>
/// <param name="Reference">Ids of message, session and document.</param>
/// <param name="Body">The intake document.</param>
/// <param name="ExpiresAt">When the document may go; whole seconds.</param>
public sealed record IntakeEntry(EventReference Reference, ReadOnlyMemory<byte> Body, Instant ExpiresAt);
