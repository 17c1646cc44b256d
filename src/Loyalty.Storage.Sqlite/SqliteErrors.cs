using Loyalty.Engine.Storage;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>A statement was refused by SQLite for a reason that lies in the statement (constraint, syntax, misuse): a bug of the caller.</summary>
public sealed class SqliteStatementException : Exception
{
    /// <param name="message">What SQLite said, with the statement.</param>
    /// <param name="code">SQLite's extended result code.</param>
    public SqliteStatementException(string message, int code)
        : base(message) => Code = code;

    /// <summary>SQLite's extended result code, e.g. 1555 for a taken primary key.</summary>
    public int Code { get; }

    /// <summary>True if a constraint of the schema refused the statement.</summary>
    public bool IsConstraint => (Code & 0xff) == SQLITE_CONSTRAINT;
}

/// <summary>The file cannot be used as a data file: it is something else, it is damaged, or a newer version of the program wrote it.</summary>
public sealed class SqliteFileException : Exception
{
    /// <param name="message">What is wrong with which file.</param>
    public SqliteFileException(string message)
        : base(message)
    {
    }
}

/// <summary>
/// This process does not own the file (any more), so a write with <see cref="WriteFence.Owner"/> was refused and has changed nothing.
/// </summary>
public sealed class OwnershipLostException : Exception
{
    /// <param name="message">Who owns the file now.</param>
    public OwnershipLostException(string message)
        : base(message)
    {
    }
}

internal static class SqliteErrors
{
    /// <summary>Codes that tell of the machine or of other processes, not of the statement.</summary>
    public static bool IsInfrastructure(int code) => (code & 0xff) is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_IOERR or SQLITE_FULL
        or SQLITE_CANTOPEN or SQLITE_CORRUPT or SQLITE_NOTADB or SQLITE_READONLY or SQLITE_NOMEM or SQLITE_PROTOCOL or SQLITE_PERM
        or SQLITE_INTERRUPT;

    /// <summary>The disk gives something else than what was written: nobody brings it back by waiting.</summary>
    private static bool CannotBeRead(int code) => code is SQLITE_IOERR_READ or SQLITE_IOERR_SHORT_READ;

    public static Exception From(sqlite3 connection, int code, string what)
    {
        string said = sqlite3_errmsg(connection).utf8_to_string();
        int extended = sqlite3_extended_errcode(connection);
        int known = (extended & 0xff) == (code & 0xff) ? extended : code;
        return From(known, said, what);
    }

    public static Exception From(int code, string said, string what)
    {
        string message = $"SQLite error {code}: {said} ({what})";
        return (code & 0xff) switch
        {
            SQLITE_CORRUPT or SQLITE_NOTADB => new StoreUnavailableException($"The data file is damaged. {message}") { IsDamage = true },
            SQLITE_FULL => new StoreUnavailableException($"The disk is full. {message}"),
            SQLITE_BUSY => new StoreUnavailableException($"Another process keeps the data file locked. {message}"),
            _ when IsInfrastructure(code) => new StoreUnavailableException(message) { IsDamage = CannotBeRead(code) },
            _ => new SqliteStatementException(message, code),
        };
    }
}
