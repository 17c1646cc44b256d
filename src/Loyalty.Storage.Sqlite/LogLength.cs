using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// How long the write-ahead log grows before a check point copies it into the file (every page that changed, once however often it changed; then the file is
/// synchronized). In quiet times SQLite does so with a commit. While many wait for commits it would hold all of them up for a hundred milliseconds, so the log grows
/// longer then, and a thread with a connection of its own copies it while commits go on; the writer only copies what came meanwhile, and the log begins anew.
/// Not thread-safe: the writer's own.
/// </summary>
internal sealed unsafe class LogLength : IDisposable
{
    /// <summary>Commits with so many callers are those of a busy time.</summary>
    public const int BusyCallers = 8;

    /// <summary>Pages in quiet times: 66 MB.</summary>
    public const int QuietPages = 16_000;

    /// <summary>Pages in busy ones: 527 MB.</summary>
    public const int BusyPages = 128_000;

    /// <summary>What the log's file keeps after a check point of a quiet time, bytes. In busy ones it keeps its length: made anew it costs every commit twice as much.</summary>
    private const string QuietLimit = "PRAGMA journal_size_limit = 67108864";

    private const string NoLimit = "PRAGMA journal_size_limit = -1";

    /// <summary>Copies what it can without waiting for anybody, and lets nobody wait.</summary>
    private const string CheckPoint = "PRAGMA wal_checkpoint(PASSIVE)";

    private readonly SqliteSession _session;
    private readonly SqliteDatabaseOptions _options;
    private readonly Action<Exception> _failed;
    private readonly int _busyPages;
    private readonly int* _pages = (int*)NativeMemory.AllocZeroed(sizeof(int));
    private int _copyAt;
    private bool? _isBusy;

    /// <param name="session">The writer's.</param>
    /// <param name="options">The file.</param>
    /// <param name="failed">Hears of a check point beside commits that failed; the next one tries again.</param>
    /// <param name="busyPages">See <see cref="BusyPages"/>.</param>
    public LogLength(SqliteSession session, SqliteDatabaseOptions options, Action<Exception> failed, int busyPages = BusyPages)
    {
        _session = session;
        _options = options;
        _failed = failed;
        _busyPages = _copyAt = busyPages;
    }

    /// <summary>The check point that is made beside commits; null: none.</summary>
    public Task? Copying { get; private set; }

    /// <summary>Before a commit that so many wait for.</summary>
    public void BeforeCommit(int callers)
    {
        bool isBusy = callers >= BusyCallers;
        if (isBusy == _isBusy)
        {
            return;
        }

        *_pages = 0;
        if (isBusy)
        {
            _ = OnCommit(_session.Connection.DangerousGetHandle(), &KeepCount, _pages);
        }
        else
        {
            _ = sqlite3_wal_autocheckpoint(_session.Connection, QuietPages);
        }

        _session.Prepare(isBusy ? NoLimit : QuietLimit).Execute();
        _isBusy = isBusy;
    }

    /// <summary>After a commit was answered: begins a check point beside commits, or ends it.</summary>
    public void AfterCommit()
    {
        if (Copying is { IsCompleted: true })
        {
            // If nothing is left over, the next commit begins the log anew. A reader of an old state may be in the way: then it is tried again later.
            bool beginsAnew = TryCopyRest();
            _copyAt = beginsAnew ? _busyPages : *_pages + QuietPages;
            *_pages = beginsAnew ? 0 : *_pages;
            Copying = null;
        }
        else if (Copying is null && *_pages >= _copyAt)
        {
            Copying = Task.Factory.StartNew(Copy, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for the check point beside commits.</summary>
    public void Dispose()
    {
        Copying?.Wait();
        _ = sqlite3_wal_autocheckpoint(_session.Connection, QuietPages);
        NativeMemory.Free(_pages);
    }

    /// <summary>Copies what is left over; false: something is in the way.</summary>
    private bool TryCopyRest()
    {
        using SqliteStatement checkPoint = _session.Prepare(CheckPoint);
        // Whether it was refused, the pages of the log, and those of them that are in the file.
        return checkPoint.Step() && checkPoint.GetInt64(0) == 0 && checkPoint.GetInt64(1) == checkPoint.GetInt64(2);
    }

    /// <summary>Twice: the second time only what was committed during the first, so that little is left for the writer.</summary>
    private void Copy()
    {
        try
        {
            using SqliteSession session = ConnectionFactory.OpenForUpkeep(_options);
            session.Prepare(CheckPoint).Execute();
            session.Prepare(CheckPoint).Execute();
        }
        catch (Exception failure)
        {
            _failed(failure);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int KeepCount(int* pages, void* connection, byte* name, int count)
    {
        *pages = count;
        return SQLITE_OK;
    }

    /// <summary>Calls a function after each commit with the log's length; instead of the one that was there, which is SQLite's own for check points.</summary>
    [DllImport("e_sqlite3", EntryPoint = "sqlite3_wal_hook", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern void* OnCommit(nint connection, delegate* unmanaged[Cdecl]<int*, void*, byte*, int, int> function, int* pages);
}
