using System.Diagnostics;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>Opens connections to one file with the settings everything here relies on.</summary>
internal static class ConnectionFactory
{
    /// <summary>"LoyF" in the header of every data file.</summary>
    private const int ApplicationId = 0x4C6F7946;

    // secure_delete: what is deleted or overwritten is zeroed in the file, not only let go of.
    // cache_size: a commit after a page was split looks through the whole cache (SQLite names a page 1 GiB up while it sorts its neighbours, and then drops
    // what lies beyond the end): 16 MB of it cost the writer an eighth of its time. What does not fit is in the system's cache anyway.
    private const string WriterPragmas = """
        PRAGMA secure_delete = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -8192;
        """;

    private const string ReaderPragmas = """
        PRAGMA query_only = 1;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -16384;
        """;

    private static readonly Lock InitGate = new();
    private static bool _initialized;

    public static SqliteSession OpenWriter(SqliteDatabaseOptions options)
    {
        PrepareFolder(options.Path);
        SqliteSession session = Open(options.Path, isLogBuffered: options.SurvivesPowerCut);
        try
        {
            _ = sqlite3_busy_timeout(session.Connection, (int)options.BusyTimeout.TotalMilliseconds);
            _ = TryReadSchema(session, options.Path);
            UseWriteAheadLog(session, options);
            session.ExecuteScript(WriterPragmas);
            session.ExecuteScript(options.SurvivesPowerCut ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            Claim(session, options.Path);

            // From here on the writer polls by itself, see GroupWriter.Begin.
            _ = sqlite3_busy_timeout(session.Connection, 0);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The first connection of a database that is only read: the file is one of ours, or <see cref="SqliteFileException"/>. Where not even the
    /// write-ahead log's index can be made (a folder that cannot be written), the file is read alone, which is the whole truth only without a log.
    /// </summary>
    public static SqliteSession OpenFirstReader(SqliteDatabaseOptions options)
    {
        if (!File.Exists(options.Path))
        {
            throw new SqliteFileException($"There is no file '{options.Path}'.");
        }

        SqliteSession session = OpenReader(options);
        try
        {
            return session.QueryInt64("PRAGMA application_id") == ApplicationId
                ? session
                : throw new SqliteFileException($"'{options.Path}' is no data file of this program.");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>A connection of its own for a check point or a rewrite of the whole file, which no transaction can do.</summary>
    public static SqliteSession OpenForUpkeep(SqliteDatabaseOptions options)
    {
        SqliteSession session = Open(options.Path);
        _ = sqlite3_busy_timeout(session.Connection, (int)options.BusyTimeout.TotalMilliseconds);
        session.ExecuteScript("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;");
        return session;
    }

    public static SqliteSession OpenReader(SqliteDatabaseOptions options)
    {
        SqliteSession session = options.ReadOnly ? OpenForReading(options) : Open(options.Path);
        _ = sqlite3_busy_timeout(session.Connection, (int)options.BusyTimeout.TotalMilliseconds);
        session.ExecuteScript(ReaderPragmas);
        return session;
    }

    private static SqliteSession OpenForReading(SqliteDatabaseOptions options)
    {
        SqliteSession session = Open(options.Path, SQLITE_OPEN_READONLY);
        try
        {
            if (TryReadSchema(session, options.Path) is not (SQLITE_CANTOPEN or SQLITE_READONLY))
            {
                return session;
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }

        session.Dispose();
        FileInfo log = new(options.Path + "-wal");
        if (log is { Exists: true, Length: > 0 })
        {
            throw new SqliteFileException(
                $"The newest commits of '{options.Path}' are in '{log.Name}', which cannot be read in a folder that cannot be written. "
                + "Copy both files into one that can.");
        }

        string uri = "file:" + Uri.EscapeDataString(Path.GetFullPath(options.Path)).Replace("%2F", "/", StringComparison.Ordinal) + "?immutable=1";
        return Open(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    }

    private static SqliteSession Open(string path, int access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, bool isLogBuffered = false)
    {
        Initialize();
        string? fileSystem = isLogBuffered ? BufferedLog.Name : null;
        int code = sqlite3_open_v2(path, out sqlite3 connection, access | SQLITE_OPEN_NOMUTEX, fileSystem);
        if (code != SQLITE_OK)
        {
            using (connection)
            {
                throw SqliteErrors.From(connection, code, $"opening '{path}'");
            }
        }

        _ = sqlite3_extended_result_codes(connection, 1);
        return new SqliteSession(connection);
    }

    private static void Initialize()
    {
        lock (InitGate)
        {
            if (!_initialized)
            {
                Batteries_V2.Init();
                _initialized = true;
            }
        }
    }

    private static void PrepareFolder(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }

        if (Directory.Exists(path))
        {
            throw new SqliteFileException($"'{path}' is a folder, not a data file.");
        }
    }

    /// <summary>
    /// Answers SQLite's code of reading the schema; throws if the file is something else. SQLite is asked, because a look with a handle of our own does harm: POSIX
    /// drops all locks that a process has on a file when any of its descriptors is closed, and without the lock of a connection that is open already another
    /// process would take itself for the last one when it closes, and delete the log.
    /// </summary>
    private static int TryReadSchema(SqliteSession session, string path)
    {
        int code = sqlite3_exec(session.Connection, "SELECT count(*) FROM sqlite_schema") & 0xff;
        return code != SQLITE_NOTADB
            ? code
            : throw new SqliteFileException($"'{path}' is not a data file of this program (it is not an SQLite file, or its first page is damaged).");
    }

    private static void UseWriteAheadLog(SqliteSession session, SqliteDatabaseOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                string? mode = session.QueryString("PRAGMA journal_mode = WAL");
                if (mode == "wal")
                {
                    return;
                }

                throw new SqliteFileException($"'{options.Path}' cannot use a write-ahead log (journal mode is {mode}).");
            }
            catch (Engine.Storage.StoreUnavailableException) when (
                (sqlite3_extended_errcode(session.Connection) & 0xff) == SQLITE_BUSY && Stopwatch.GetElapsedTime(start) < options.BusyTimeout)
            {
                // Two processes open a fresh file at once: SQLite does not wait for this lock by itself.
                Thread.Sleep(1);
            }
        }
    }

    private static void Claim(SqliteSession session, string path)
    {
        session.ExecuteScript("BEGIN IMMEDIATE");
        try
        {
            long application = session.QueryInt64("PRAGMA application_id");
            if (application != ApplicationId)
            {
                if (application != 0 || session.QueryInt64("SELECT count(*) FROM sqlite_schema") != 0)
                {
                    throw new SqliteFileException($"'{path}' is an SQLite file of another program.");
                }

                session.ExecuteScript($"PRAGMA application_id = {ApplicationId}");
            }

            session.ExecuteScript("""
                CREATE TABLE IF NOT EXISTS schema(component TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS owner(
                  slot INTEGER PRIMARY KEY CHECK (slot = 1), token INTEGER NOT NULL, name TEXT NOT NULL, machine TEXT NOT NULL,
                  process INTEGER NOT NULL, since INTEGER NOT NULL, valid_until INTEGER NOT NULL, held INTEGER NOT NULL);
                COMMIT;
                """);
        }
        catch
        {
            session.RollBack();
            throw;
        }
    }
}
