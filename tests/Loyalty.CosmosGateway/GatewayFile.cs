using System.Text;
using Microsoft.Data.Sqlite;

namespace Loyalty.CosmosGateway;

/// <summary>The gateway's documents in a SQLite file. What is committed survives the sudden end of the process (not of the machine: no fsync, for speed).</summary>
internal sealed class GatewayFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private SqliteTransaction? _transaction;

    public GatewayFile(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute("PRAGMA journal_mode=WAL");
        Execute("PRAGMA synchronous=OFF");
        Execute("PRAGMA busy_timeout=10000");
        Execute("""
            CREATE TABLE IF NOT EXISTS containers(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, properties TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS docs(
              row INTEGER PRIMARY KEY AUTOINCREMENT, container INTEGER NOT NULL, pk TEXT NOT NULL, id TEXT NOT NULL, epk TEXT NOT NULL,
              lsn INTEGER NOT NULL, position INTEGER NOT NULL, expires_at INTEGER, kind TEXT, wake_at TEXT, etag TEXT NOT NULL, json BLOB NOT NULL);
            CREATE UNIQUE INDEX IF NOT EXISTS docs_key ON docs(container, pk, id);
            CREATE INDEX IF NOT EXISTS docs_change ON docs(container, lsn, position);
            CREATE INDEX IF NOT EXISTS docs_wake ON docs(container, wake_at) WHERE wake_at IS NOT NULL;
            CREATE INDEX IF NOT EXISTS docs_kind ON docs(container, kind);
            CREATE TABLE IF NOT EXISTS sequence(slot INTEGER PRIMARY KEY, last INTEGER NOT NULL);
            INSERT OR IGNORE INTO sequence VALUES(1, 0);
            """);
    }

    public int Execute(string sql, params (string Name, object? Value)[] parameters) => Command(sql, parameters).ExecuteNonQuery();

    public List<T> Read<T>(string sql, Func<SqliteDataReader, T> row, params (string Name, object? Value)[] parameters)
    {
        using var reader = Command(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    /// <summary>All or nothing: what the work answers false to is undone.</summary>
    public void InTransaction(Func<bool> work)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        _transaction = transaction;
        try
        {
            if (work()) transaction.Commit();
            else transaction.Rollback();
        }
        finally
        {
            _transaction = null;
        }
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            _commands[sql] = command;
        }

        command.Transaction = _transaction;
        command.Parameters.Clear();
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}

/// <summary>A row.</summary>
internal sealed record KeptDocument(long Row, string Id, string Partition, long Lsn, int Position, string ETag, byte[] Json, string? WakeAt)
{
    public const string Columns = "row, id, pk, lsn, position, etag, json, wake_at";

    public static KeptDocument Read(SqliteDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetInt64(3),
        row.GetInt32(4),
        row.GetString(5),
        row.GetFieldValue<byte[]>(6),
        row.IsDBNull(7) ? null : row.GetString(7));

    public string Text => Encoding.UTF8.GetString(Json);
}
