using SQLitePCL;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// One connection to the file with its prepared statements, handed to a write or read for the time of its transaction. Not thread-safe and
/// not to be kept: it is valid only inside the function it was given to.
/// </summary>
public sealed class SqliteSession : IDisposable
{
    private const uint PreparePersistent = 1;

    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private readonly List<Action> _afterCommit = [];
    private int _inUse;

    internal SqliteSession(sqlite3 connection) => Connection = connection;

    internal sqlite3 Connection { get; }

    /// <summary>The numbers of documents, for the transaction that is open.</summary>
    internal Documents.DocumentNumbers Numbers { get; } = new();

    internal bool InTransaction => sqlite3_get_autocommit(Connection) == 0;

    /// <summary>
    /// The statement for a text (one statement; parameters are <c>?</c> or <c>?1</c>), prepared once per connection and text. Use texts that are
    /// constant: each one is kept. Dispose it, or end it with <see cref="SqliteStatement.Execute"/>.
    /// </summary>
    public SqliteStatement Prepare(string text)
    {
        if (_statements.TryGetValue(text, out SqliteStatement? known) && !known.InUse)
        {
            known.InUse = true;
            _inUse++;
            return known;
        }

        int code = sqlite3_prepare_v3(Connection, text, PreparePersistent, out sqlite3_stmt handle);
        if (code != SQLITE_OK)
        {
            throw SqliteErrors.From(Connection, code, text);
        }

        // A text that is stepping already (a nested use) gets a statement of its own, closed after use.
        var fresh = new SqliteStatement(this, handle, text, cached: known is null) { InUse = true };
        _inUse++;
        if (known is null)
        {
            _statements.Add(text, fresh);
        }

        return fresh;
    }

    /// <summary>Runs a script of one or more statements without parameters; for schemas and pragmas.</summary>
    public void ExecuteScript(string script)
    {
        int code = sqlite3_exec(Connection, script);
        if (code != SQLITE_OK)
        {
            throw SqliteErrors.From(Connection, code, script);
        }
    }

    /// <summary>The first column of the first row as a whole number; 0 if there is none.</summary>
    public long QueryInt64(string text)
    {
        using SqliteStatement statement = Prepare(text);
        return statement.Step() ? statement.GetInt64(0) : 0;
    }

    /// <summary>The first column of the first row as text; null if there is none.</summary>
    public string? QueryString(string text)
    {
        using SqliteStatement statement = Prepare(text);
        return statement.Step() ? statement.GetNullableString(0) : null;
    }

    /// <summary>The row id of the last INSERT.</summary>
    public long LastInsertRowId => sqlite3_last_insert_rowid(Connection);

    /// <summary>
    /// Something to do when this write is durable: it runs on the writer thread, in order, before any write of the group is answered, so it must be
    /// quick; it does not run if the write is undone. For bringing memory in line with the file.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
        Connection.Dispose();
    }

    internal int AfterCommitCount => _afterCommit.Count;

    internal void ForgetAfterCommit(int from) => _afterCommit.RemoveRange(from, _afterCommit.Count - from);

    internal void RunAfterCommit(Action<Exception> failed)
    {
        foreach (Action action in _afterCommit)
        {
            try
            {
                action();
            }
            catch (Exception failure)
            {
                // The group is durable whatever happens in memory.
                failed(failure);
            }
        }

        _afterCommit.Clear();
    }

    internal void GiveBack() => _inUse--;

    /// <summary>Ends what an abandoned transaction left open; safe to call when there is none.</summary>
    internal void RollBack()
    {
        _afterCommit.Clear();
        Numbers.Forget();
        if (_inUse > 0)
        {
            foreach (SqliteStatement statement in _statements.Values)
            {
                statement.Dispose();
            }
        }

        if (InTransaction)
        {
            _ = Prepare("ROLLBACK").TryExecute();
        }
    }
}
