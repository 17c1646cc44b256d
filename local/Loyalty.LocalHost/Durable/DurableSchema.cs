using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Durable;

/// <summary>
/// The engine's tables. An instance has a row under its id and, under its key, one history row for everything that
/// arrived and for every turn;
/// what is still to be done (activities, timers, unread events) follows from these rows alone. A new generation gets a
/// new key.
/// </summary>
internal static class DurableSchema
{
    public static SchemaModule Module { get; } = new("durable",
    [
        """
        CREATE TABLE durable_instances(
            instance_id TEXT NOT NULL PRIMARY KEY,
            key INTEGER NOT NULL,
            name TEXT NOT NULL,
            generation INTEGER NOT NULL,
            status INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            completed_at INTEGER,
            start_at INTEGER,
            input TEXT,
            output TEXT,
            failure TEXT,
            custom_status TEXT,
            version TEXT,
            tags TEXT,
            parent_id TEXT,
            parent_key INTEGER,
            parent_task INTEGER,
            parent_name TEXT
        ) WITHOUT ROWID;
        CREATE INDEX durable_unfinished ON durable_instances(status, key) WHERE status < 3;
        CREATE INDEX durable_children ON durable_instances(parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE durable_epoch(one INTEGER NOT NULL PRIMARY KEY CHECK(one = 1), epoch INTEGER NOT NULL);
        CREATE TABLE durable_history(
            key INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            task INTEGER,
            name TEXT,
            payload TEXT,
            PRIMARY KEY(key, seq)
        ) WITHOUT ROWID;
        """,
    ]);
}

/// <summary>An instance's state in the table; those below <see cref="Completed"/> are live.</summary>
internal enum InstanceStatus
{
    Pending = 0,
    Running = 1,
    Suspended = 2,
    Completed = 3,
    Failed = 4,
    Terminated = 5,
}
