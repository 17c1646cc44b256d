using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Queue;

/// <summary>The queues' tables and statements. Only the file's owner writes them.</summary>
internal static class QueueTables
{
    public static readonly SchemaModule Schema = new("queues",
    [
        """
        CREATE TABLE queue_messages(
          seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, session_id TEXT,
          enqueued_at INTEGER NOT NULL, scheduled_at INTEGER, expires_at INTEGER, deliveries INTEGER NOT NULL DEFAULT 0,
          fields BLOB NOT NULL, body BLOB NOT NULL);
        CREATE TABLE queue_dead(
          seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, message_id TEXT NOT NULL, session_id TEXT,
          enqueued_at INTEGER NOT NULL, deliveries INTEGER NOT NULL, fields BLOB NOT NULL, body BLOB NOT NULL,
          dead_at INTEGER NOT NULL, reason TEXT, description TEXT);
        CREATE INDEX queue_dead_queue ON queue_dead(queue, seq);
        CREATE TABLE queue_ids(queue TEXT NOT NULL, message_id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(queue, message_id)) WITHOUT ROWID;
        CREATE INDEX queue_ids_until ON queue_ids(until);
        """,
    ]);

    private const int PurgeIds = 2_000;

    /// <summary>False: the id is known and its window is open.</summary>
    public static bool Remember(SqliteSession session, string queue, string messageId, long now, long until) => session.Prepare("""
        INSERT INTO queue_ids(queue, message_id, until) VALUES(?1, ?2, ?3)
        ON CONFLICT(queue, message_id) DO UPDATE SET until = ?3 WHERE until <= ?4
        """).Bind(1, queue).Bind(2, messageId).Bind(3, until).Bind(4, now).Execute() == 1;

    public static void ForgetOldIds(SqliteSession session, long now) => session.Prepare("""
        DELETE FROM queue_ids WHERE (queue, message_id) IN (SELECT queue, message_id FROM queue_ids WHERE until <= ?1 LIMIT ?2)
        """).Bind(1, now).Bind(2, PurgeIds).Execute();

    public static long Insert(SqliteSession session, string queue, QueueRow row)
    {
        session.Prepare("""
            INSERT INTO queue_messages(queue, message_id, session_id, enqueued_at, scheduled_at, expires_at, fields, body)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """).Bind(1, queue).Bind(2, row.MessageId ?? string.Empty).Bind(3, row.SessionId).Bind(4, row.EnqueuedTicks)
            .Bind(5, row.ScheduledTicks).Bind(6, row.ExpiresTicks).BindBlob(7, row.Fields).BindBlob(8, row.Body).Execute();
        long sequence = session.LastInsertRowId;
        if (row.MessageId is null)
        {
            session.Prepare("UPDATE queue_messages SET message_id = ?1 WHERE seq = ?2")
                .Bind(1, DefaultId(queue, sequence)).Bind(2, sequence).Execute();
        }

        return sequence;
    }

    public static string DefaultId(string queue, long sequence) => $"{queue}-{sequence}";

    public static bool Delete(SqliteSession session, long sequence) =>
        session.Prepare("DELETE FROM queue_messages WHERE seq = ?1").Bind(1, sequence).Execute() == 1;

    public static void CountDelivery(SqliteSession session, long sequence, int deliveries) =>
        session.Prepare("UPDATE queue_messages SET deliveries = ?1 WHERE seq = ?2").Bind(1, deliveries).Bind(2, sequence).Execute();

    /// <summary>Null: they stay as they are.</summary>
    public static void SetFields(SqliteSession session, long sequence, byte[]? fields)
    {
        if (fields is not null)
        {
            session.Prepare("UPDATE queue_messages SET fields = ?1 WHERE seq = ?2").BindBlob(1, fields).Bind(2, sequence).Execute();
        }
    }

    public static void Bury(SqliteSession session, QueueEntry entry, long now, string? reason, string? description)
    {
        session.Prepare("""
            INSERT INTO queue_dead(seq, queue, message_id, session_id, enqueued_at, deliveries, fields, body, dead_at, reason, description)
            SELECT seq, queue, message_id, session_id, enqueued_at, ?2, fields, body, ?3, ?4, ?5 FROM queue_messages WHERE seq = ?1
            """).Bind(1, entry.Sequence).Bind(2, entry.DeliveryCount).Bind(3, now).Bind(4, reason).Bind(5, description).Execute();
        Delete(session, entry.Sequence);
    }

    /// <summary>Everything pending of a queue; contents only of the first ones.</summary>
    public static List<QueueEntry> Load(SqliteSession session, string queue, int contents)
    {
        var entries = new List<QueueEntry>();
        using SqliteStatement rows = session.Prepare("""
            SELECT seq, enqueued_at, message_id, session_id, scheduled_at, expires_at, deliveries, fields, body
            FROM queue_messages WHERE queue = ?1 ORDER BY seq
            """).Bind(1, queue);
        while (rows.Step())
        {
            entries.Add(new QueueEntry(rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetNullableString(3))
            {
                ScheduledTicks = rows.GetNullableInt64(4),
                ExpiresTicks = rows.GetNullableInt64(5),
                DeliveryCount = (int)rows.GetInt64(6),
                Content = entries.Count < contents ? new QueueContent(rows.GetBytes(8), QueueMessageCodec.Read(rows.GetBytes(7))) : null,
            });
        }

        return entries;
    }

    /// <summary>Null: the row is gone.</summary>
    public static QueueContent? LoadContent(SqliteSession session, long sequence)
    {
        using SqliteStatement row = session.Prepare("SELECT fields, body FROM queue_messages WHERE seq = ?1").Bind(1, sequence);
        return row.Step() ? new QueueContent(row.GetBytes(1), QueueMessageCodec.Read(row.GetBytes(0))) : null;
    }
}

/// <summary>A row to insert.</summary>
internal readonly record struct QueueRow(
    string? MessageId, string? SessionId, long EnqueuedTicks, long? ScheduledTicks, long? ExpiresTicks, byte[] Fields, byte[] Body);
