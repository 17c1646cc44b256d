namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>Rows of any length, for tests of how the file is written.</summary>
internal static class RowTable
{
    private static readonly SchemaModule Schema = new("rows", ["CREATE TABLE rows(id INTEGER PRIMARY KEY, text BLOB NOT NULL)"]);

    public static async Task<SqliteDatabase> OpenAsync(TemporaryFile file, Func<SqliteDatabaseOptions, SqliteDatabaseOptions>? configure = null)
    {
        SqliteDatabase database = file.Open(configure);
        await database.EnsureSchemaAsync(Schema);
        return database;
    }

    public static void Insert(SqliteSession session, int id, int bytes) =>
        session.Prepare("INSERT INTO rows(id, text) VALUES(?1, zeroblob(?2))").Bind(1, id).Bind(2, bytes).Execute();

    public static long Count(SqliteDatabase database) => database.Read(static session => session.QueryInt64("SELECT count(*) FROM rows"));

    /// <summary>For the process that wrote it, and for one that opens it afterwards.</summary>
    public static async Task AssertWholeAsync(TemporaryFile file, SqliteDatabase database, int rows)
    {
        Assert.Equal(rows, Count(database));
        await database.DisposeAsync();
        SqliteDatabase again = file.Open();
        Assert.Equal(rows, Count(again));
        Assert.Equal("ok", again.Read(static session => session.QueryString("PRAGMA integrity_check")));
    }
}
