using System.Buffers;
using System.Text;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// A prepared statement of a <see cref="SqliteSession"/>: bind by position (from 1), step, read columns by position (from 0), dispose.
/// Disposing gives it back to the session for the next use of the same text. Not thread-safe, like its session.
/// </summary>
public sealed class SqliteStatement : IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SqliteSession _session;
    private readonly sqlite3_stmt _handle;
    private readonly string _text;
    private readonly bool _cached;

    internal SqliteStatement(SqliteSession session, sqlite3_stmt handle, string text, bool cached)
    {
        _session = session;
        _handle = handle;
        _text = text;
        _cached = cached;
    }

    internal bool InUse { get; set; }

    /// <summary>Binds a whole number.</summary>
    public SqliteStatement Bind(int position, long value)
    {
        Check(sqlite3_bind_int64(_handle, position, value));
        return this;
    }

    /// <summary>Binds a whole number or NULL.</summary>
    public SqliteStatement Bind(int position, long? value) => value is { } number ? Bind(position, number) : BindNull(position);

    /// <summary>Binds NULL.</summary>
    public SqliteStatement BindNull(int position)
    {
        Check(sqlite3_bind_null(_handle, position));
        return this;
    }

    /// <summary>Binds text or NULL. Text that is not valid UTF-16 throws <see cref="ArgumentException"/>.</summary>
    public SqliteStatement Bind(int position, string? value)
    {
        if (value is null)
        {
            return BindNull(position);
        }

        int bound = value.Length * 3;
        if (bound <= 768)
        {
            Span<byte> local = stackalloc byte[bound];
            return BindText(position, local[..StrictUtf8.GetBytes(value, local)]);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(bound);
        try
        {
            return BindText(position, rented.AsSpan(0, StrictUtf8.GetBytes(value, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Binds text that is UTF-8 already.</summary>
    public SqliteStatement BindText(int position, ReadOnlySpan<byte> utf8)
    {
        Check(utf8.IsEmpty ? sqlite3_bind_text(_handle, position, string.Empty) : sqlite3_bind_text(_handle, position, utf8));
        return this;
    }

    /// <summary>Binds bytes.</summary>
    public SqliteStatement BindBlob(int position, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? sqlite3_bind_zeroblob(_handle, position, 0) : sqlite3_bind_blob(_handle, position, value));
        return this;
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    public bool Step()
    {
        int code = sqlite3_step(_handle);
        return code switch
        {
            SQLITE_ROW => true,
            SQLITE_DONE => false,
            _ => throw SqliteErrors.From(_session.Connection, code, _text),
        };
    }

    /// <summary>Runs a statement to its end and gives it back; answers how many rows it changed (for INSERT, UPDATE and DELETE).</summary>
    public int Execute()
    {
        try
        {
            while (Step())
            {
                // A statement with RETURNING or a pragma may answer rows that nobody asked for.
            }

            return sqlite3_changes(_session.Connection);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>A whole number; NULL reads as 0.</summary>
    public long GetInt64(int column) => sqlite3_column_int64(_handle, column);

    /// <summary>A whole number or null.</summary>
    public long? GetNullableInt64(int column) => IsNull(column) ? null : sqlite3_column_int64(_handle, column);

    /// <summary>True if the column is NULL.</summary>
    public bool IsNull(int column) => sqlite3_column_type(_handle, column) == SQLITE_NULL;

    /// <summary>Text; NULL reads as empty.</summary>
    public string GetString(int column) => Encoding.UTF8.GetString(sqlite3_column_blob(_handle, column));

    /// <summary>True if the column is this text.</summary>
    public bool IsText(int column, string text)
    {
        if (text.Length > 256)
        {
            return GetString(column) == text;
        }

        Span<byte> utf8 = stackalloc byte[text.Length * 3];
        return GetSpan(column).SequenceEqual(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>Text or null.</summary>
    public string? GetNullableString(int column) => IsNull(column) ? null : GetString(column);

    /// <summary>The bytes of a blob or text, valid until the next step.</summary>
    public ReadOnlySpan<byte> GetSpan(int column) => sqlite3_column_blob(_handle, column);

    /// <summary>A copy of the bytes of a blob or text.</summary>
    public byte[] GetBytes(int column) => sqlite3_column_blob(_handle, column).ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!InUse)
        {
            return;
        }

        InUse = false;
        _session.GiveBack();
        if (_cached)
        {
            _ = sqlite3_reset(_handle);
            _ = sqlite3_clear_bindings(_handle);
        }
        else
        {
            Close();
        }
    }

    internal void Close() => _handle.Dispose();

    /// <summary>Runs a statement without parameters and answers SQLite's code instead of throwing.</summary>
    internal int TryExecute()
    {
        int code = sqlite3_step(_handle);
        Dispose();
        return code;
    }

    private void Check(int code)
    {
        if (code != SQLITE_OK)
        {
            throw SqliteErrors.From(_session.Connection, code, _text);
        }
    }
}
