using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// How long the write-ahead log grows before a check point copies it into the file (every page that changed, once however often it changed; then the file is
/// synchronized). Made with a commit, that would hold up everybody who waits for some tens of milliseconds, so a thread with a connection of its own copies the log while
/// commits go on; the writer only copies what came meanwhile, and the log begins anew. In busy times the log grows longer before, because a page that many commits change is
/// then copied once for more of them. Not thread-safe: the writer's own.
/// </summary>
internal sealed unsafe class LogLength : IDisposable
{
    /// <summary>A commit is one of a busy time where so many wait for it or for the next.</summary>
    public const int BusyCallers = 8;

    /// <summary>A busy time is over after so many commits in a row that fewer wait for: company comes and goes within it.</summary>
    public const int CalmCommits = 64;

    /// <summary>Pages in quiet times: 66 MB.</summary>
    public const int QuietPages = 16_000;

    /// <summary>Pages in busy ones: 527 MB.</summary>
    public const int BusyPages = 128_000;

    /// <summary>What the log's file keeps after a check point of a quiet time, bytes. In busy ones it keeps its length: made anew it costs every commit twice as much.</summary>
    private const string QuietLimit = "PRAGMA journal_size_limit = 67108864";

    private const string NoLimit = "PRAGMA journal_size_limit = -1";

    /// <summary>Copies what it can without waiting for anybody, and lets nobody wait.</summary>
    private const string CheckPoint = "PRAGMA wal_checkpoint(PASSIVE)";

    /// <summary>Pages that the writer copies within some milliseconds.</summary>
    private const int SmallRest = 1_000;

    /// <summary>Where more is committed than can be copied, the rest does not become small.</summary>
    private const int MostPasses = 8;

    private readonly SqliteSession _session;
    private readonly SqliteDatabaseOptions _options;
    private readonly Action<Exception> _failed;
    private readonly int _busyPages;
    private readonly int* _pages = (int*)NativeMemory.AllocZeroed(sizeof(int));
    private int _notBefore;
    private int _calm = CalmCommits;

    /// <param name="session">The writer's.</param>
    /// <param name="options">The file.</param>
    /// <param name="failed">Hears of a check point that failed; the next one tries again.</param>
    /// <param name="busyPages">See <see cref="BusyPages"/>.</param>
    public LogLength(SqliteSession session, SqliteDatabaseOptions options, Action<Exception> failed, int busyPages = BusyPages)
    {
        _session = session;
        _options = options;
        _failed = failed;
        _busyPages = busyPages;
        _ = OnCommit(_session.Connection.DangerousGetHandle(), &KeepCount, _pages);
    }

    /// <summary>The check point that is made beside commits; null: none.</summary>
    public Task? Copying { get; private set; }

    private bool IsBusy => _calm < CalmCommits;

    /// <summary>After a commit was answered: begins a check point beside commits, or ends it.</summary>
    /// <param name="callers">So many waited for it, and wait for the next one.</param>
    public void AfterCommit(int callers)
    {
        _calm = callers >= BusyCallers ? 0 : Math.Min(_calm + 1, CalmCommits);
        if (Copying is { IsCompleted: true })
        {
            // A reader of an old state may be in the way, or the disk full: it is tried again, but not with every commit.
            Copying = null;
            _notBefore = *_pages + QuietPages;
            _session.Prepare(IsBusy ? NoLimit : QuietLimit).Execute();
            if (TryCopyRest())
            {
                // The next commit begins the log anew.
                _notBefore = *_pages = 0;
            }
        }
        else if (Copying is null && *_pages >= Math.Max(_notBefore, IsBusy ? _busyPages : QuietPages))
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

    /// <summary>Again and again, each time what was committed during the time before, until so little came that the writer can copy the rest.</summary>
    private void Copy()
    {
        try
        {
            using SqliteSession session = ConnectionFactory.OpenForUpkeep(_options);
            long before = 0;
            for (int pass = 0; pass < MostPasses; pass++)
            {
                using SqliteStatement checkPoint = session.Prepare(CheckPoint);
                _ = checkPoint.Step();
                long copied = checkPoint.GetInt64(2);
                if (copied - before <= SmallRest)
                {
                    break;
                }

                before = copied;
            }
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
