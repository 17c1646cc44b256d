using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// How long the write-ahead log grows before a check point copies it into the file. A check point holds everybody up for some 50 ms (it copies every page that
/// changed, once however often it changed, and synchronizes the file), so while many wait for commits it is put off. Not thread-safe: the writer's own.
/// </summary>
internal sealed class LogLength(SqliteSession session)
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

    private bool? _isBusy;

    /// <summary>Before a commit that so many wait for: SQLite makes the check point with the commit, once the log is long enough.</summary>
    public void Prepare(int callers)
    {
        bool isBusy = callers >= BusyCallers;
        if (isBusy == _isBusy)
        {
            return;
        }

        _ = sqlite3_wal_autocheckpoint(session.Connection, isBusy ? BusyPages : QuietPages);
        session.Prepare(isBusy ? NoLimit : QuietLimit).Execute();
        _isBusy = isBusy;
    }
}
