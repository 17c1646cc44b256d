using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Tests;

/// <summary>A data file of one test, opened by its owner, closed and opened again. Used with <c>await using</c>.</summary>
internal sealed class DataFile
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-host-").FullName;
    private SqliteDatabase? _database;

    public OwnerLease Lease { get; private set; } = null!;

    public string Path => System.IO.Path.Combine(_folder, "loyalty.db");

    public async Task<SqliteDatabase> OpenOwnedAsync(TimeSpan? busyTimeout = null)
    {
        var options = new SqliteDatabaseOptions(Path);
        _database = SqliteDatabase.Open(options with { BusyTimeout = busyTimeout ?? options.BusyTimeout });
        Lease = Assert.IsType<OwnershipAnswer.Acquired>(await _database.TryAcquireOwnershipAsync("test")).Lease;
        return _database;
    }

    /// <summary>Closes the file and makes it look as if the owner had been killed.</summary>
    public async Task CrashAsync()
    {
        await CloseAsync();
        await using SqliteDatabase database = SqliteDatabase.Open(Path);
        await database.WriteAsync(session => session.ExecuteScript("UPDATE owner SET held = 1"));
    }

    public async Task CloseAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
            _database = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
