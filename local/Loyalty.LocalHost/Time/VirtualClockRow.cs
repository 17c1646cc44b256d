using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Time;

/// <summary>
/// Virtual time in the file. <c>now</c> is written at the beginning of every group of commits, so it costs no fsync of its own and no commit is
/// ever durable without the time it was made at.
/// </summary>
public static class VirtualClockRow
{
    private static readonly SchemaModule Schema = new("clock",
    [
        "CREATE TABLE virtual_clock(slot INTEGER PRIMARY KEY CHECK (slot = 1), now INTEGER NOT NULL)",
    ]);

    /// <summary>
    /// A virtual clock that goes on from the file's <c>now</c>, or from <paramref name="start"/> on a file without one. The process must own the file.
    /// </summary>
    public static async Task<HostClock> OpenAsync(SqliteDatabase database, Instant start)
    {
        ArgumentNullException.ThrowIfNull(database);
        await database.EnsureSchemaAsync(Schema);
        await database.WriteAsync(
            session => session.Prepare("INSERT INTO virtual_clock(slot, now) VALUES(1, ?1) ON CONFLICT DO NOTHING")
                .Bind(1, start.ToUnixTimeTicks()).Execute(),
            WriteFence.Owner);
        HostClock clock = HostClock.Virtual(Read(database)!.Value);
        database.AddGroupHook(session => Write(session, clock.Now), WriteFence.Owner);
        return clock;
    }

    /// <summary>The file's virtual <c>now</c>, or null if it has never had one.</summary>
    public static Instant? Read(SqliteDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.Read(static session =>
            session.QueryInt64("SELECT count(*) FROM sqlite_schema WHERE name = 'virtual_clock'") != 0
            && session.QueryInt64("SELECT count(*) FROM virtual_clock") != 0
                ? Instant.FromUnixTimeTicks(session.QueryInt64("SELECT now FROM virtual_clock"))
                : (Instant?)null);
    }

    /// <summary>Writes <c>now</c> with a commit of its own, for a clock that has moved and stops.</summary>
    public static Task SaveAsync(SqliteDatabase database, HostClock clock)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(clock);
        return database.WriteAsync(session => Write(session, clock.Now), WriteFence.Owner);
    }

    private static void Write(SqliteSession session, Instant now) =>
        session.Prepare("UPDATE virtual_clock SET now = ?1").Bind(1, now.ToUnixTimeTicks()).Execute();
}
