using NodaTime;

namespace Loyalty.Storage.Sqlite;

/// <summary>Who owns a file.</summary>
/// <param name="Name">As the owner named itself.</param>
/// <param name="Machine">Its host name.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Token">The fencing token; each new owner has a higher one.</param>
/// <param name="Since">Since when.</param>
/// <param name="ValidUntil">Until when, if it does not renew the lease (it does, every third of the duration).</param>
public sealed record OwnerInfo(string Name, string Machine, int ProcessId, long Token, Instant Since, Instant ValidUntil)
{
    /// <inheritdoc/>
    public override string ToString() => $"held by {Name} (process {ProcessId} on {Machine}) since {Since}";
}

/// <summary>The answer of an attempt to become the owner.</summary>
public abstract record OwnershipAnswer
{
    private OwnershipAnswer()
    {
    }

    /// <param name="Lease">The ownership; dispose it to give it back.</param>
    public sealed record Acquired(OwnerLease Lease) : OwnershipAnswer;

    /// <param name="By">The present owner.</param>
    public sealed record Held(OwnerInfo By) : OwnershipAnswer;
}

/// <summary>The ownership of a file while it is held. It renews itself.</summary>
public sealed class OwnerLease : IAsyncDisposable
{
    private readonly SqliteDatabase _database;
    private readonly OwnershipState _state;
    private readonly CancellationTokenSource _lost = new();
    private ITimer? _renewal;

    internal OwnerLease(SqliteDatabase database, OwnershipState state, OwnerInfo info, bool previousOwnerCrashed)
    {
        _database = database;
        _state = state;
        Info = info;
        PreviousOwnerCrashed = previousOwnerCrashed;
        Lost = _lost.Token;
    }

    /// <summary>The entry others see.</summary>
    public OwnerInfo Info { get; }

    /// <summary>The fencing token.</summary>
    public long Token => Info.Token;

    /// <summary>True if the owner before ended without giving the file back.</summary>
    public bool PreviousOwnerCrashed { get; }

    /// <summary>Cancelled when another process has taken the file: from then on every owner's write fails.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Extends the lease; throws <see cref="OwnershipLostException"/> if another process has taken the file.</summary>
    public async Task RenewAsync()
    {
        try
        {
            await _database.WriteAsync(_state.Renew, WriteFence.Owner);
        }
        catch (OwnershipLostException)
        {
            await _lost.CancelAsync();
            throw;
        }
    }

    /// <summary>Gives the file back.</summary>
    public ValueTask DisposeAsync() => new(_state.ReleaseAsync(_database));

    internal void StartRenewing(TimeProvider clock, TimeSpan every) =>
        _renewal = clock.CreateTimer(_ => RenewInBackground(), null, every, every);

    internal void Close()
    {
        _renewal?.Dispose();
        _lost.Dispose();
    }

    private void RenewInBackground() => _ = RenewAsync().ContinueWith(
        renewal => _database.ReportBackgroundFailure(renewal.Exception!.InnerException!),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
