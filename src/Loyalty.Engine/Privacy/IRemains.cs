namespace Loyalty.Engine.Privacy;

/// <summary>Copies of messages that lie where this program put them: the outbox of one machine. Providers keep theirs by their own rules.</summary>
public interface IMessageCopies
{
    /// <summary>Removes the copy of a hand-over; none is success.</summary>
    void Remove(string operationId);

    /// <summary>Removes what a process left behind that was killed while it wrote a copy.</summary>
    void RemoveUnfinished();
}

/// <summary>What a store keeps of documents that were deleted: free pages, a log. Where the store is a service, it does this by itself.</summary>
public interface IStoreRemains
{
    /// <summary>Removes it.</summary>
    /// <returns>False: something held it up, to be tried again.</returns>
    Task<bool> ScrubAsync(CancellationToken cancellation = default);
}

/// <summary>There is none.</summary>
public sealed class NoRemains : IMessageCopies, IStoreRemains
{
    /// <inheritdoc/>
    public void Remove(string operationId)
    {
    }

    /// <inheritdoc/>
    public void RemoveUnfinished()
    {
    }

    /// <inheritdoc/>
    public Task<bool> ScrubAsync(CancellationToken cancellation = default) => Task.FromResult(true);
}
