using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Tests;

/// <summary>A data file of one test, with everything that was opened on it; all gone at the end.</summary>
/// <remarks>Used with <c>await using</c>, which needs no interface; xunit's test classes dispose their own through <c>IAsyncLifetime</c>.</remarks>
internal sealed class TemporaryFile
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-sqlite-").FullName;
    private readonly List<SqliteDatabase> _databases = [];

    public string Path => System.IO.Path.Combine(_folder, "loyalty.db");

    public SqliteDatabase Open(Func<SqliteDatabaseOptions, SqliteDatabaseOptions>? configure = null)
    {
        var options = new SqliteDatabaseOptions(Path);
        SqliteDatabase database = SqliteDatabase.Open(configure?.Invoke(options) ?? options);
        _databases.Add(database);
        return database;
    }

    public async Task<SqliteDocumentStore> OpenStoreAsync(IClock clock) => await SqliteDocumentStore.OpenAsync(Open(), clock);

    public async ValueTask DisposeAsync()
    {
        foreach (SqliteDatabase database in _databases)
        {
            await database.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
