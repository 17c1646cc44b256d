using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Queue;

public sealed partial class LocalQueue
{
    /// <summary>The queue's dead letters, the oldest first.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="after">Only those with a higher sequence number, to page on.</param>
    public IReadOnlyList<DeadLetter> ListDeadLetters(int limit = 100, long after = 0) => DeadLetters.List(_database, Definition.Name, limit, after);

    /// <summary>Takes a dead letter away for good; one that is gone is success.</summary>
    public async Task RemoveDeadLetterAsync(long sequenceNumber, CancellationToken cancellation = default)
    {
        using IDisposable busy = _clock.Busy("dead letter");
        await _database.WriteAsync(session => DeadLetters.Delete(session, sequenceNumber), WriteFence.Owner, cancellation);
    }
}
