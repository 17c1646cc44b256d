using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>The statements that read documents, and how a row becomes one.</summary>
internal static class DocumentSql
{
    public const int NumberColumn = 2;

    public const int RowColumn = 7;

    public const string ReadOne = $"""
        SELECT {Columns} FROM documents WHERE partition = ?1 AND id = ?2 AND (expires_at IS NULL OR expires_at > ?3)
        """;

    public const string PageAscending = $"""
        SELECT {Columns} FROM documents
        WHERE partition = ?1 AND id >= ?2 AND id < ?3 AND (expires_at IS NULL OR expires_at > ?4) ORDER BY id LIMIT ?5
        """;

    public const string PageDescending = $"""
        SELECT {Columns} FROM documents
        WHERE partition = ?1 AND id >= ?2 AND id < ?3 AND (expires_at IS NULL OR expires_at > ?4) ORDER BY id DESC LIMIT ?5
        """;

    public const string Due = """
        SELECT partition, id, kind, wake_at FROM documents INDEXED BY documents_wake
        WHERE wake_at <= ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY wake_at LIMIT ?3
        """;

    /// <summary>What <see cref="Changes"/> is quick by. Every write pays for it, so it is made for the first reader.</summary>
    public const string MakeChangesFound = "CREATE UNIQUE INDEX IF NOT EXISTS documents_change ON documents(etag)";

    public const string Changes = $"""
        SELECT {Columns} FROM documents WHERE etag > ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY etag LIMIT ?3
        """;

    public const string Kind = $"""
        SELECT {Columns} FROM documents
        WHERE kind = ?1 AND row > ?2 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY row LIMIT ?4
        """;

    public const string NextExpiry = "SELECT min(expires_at) FROM documents WHERE expires_at IS NOT NULL";

    public const string Purge = """
        DELETE FROM documents WHERE row IN (SELECT row FROM documents WHERE expires_at <= ?1 LIMIT ?2)
        """;

    private const string Columns = "partition, id, etag, kind, wake_at, expires_at, body, row";

    public static Document ReadDocument(SqliteStatement row) => new(
        row.GetString(0),
        row.GetString(1),
        new ETag(row.GetInt64(NumberColumn), row.GetInt64(RowColumn)).ToString(),
        row.GetString(3),
        row.GetBytes(6),
        ReadInstant(row, 4),
        ReadInstant(row, 5));

    /// <summary>Reads a page of a statement that was asked for one row more than the limit.</summary>
    public static List<Document> ReadDocuments(SqliteStatement rows, int limit, out bool more) =>
        ReadDocuments(rows, limit, RowColumn, 0, out more, out _);

    /// <summary>The same, and the last document's number in a column: where the next page goes on.</summary>
    public static List<Document> ReadDocuments(SqliteStatement rows, int limit, int column, long before, out bool more, out long last)
    {
        var items = new List<Document>();
        last = before;
        while (rows.Step())
        {
            if (items.Count == limit)
            {
                more = true;
                return items;
            }

            items.Add(ReadDocument(rows));
            last = rows.GetInt64(column);
        }

        more = false;
        return items;
    }

    private static Instant? ReadInstant(SqliteStatement row, int column) =>
        row.GetNullableInt64(column) is { } ticks ? Instant.FromUnixTimeTicks(ticks) : null;
}
