using System.Collections.Concurrent;
using System.Diagnostics;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// One SQLite file (write-ahead log, synchronous=FULL) with one writer thread that commits in groups and a pool of reading connections. Several
/// processes may have the same file open; see <see cref="TryAcquireOwnershipAsync"/> for what only one of them may do.
/// </summary>
public sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly SqliteDatabaseOptions _options;
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly SqliteSession? _writerSession;
    private readonly GroupWriter? _writer;
    private readonly OwnershipState _ownership;
    private readonly Lock _versionGate = new();
    private readonly SemaphoreSlim _scrubGate = new(1, 1);
    private long _scrubsBegun;
    private long _lastScrub;
    private SqliteSession? _versionReader;
    private int _disposed;

    private SqliteDatabase(SqliteDatabaseOptions options, SqliteSession? writerSession)
    {
        _options = options;
        _writerSession = writerSession;
        _ownership = new OwnershipState(options);
        _writer = writerSession is null ? null : new GroupWriter(writerSession, options, _ownership.Check, RaiseCommitted, ReportBackgroundFailure);
    }

    /// <summary>Something of this process was committed. Raised on the writer thread: a handler must be quick.</summary>
    public event EventHandler<GroupCommittedEventArgs>? Committed;

    /// <summary>A write that nobody waits for (a rider or a hook) failed.</summary>
    public event EventHandler<BackgroundWriteFailedEventArgs>? BackgroundWriteFailed;

    /// <summary>The file's path.</summary>
    public string Path => _options.Path;

    /// <summary>Counters since opening.</summary>
    public SqliteDatabaseCounters Counters => _writer?.Counters ?? new SqliteDatabaseCounters(0, 0, 0, 0);

    /// <summary>True if nothing can be written, see <see cref="SqliteDatabaseOptions.ReadOnly"/>.</summary>
    public bool IsReadOnly => _writer is null;

    /// <summary>
    /// Opens or makes the file. Throws <see cref="SqliteFileException"/> if it is something else, and
    /// <see cref="Engine.Storage.StoreUnavailableException"/> if it cannot be opened now.
    /// </summary>
    public static SqliteDatabase Open(string path) => Open(new SqliteDatabaseOptions(path));

    /// <inheritdoc cref="Open(string)"/>
    public static SqliteDatabase Open(SqliteDatabaseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsValid)
        {
            throw new ArgumentException($"A path, 1 to 100,000 writes per group and times above 0 are needed: {options}", nameof(options));
        }

        if (!options.ReadOnly)
        {
            return new SqliteDatabase(options, ConnectionFactory.OpenWriter(options));
        }

        var database = new SqliteDatabase(options, writerSession: null);
        database._readers.Add(ConnectionFactory.OpenFirstReader(options));
        return database;
    }

    /// <summary>
    /// Runs a write in the next group and answers after the group's commit is durable. The function runs on the writer thread, one at a time; it
    /// must be quick, touch nothing but the session, and be ready to be run again from the start (when another write of its group throws). If it
    /// throws, what it wrote is undone and only its own task faults.
    /// </summary>
    /// <param name="work">What to write; its result is the answer.</param>
    /// <param name="fence">What must hold in the same transaction.</param>
    /// <param name="cancellation">Gives the write up if it has not begun; a begun write is finished.</param>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, WriteFence fence = WriteFence.None, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        if (_writer is null)
        {
            return Task.FromException<T>(new Engine.Storage.StoreUnavailableException($"'{Path}' was opened for reading only."));
        }

        var item = new WriteItem<T>(work, fence, cancellation);
        _writer.Add(item);
        return item.Answer;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<SqliteSession> work, WriteFence fence = WriteFence.None, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return WriteAsync(
            session =>
            {
                work(session);
                return true;
            },
            fence,
            cancellation);
    }

    /// <summary>
    /// A write that rides along with the next group and that nobody waits for: it is durable with (and ordered before) every write added after it.
    /// Without company it is committed after <see cref="SqliteDatabaseOptions.RiderDelay"/> and at the latest when the database is disposed.
    /// </summary>
    public void Enqueue(Action<SqliteSession> work, WriteFence fence = WriteFence.None)
    {
        ArgumentNullException.ThrowIfNull(work);
        Writer().Add(new WriteRider(work, fence, ReportBackgroundFailure));
    }

    /// <summary>
    /// A write that is made at the beginning of every group, before the group's own writes; with <see cref="WriteFence.Owner"/> it is left out
    /// while this process is not the owner. It never causes a group.
    /// </summary>
    public void AddGroupHook(Action<SqliteSession> work, WriteFence fence = WriteFence.None)
    {
        ArgumentNullException.ThrowIfNull(work);
        Writer().AddHook(new WriteRider(work, fence, ReportBackgroundFailure));
    }

    /// <summary>Reads in one snapshot that contains every commit answered before the call, of any process. Runs on the calling thread.</summary>
    public T Read<T>(Func<SqliteSession, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Read(work, static (session, function) => function(session));
    }

    /// <inheritdoc cref="Read{T}(Func{SqliteSession, T})"/>
    public T Read<TArgument, T>(TArgument argument, Func<SqliteSession, TArgument, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        SqliteSession session = Rent();
        try
        {
            session.Prepare("BEGIN").Execute();
            T result = work(session, argument);
            session.Prepare("COMMIT").Execute();
            return result;
        }
        finally
        {
            Return(session);
        }
    }

    /// <summary>The same for a function that runs one statement, which is a snapshot by itself and needs no transaction around it.</summary>
    public T ReadOne<TArgument, T>(TArgument argument, Func<SqliteSession, TArgument, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        SqliteSession session = Rent();
        try
        {
            return work(session, argument);
        }
        finally
        {
            Return(session);
        }
    }

    /// <summary>Changes whenever any process has committed to the file; equal values mean that nothing was.</summary>
    public long ReadDataVersion()
    {
        // The pragma's number is a connection's own, so it is asked on one that is the same every time.
        lock (_versionGate)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            _versionReader ??= ConnectionFactory.OpenReader(_options);
            return _versionReader.QueryInt64("PRAGMA data_version");
        }
    }

    /// <summary>
    /// Empties the write-ahead log into the file and cuts it to nothing: what was deleted before is then in neither. Any number of callers may ask at once. Readers
    /// of other processes may hold it up.
    /// </summary>
    /// <param name="rewrite">True: the whole file is written anew (<c>VACUUM</c>), so that no page has a gap with what lay there once; takes as long as a copy
    /// of the file, and writers wait.</param>
    /// <param name="cancellation">Gives up while another call is at work.</param>
    /// <returns>False: a reader held it up for <see cref="SqliteDatabaseOptions.BusyTimeout"/>; the same call may be tried again.</returns>
    public async Task<bool> ScrubAsync(bool rewrite = false, CancellationToken cancellation = default)
    {
        if (IsReadOnly)
        {
            return false;
        }

        // Two check points at once refuse each other without waiting; and one that begins after several calls does for all of them.
        long asked = Volatile.Read(ref _scrubsBegun);
        await _scrubGate.WaitAsync(cancellation);
        try
        {
            if (!rewrite && _lastScrub > asked)
            {
                return true;
            }

            long number = Interlocked.Increment(ref _scrubsBegun);
            // On a thread of its own: SQLite waits by blocking.
            bool isDone = await Task.Run(() => Scrub(rewrite), cancellation);
            _lastScrub = isDone ? number : _lastScrub;
            return isDone;
        }
        finally
        {
            _scrubGate.Release();
        }
    }

    private bool Scrub(bool rewrite)
    {
        using SqliteSession session = ConnectionFactory.OpenForUpkeep(_options);
        if (rewrite)
        {
            session.ExecuteScript("VACUUM");
        }

        long start = Stopwatch.GetTimestamp();
        while (session.QueryInt64("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
        {
            if (Stopwatch.GetElapsedTime(start) > _options.BusyTimeout)
            {
                return false;
            }

            // Where another connection, or another process, makes a check point, SQLite answers "busy" at once, whatever its busy timeout.
            Thread.Sleep(1);
        }

        return true;
    }

    /// <summary>Makes a component's tables or brings them up to date, in one transaction.</summary>
    public Task EnsureSchemaAsync(SchemaModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return IsReadOnly ? Task.CompletedTask : WriteAsync(session => module.Apply(session, Path));
    }

    /// <summary>
    /// Becomes the file's owner: the one process whose queue, engine, timers and clock may write. An owner that was killed is replaced at once
    /// (the kernel releases its file lock); one on another machine after its lease has run out.
    /// </summary>
    /// <param name="name">Whom others shall see, e.g. <c>loyalty run, http://localhost:7071</c>.</param>
    /// <param name="cancellation">Gives the attempt up.</param>
    public Task<OwnershipAnswer> TryAcquireOwnershipAsync(string name, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _ownership.TryAcquireAsync(this, name, cancellation);
    }

    /// <summary>Waits until this process is the owner; calls <paramref name="held"/> whenever it finds another one.</summary>
    public async Task<OwnerLease> AcquireOwnershipAsync(
        string name, TimeSpan pollEvery, Action<OwnerInfo>? held = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            switch (await TryAcquireOwnershipAsync(name, cancellation))
            {
                case OwnershipAnswer.Acquired acquired:
                    return acquired.Lease;
                case OwnershipAnswer.Held other:
                    held?.Invoke(other.By);
                    await Task.Delay(pollEvery, _options.WallClock, cancellation);
                    break;
            }
        }
    }

    /// <summary>Who owns the file, or null. A killed owner is still named until someone else takes its place.</summary>
    public OwnerInfo? ReadOwner() => Read(static session => OwnershipState.ReadRow(session) is { Held: true } row ? row.Info : null);

    /// <summary>Commits what waits, gives the ownership back if it is held, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ownership.ReleaseAsync(this);
        if (_writer is not null)
        {
            await Task.Run(_writer.Dispose);
        }

        while (_readers.TryTake(out SqliteSession? reader))
        {
            reader.Dispose();
        }

        lock (_versionGate)
        {
            _versionReader?.Dispose();
        }

        _writerSession?.Dispose();
        _scrubGate.Dispose();
        _ownership.Dispose();
    }

    /// <summary>Tells <see cref="BackgroundWriteFailed"/> of a write that nobody waited for.</summary>
    public void ReportBackgroundFailure(Exception failure) =>
        BackgroundWriteFailed?.Invoke(this, new BackgroundWriteFailedEventArgs(failure));

    private GroupWriter Writer() => _writer ?? throw new Engine.Storage.StoreUnavailableException($"'{Path}' was opened for reading only.");

    private SqliteSession Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _readers.TryTake(out SqliteSession? pooled) ? pooled : ConnectionFactory.OpenReader(_options);
    }

    private void RaiseCommitted(long number, int writes)
    {
        try
        {
            Committed?.Invoke(this, new GroupCommittedEventArgs(number, writes));
        }
        catch (Exception failure)
        {
            // The group is durable whatever a listener does.
            ReportBackgroundFailure(failure);
        }
    }

    private void Return(SqliteSession session)
    {
        session.RollBack();
        if (_disposed != 0)
        {
            session.Dispose();
        }
        else
        {
            _readers.Add(session);
        }
    }
}
