using System.Globalization;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>A batch whose bounds are checked, run inside a group. All conditions are checked before the first write, so a refusal leaves nothing to undo.</summary>
internal sealed class DocumentBatch
{
    private const string Find = """
        SELECT row, etag, expires_at FROM documents WHERE partition = ?1 AND id = ?2
        """;

    private const string TakeNumbers = """
        UPDATE document_sequence SET last = last + ?1 RETURNING last
        """;

    private const string Insert = """
        INSERT INTO documents(partition, id, etag, kind, wake_at, expires_at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """;

    private const string Update = """
        UPDATE documents SET etag = ?1, kind = ?2, wake_at = ?3, expires_at = ?4, body = ?5 WHERE row = ?6
        """;

    private const string Remove = "DELETE FROM documents WHERE row = ?1";

    private readonly string _partition;
    private readonly IReadOnlyList<DocumentWrite> _writes;
    private readonly IClock _clock;
    private readonly long[] _rows;

    public DocumentBatch(string partition, IReadOnlyList<DocumentWrite> writes, IClock clock)
    {
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckBatch(writes);
        _partition = partition;
        _writes = writes;
        _clock = clock;
        _rows = new long[writes.Count];
    }

    public BatchOutcome Run(SqliteSession session)
    {
        long now = _clock.GetCurrentInstant().ToUnixTimeTicks();
        for (int index = 0; index < _writes.Count; index++)
        {
            if (Check(session, index, now) is { } reason)
            {
                return new BatchOutcome.Refused(index, reason);
            }
        }

        long last = Number(session);
        long next = last - _writes.Count + 1;
        var etags = new string?[_writes.Count];
        for (int index = 0; index < _writes.Count; index++)
        {
            etags[index] = Write(session, index, next + index);
        }

        return new BatchOutcome.Committed(etags);
    }

    private long Number(SqliteSession session)
    {
        using SqliteStatement statement = session.Prepare(TakeNumbers).Bind(1, _writes.Count);
        statement.Step();
        long last = statement.GetInt64(0);
        statement.Step();
        return last;
    }

    /// <summary>Finds the row of a write (0: none) and checks its condition.</summary>
    private WriteRefusal? Check(SqliteSession session, int index, long now)
    {
        DocumentWrite write = _writes[index];
        long row = 0;
        long etag = 0;
        bool present = false;
        using (SqliteStatement find = session.Prepare(Find).Bind(1, _partition).Bind(2, write.Id))
        {
            if (find.Step())
            {
                row = find.GetInt64(0);
                etag = find.GetInt64(1);
                present = find.IsNull(2) || find.GetInt64(2) > now;
            }
        }

        _rows[index] = row;
        return write switch
        {
            DocumentWrite.Create => present ? WriteRefusal.Exists : null,
            DocumentWrite.Upsert => null,
            DocumentWrite.Replace replace => CheckTag(present, etag, replace.ETag),
            DocumentWrite.Guard guard => CheckTag(present, etag, guard.ETag),
            DocumentWrite.Delete delete => CheckTag(present, etag, delete.ETag),
            _ => throw new InvalidOperationException($"Unknown write {write.GetType()}."),
        };
    }

    private static WriteRefusal? CheckTag(bool present, long etag, string? expected)
    {
        if (!present)
        {
            return WriteRefusal.Missing;
        }

        return expected is null || ETags.Matches(etag, expected) ? null : WriteRefusal.Changed;
    }

    private string? Write(SqliteSession session, int index, long number)
    {
        switch (_writes[index])
        {
            case DocumentWrite.Create write:
                return Store(session, index, number, write.Kind, write.Body, write.WakeAt, write.ExpiresAt);
            case DocumentWrite.Upsert write:
                return Store(session, index, number, write.Kind, write.Body, write.WakeAt, write.ExpiresAt);
            case DocumentWrite.Replace write:
                return Store(session, index, number, write.Kind, write.Body, write.WakeAt, write.ExpiresAt);
            case DocumentWrite.Delete:
                session.Prepare(Remove).Bind(1, _rows[index]).Execute();
                return null;
            case DocumentWrite.Guard guard:
                return guard.ETag;
            default:
                throw new InvalidOperationException($"Unknown write {_writes[index].GetType()}.");
        }
    }

    private string Store(
        SqliteSession session, int index, long number, string kind, ReadOnlyMemory<byte> body, Instant? wakeAt, Instant? expiresAt)
    {
        if (_rows[index] == 0)
        {
            session.Prepare(Insert).Bind(1, _partition).Bind(2, _writes[index].Id).Bind(3, number).Bind(4, kind)
                .Bind(5, wakeAt?.ToUnixTimeTicks()).Bind(6, expiresAt?.ToUnixTimeTicks()).BindBlob(7, body.Span).Execute();
        }
        else
        {
            session.Prepare(Update).Bind(1, number).Bind(2, kind).Bind(3, wakeAt?.ToUnixTimeTicks())
                .Bind(4, expiresAt?.ToUnixTimeTicks()).BindBlob(5, body.Span).Bind(6, _rows[index]).Execute();
        }

        return ETags.Format(number);
    }
}

/// <summary>ETags are the numbers of the file's one change sequence, so none is ever used twice and their order is the order of commits.</summary>
internal static class ETags
{
    public static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static bool Matches(long number, string etag)
    {
        Span<char> text = stackalloc char[20];
        return number.TryFormat(text, out int length, default, CultureInfo.InvariantCulture) && etag.AsSpan().SequenceEqual(text[..length]);
    }
}
