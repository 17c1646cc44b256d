using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>A dead letter.</summary>
/// <param name="SequenceNumber">As in the queue it came from.</param>
/// <param name="MessageId">The id under which it was sent.</param>
/// <param name="SessionId">Its session, if it had one.</param>
/// <param name="EnqueuedTime">When it was sent.</param>
/// <param name="DeadAt">When it was given up.</param>
/// <param name="DeliveryCount">How often it was delivered.</param>
/// <param name="Reason">Why, in a word, e.g. <c>MaxDeliveryCountExceeded</c>.</param>
/// <param name="Description">Why, in a sentence.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Body">The payload.</param>
public sealed record DeadLetter(
    long SequenceNumber,
    string MessageId,
    string? SessionId,
    Instant EnqueuedTime,
    Instant DeadAt,
    int DeliveryCount,
    string? Reason,
    string? Description,
    QueueMessageFields Fields,
    ReadOnlyMemory<byte> Body);

/// <summary>Reads dead letters; any process that has the file open may. Sending again: <see cref="LocalQueue.ResendDeadLetterAsync"/>.</summary>
public static class DeadLetters
{
    private const string Columns =
        "seq, message_id, session_id, enqueued_at, dead_at, deliveries, reason, description, fields, body";

    /// <summary>The dead letters of a queue, the oldest first.</summary>
    /// <param name="database">The file.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="after">Only those with a higher sequence number, to page on.</param>
    public static IReadOnlyList<DeadLetter> List(SqliteDatabase database, string queue, int limit = 100, long after = 0)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.Read(session =>
        {
            var letters = new List<DeadLetter>();
            if (HasTables(session))
            {
                using SqliteStatement rows = session.Prepare(
                    $"SELECT {Columns} FROM queue_dead WHERE queue = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")
                    .Bind(1, queue).Bind(2, after).Bind(3, limit);
                while (rows.Step())
                {
                    letters.Add(ReadRow(rows));
                }
            }

            return letters;
        });
    }

    /// <summary>One dead letter, or null.</summary>
    public static DeadLetter? Find(SqliteDatabase database, string queue, long sequenceNumber)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.Read(session => HasTables(session) ? Find(session, queue, sequenceNumber) : null);
    }

    /// <summary>How many a queue has.</summary>
    public static long Count(SqliteDatabase database, string queue)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.Read(session =>
        {
            if (!HasTables(session))
            {
                return 0;
            }

            using SqliteStatement count = session.Prepare("SELECT count(*) FROM queue_dead WHERE queue = ?1").Bind(1, queue);
            count.Step();
            return count.GetInt64(0);
        });
    }

    internal static DeadLetter? Find(SqliteSession session, string queue, long sequenceNumber)
    {
        using SqliteStatement row = session.Prepare($"SELECT {Columns} FROM queue_dead WHERE queue = ?1 AND seq = ?2")
            .Bind(1, queue).Bind(2, sequenceNumber);
        return row.Step() ? ReadRow(row) : null;
    }

    internal static void Delete(SqliteSession session, long sequenceNumber) =>
        session.Prepare("DELETE FROM queue_dead WHERE seq = ?1").Bind(1, sequenceNumber).Execute();

    private static bool HasTables(SqliteSession session) =>
        session.QueryInt64("SELECT count(*) FROM sqlite_schema WHERE name = 'queue_dead'") != 0;

    private static DeadLetter ReadRow(SqliteStatement row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetNullableString(2),
        Instant.FromUnixTimeTicks(row.GetInt64(3)),
        Instant.FromUnixTimeTicks(row.GetInt64(4)),
        (int)row.GetInt64(5),
        row.GetNullableString(6),
        row.GetNullableString(7),
        QueueMessageCodec.Read(row.GetBytes(8)),
        row.GetBytes(9));
}
