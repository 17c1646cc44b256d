using System.Diagnostics;
using Loyalty.Engine.Storage;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// The one thread that writes. It takes what waits, runs it in one transaction, commits once, and only then answers. A group is first run
/// without savepoints, as nearly every write succeeds; if one throws, the group is rolled back and run again with a savepoint for each write.
/// </summary>
internal sealed class GroupWriter : IDisposable
{
    /// <summary>A fraction of a microsecond.</summary>
    private const int SpinsBetweenLooks = 20;

    /// <summary>Some twenty microseconds.</summary>
    private const int SpinsBetweenTries = 500;

    /// <summary>Some commits of another busy process.</summary>
    private static readonly TimeSpan SleeplessTries = TimeSpan.FromMilliseconds(5);

    private readonly Lock _hookGate = new();
    private readonly WriteQueue _queue;
    private readonly GroupCompany _company = new();
    private readonly LogLength _log;
    private readonly SqliteSession _session;
    private readonly SqliteDatabaseOptions _options;
    private readonly Func<SqliteSession, Exception?> _checkOwner;
    private readonly Action<long, int> _committed;
    private readonly Action<Exception> _failed;
    private readonly List<WriteItem> _group = [];
    private readonly Thread _thread;
    private WriteItem[] _hooks = [];
    private long _groups;
    private long _writes;
    private long _largest;
    private long _rolledBack;

    public GroupWriter(
        SqliteSession session,
        SqliteDatabaseOptions options,
        Func<SqliteSession, Exception?> checkOwner,
        Action<long, int> committed,
        Action<Exception> failed)
    {
        _session = session;
        _log = new LogLength(session, options, failed);
        _queue = new WriteQueue(options);
        _options = options;
        _checkOwner = checkOwner;
        _committed = committed;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = "sqlite writer" };
        _thread.Start();
    }

    public SqliteDatabaseCounters Counters => new(
        Interlocked.Read(ref _groups), Interlocked.Read(ref _writes), Interlocked.Read(ref _largest), Interlocked.Read(ref _rolledBack));

    public void Add(WriteItem item) => _queue.Add(item);

    public void AddHook(WriteItem hook)
    {
        lock (_hookGate)
        {
            _hooks = [.. _hooks, hook];
        }
    }

    /// <summary>Commits what waits and ends the thread.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _queue.Dispose();
        _log.Dispose();
    }

    private void Run()
    {
        do
        {
            // Many come back at once: asleep, this thread would be a wake-up late.
            if (_company.AreManyExpected)
            {
                _ = TryAwaitCaller();
            }

            _queue.WaitForWork();
            while (_queue.TakeInto(_group))
            {
                CommitGroup();
            }
        }
        while (!_queue.IsFinished);
    }

    private void CommitGroup()
    {
        if (_group.Count == 0)
        {
            return;
        }

        int callers = 0;
        try
        {
            if (!TryRunTogether())
            {
                Interlocked.Increment(ref _rolledBack);
                RunOneByOne();
            }

            _session.Numbers.Flush(_session);
            _session.Prepare("COMMIT").Execute();
            _session.RunAfterCommit(_failed);
            callers = WriteQueue.CountCallers(_group) + _queue.CallersWaiting;
            Answer();
        }
        catch (Exception failure)
        {
            _session.RollBack();
            foreach (WriteItem item in _group)
            {
                item.Fail(item.Failure ?? failure);
            }
        }
        finally
        {
            _group.Clear();
        }

        TendLog(callers);
    }

    /// <summary>What the log needs apart from commits. Nobody waits for it, and what fails is tried again.</summary>
    private void TendLog(int callers)
    {
        try
        {
            _log.AfterCommit(callers);
        }
        catch (Exception failure)
        {
            _failed(failure);
        }
    }

    /// <summary>Gives those who are about to come a moment, see <see cref="GroupCompany"/>; true: more has been taken into the group.</summary>
    private bool WaitForCompany()
    {
        if (!_company.IsAwaited(WriteQueue.CountCallers(_group)))
        {
            return false;
        }

        if (!TryAwaitCaller())
        {
            _company.StayedAway();
            return false;
        }

        _company.Came();
        return _queue.TakeInto(_group);
    }

    /// <summary>Looks for a caller for as long as <see cref="GroupCompany.Patience"/>; false: none came.</summary>
    private bool TryAwaitCaller()
    {
        long start = Stopwatch.GetTimestamp();
        while (_queue.CallersWaiting == 0)
        {
            if (Stopwatch.GetElapsedTime(start) > GroupCompany.Patience)
            {
                return false;
            }

            // Whoever is about to come may need this core. Asleep, this thread would have to be woken by each of them.
            if (!Thread.Yield())
            {
                Thread.SpinWait(SpinsBetweenLooks);
            }
        }

        return true;
    }

    private bool TryRunTogether()
    {
        Begin();
        Exception? notOwner = null;
        bool checkedOwner = false;
        try
        {
            foreach (WriteItem hook in Volatile.Read(ref _hooks))
            {
                if (IsAllowed(hook, ref checkedOwner, ref notOwner))
                {
                    hook.Execute(_session);
                }
            }

            int done = 0;
            while (true)
            {
                for (; done < _group.Count; done++)
                {
                    if (IsAllowed(_group[done], ref checkedOwner, ref notOwner))
                    {
                        _group[done].Execute(_session);
                    }
                }

                // What has come in meanwhile shares this fsync instead of waiting for the next; so does what is about to come.
                if (_group.Count >= _options.GroupWrites || (!_queue.TakeInto(_group) && !WaitForCompany()))
                {
                    return true;
                }
            }
        }
        catch (Exception failure)
        {
            bool alive = _session.InTransaction;
            _session.RollBack();
            if (!alive && failure is StoreUnavailableException)
            {
                throw;
            }

            return false;
        }
    }

    private void RunOneByOne()
    {
        Begin();
        Exception? notOwner = null;
        bool checkedOwner = false;
        foreach (WriteItem hook in Volatile.Read(ref _hooks))
        {
            RunAlone(hook, ref checkedOwner, ref notOwner);
            Exception? failure = hook.Failure;
            hook.Failure = null;
            if (failure is not null and not OwnershipLostException)
            {
                hook.Fail(failure);
            }
        }

        foreach (WriteItem item in _group)
        {
            item.Failure = null;
            RunAlone(item, ref checkedOwner, ref notOwner);
        }
    }

    private void RunAlone(WriteItem item, ref bool checkedOwner, ref Exception? notOwner)
    {
        if (!IsAllowed(item, ref checkedOwner, ref notOwner))
        {
            return;
        }

        _session.Prepare("SAVEPOINT one").Execute();
        int afterCommit = _session.AfterCommitCount;
        try
        {
            item.Execute(_session);
        }
        catch (Exception failure)
        {
            if (!_session.InTransaction)
            {
                throw;
            }

            item.Failure = failure;
            _session.ForgetAfterCommit(afterCommit);
            _session.Prepare("ROLLBACK TO one").Execute();
        }

        _session.Prepare("RELEASE one").Execute();
    }

    private bool IsAllowed(WriteItem item, ref bool checkedOwner, ref Exception? notOwner)
    {
        if (item.Fence == WriteFence.None)
        {
            return true;
        }

        if (!checkedOwner)
        {
            notOwner = _checkOwner(_session);
            checkedOwner = true;
        }

        item.Failure = notOwner;
        return notOwner is null;
    }

    /// <summary>
    /// Takes the file's write lock; polls finely, since SQLite's own busy handler soon sleeps 100 ms at a time. A busy process leaves the lock alone for less than
    /// a tenth of a millisecond at a time, which whoever sleeps for whole ones would hardly ever meet: it is looked for without sleeping at first.
    /// </summary>
    private void Begin()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            int code = _session.Prepare("BEGIN IMMEDIATE").TryExecute();
            if (code == SQLITE_DONE)
            {
                return;
            }

            if ((code & 0xff) != SQLITE_BUSY || Stopwatch.GetElapsedTime(start) > _options.BusyTimeout)
            {
                throw SqliteErrors.From(_session.Connection, code, "BEGIN IMMEDIATE");
            }

            if (Stopwatch.GetElapsedTime(start) > SleeplessTries)
            {
                Thread.Sleep(1);
            }
            else if (!Thread.Yield())
            {
                Thread.SpinWait(SpinsBetweenTries);
            }
        }
    }

    /// <summary>Counters and event come first: whoever has its answer finds itself counted and told.</summary>
    private void Answer()
    {
        _company.Answers(WriteQueue.CountCallers(_group), _queue.CallersWaiting);
        int answered = _group.Count(static item => item.Failure is null);
        Interlocked.Add(ref _writes, answered);
        Interlocked.Exchange(ref _largest, Math.Max(_largest, answered));
        _committed(Interlocked.Increment(ref _groups), answered);
        foreach (WriteItem item in _group)
        {
            if (item.Failure is { } failure)
            {
                item.Fail(failure);
            }
            else
            {
                item.Complete();
            }
        }
    }
}
