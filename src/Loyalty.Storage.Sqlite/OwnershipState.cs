using NodaTime;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// This process' side of the ownership. Two proofs: a lock on the file <c>NAME.owner</c>, which the kernel gives back when a process dies however it
/// dies, says that the owner lives; the token in the row <c>owner</c>, checked in the transaction of every owner's write, is the guard that
/// holds even where the file lock fails.
/// </summary>
internal sealed class OwnershipState : IDisposable
{
    private readonly SqliteDatabaseOptions _options;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private FileStream? _fileLock;
    private OwnerLease? _lease;
    private long _token;

    public OwnershipState(SqliteDatabaseOptions options) => _options = options;

    public async Task<OwnershipAnswer> TryAcquireAsync(SqliteDatabase database, string name, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_lease is not null)
            {
                return new OwnershipAnswer.Held(_lease.Info);
            }

            FileStream? fileLock = TryLockFile();
            if (fileLock is null)
            {
                return new OwnershipAnswer.Held(database.ReadOwner() ?? Unknown());
            }

            (OwnerRow? blocking, OwnerInfo mine, bool crashed) = await TakeRowAsync(database, name, fileLock, cancellation);
            if (blocking is not null)
            {
                await fileLock.DisposeAsync();
                return new OwnershipAnswer.Held(blocking.Info);
            }

            _fileLock = fileLock;
            Interlocked.Exchange(ref _token, mine.Token);
            _lease = new OwnerLease(database, this, mine, crashed);
            _lease.StartRenewing(_options.WallClock, _options.LeaseDuration / 3);
            return new OwnershipAnswer.Acquired(_lease);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task ReleaseAsync(SqliteDatabase database)
    {
        await _gate.WaitAsync();
        try
        {
            if (_lease is null)
            {
                return;
            }

            try
            {
                await database.WriteAsync(
                    static session => session.Prepare("UPDATE owner SET held = 0").Execute(), WriteFence.Owner);
            }
            catch (OwnershipLostException)
            {
                // The new owner's row is not ours to change.
            }

            Interlocked.Exchange(ref _token, 0);
            _lease.Close();
            _lease = null;
            await _fileLock!.DisposeAsync();
            _fileLock = null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Called in the transaction of an owner's write: null, or why it is refused.</summary>
    public Exception? Check(SqliteSession session)
    {
        long token = Interlocked.Read(ref _token);
        if (token == 0)
        {
            return new OwnershipLostException($"This process does not own '{_options.Path}'.");
        }

        OwnerRow? row = ReadRow(session);
        return row is { } present && present.Info.Token == token
            ? null
            : new OwnershipLostException($"'{_options.Path}' has a new owner: {row?.Info}.");
    }

    public void Renew(SqliteSession session) => session.Prepare("UPDATE owner SET valid_until = ?1 WHERE token = ?2")
        .Bind(1, (Now() + Lease).ToUnixTimeTicks()).Bind(2, Interlocked.Read(ref _token)).Execute();

    public static OwnerRow? ReadRow(SqliteSession session)
    {
        using SqliteStatement statement =
            session.Prepare("SELECT name, machine, process, token, since, valid_until, held FROM owner WHERE slot = 1");
        return statement.Step()
            ? new OwnerRow(
                new OwnerInfo(
                    statement.GetString(0),
                    statement.GetString(1),
                    (int)statement.GetInt64(2),
                    statement.GetInt64(3),
                    Instant.FromUnixTimeTicks(statement.GetInt64(4)),
                    Instant.FromUnixTimeTicks(statement.GetInt64(5))),
                statement.GetInt64(6) != 0)
            : null;
    }

    public void Dispose()
    {
        _fileLock?.Dispose();
        _gate.Dispose();
    }

    private Duration Lease => Duration.FromTimeSpan(_options.LeaseDuration);

    private Instant Now() => Instant.FromDateTimeOffset(_options.WallClock.GetUtcNow());

    private OwnerInfo Unknown() => new("a process that is just starting", Environment.MachineName, 0, 0, Now(), Now() + Lease);

    private FileStream? TryLockFile()
    {
        try
        {
            return new FileStream(_options.Path + ".owner", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task<(OwnerRow? Blocking, OwnerInfo Mine, bool Crashed)> TakeRowAsync(
        SqliteDatabase database, string name, FileStream fileLock, CancellationToken cancellation)
    {
        try
        {
            return await database.WriteAsync(session => TakeRow(session, name), WriteFence.None, cancellation);
        }
        catch
        {
            await fileLock.DisposeAsync();
            throw;
        }
    }

    private (OwnerRow? Blocking, OwnerInfo Mine, bool Crashed) TakeRow(SqliteSession session, string name)
    {
        Instant now = Now();
        OwnerRow? row = ReadRow(session);
        var mine = new OwnerInfo(
            name, Environment.MachineName, Environment.ProcessId, (row?.Info.Token ?? 0) + 1, now, now + Lease);

        // On this machine the file lock, which we hold, proves that the owner is gone. On a shared folder it proves nothing.
        bool elsewhere = row is { Held: true } && row.Info.Machine != Environment.MachineName && row.Info.ValidUntil > now;
        if (elsewhere)
        {
            return (row, mine, false);
        }

        session.Prepare("""
            INSERT INTO owner(slot, token, name, machine, process, since, valid_until, held) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, 1)
            ON CONFLICT(slot) DO UPDATE SET token = ?1, name = ?2, machine = ?3, process = ?4, since = ?5, valid_until = ?6, held = 1
            """)
            .Bind(1, mine.Token).Bind(2, name).Bind(3, mine.Machine).Bind(4, mine.ProcessId)
            .Bind(5, mine.Since.ToUnixTimeTicks()).Bind(6, mine.ValidUntil.ToUnixTimeTicks()).Execute();
        return (null, mine, row is { Held: true });
    }
}

internal sealed record OwnerRow(OwnerInfo Info, bool Held);
