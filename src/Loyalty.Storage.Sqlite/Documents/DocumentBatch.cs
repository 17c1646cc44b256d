using System.Globalization;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>
/// A batch whose bounds are checked, run inside a group. What is to be new is inserted without looking first, as an id is hardly ever taken
/// (<see cref="TryAtOnce"/>); if it is, that is taken back and every condition is checked before the first write: a refusal leaves nothing behind.
/// </summary>
internal sealed class DocumentBatch
{
    private const string Find = """
        SELECT row, etag, expires_at, wake_at, kind FROM documents WHERE partition = ?1 AND id = ?2
        """;

    private const string Insert = """
        INSERT INTO documents(partition, id, etag, kind, wake_at, expires_at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """;

    private const string InsertIfNew = """
        INSERT INTO documents(partition, id, etag, kind, wake_at, expires_at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT(partition, id) DO NOTHING
        """;

    // By its row, which its ETag tells: no index is asked.
    private const string FindVersion = """
        SELECT row, etag, expires_at, wake_at, kind FROM documents WHERE row = ?4 AND etag = ?3 AND id = ?2 AND partition = ?1
        """;

    private const string Update = """
        UPDATE documents SET etag = ?1, kind = ?2, wake_at = ?3, expires_at = ?4, body = ?5 WHERE row = ?6
        """;

    // An index is written anew for every column that is named, changed or not: what stays is not named.
    private const string UpdateBody = "UPDATE documents SET etag = ?1, body = ?2 WHERE row = ?3";

    // A condition and its write in one: nothing is changed where the version is another, or where more than the body is to change.
    private const string UpdateBodyOfVersion = """
        UPDATE documents SET etag = ?1, body = ?2
        WHERE row = ?10 AND etag = ?3 AND id = ?4 AND partition = ?5 AND kind = ?6 AND wake_at IS ?7 AND expires_at IS ?8
          AND (expires_at IS NULL OR expires_at > ?9)
        """;

    private const string UpdateWake = "UPDATE documents SET etag = ?1, wake_at = ?2, body = ?3 WHERE row = ?4";

    private const string Remove = "DELETE FROM documents WHERE row = ?1";

    private readonly string _partition;
    private readonly IReadOnlyList<DocumentWrite> _writes;
    private readonly IClock _clock;
    private readonly Place[] _places;

    public DocumentBatch(string partition, IReadOnlyList<DocumentWrite> writes, IClock clock)
    {
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckBatch(writes);
        _partition = partition;
        _writes = writes;
        _clock = clock;
        _places = new Place[writes.Count];
    }

    public BatchOutcome Run(SqliteSession session)
    {
        long now = _clock.GetCurrentInstant().ToUnixTimeTicks();
        return TryAtOnce(session, now) ?? RunChecked(session, now);
    }

    /// <summary>Checks what has to be there, inserts what is to be new without looking first, and writes the rest. null: something is in the way; nothing is written.</summary>
    private BatchOutcome? TryAtOnce(SqliteSession session, long now)
    {
        int lone = FindLoneReplace();
        for (int index = 0; index < _writes.Count; index++)
        {
            if (index != lone && _writes[index] is not DocumentWrite.Create && Check(session, index, now, byVersion: true) is not null)
            {
                return null;
            }
        }

        long first = session.Numbers.Take(session, _writes.Count);
        for (int index = 0; index < _writes.Count; index++)
        {
            if (_writes[index] is DocumentWrite.Create write && !TryInsert(session, index, first + index, write))
            {
                TakeBack(session, index);
                return null;
            }
        }

        bool isReplaced = lone >= 0 && TryUpdateBody(session, lone, first + lone, now);
        if (lone >= 0 && !isReplaced && Check(session, lone, now, byVersion: true) is not null)
        {
            TakeBack(session, _writes.Count);
            return null;
        }

        var etags = new string?[_writes.Count];
        for (int index = 0; index < etags.Length; index++)
        {
            bool isWritten = _writes[index] is DocumentWrite.Create || (isReplaced && index == lone);
            etags[index] = isWritten ? new ETag(first + index, _places[index].Row).ToString() : Write(session, index, first + index);
        }

        return new BatchOutcome.Committed(etags);
    }

    /// <summary>The only write that depends on what is there, if it replaces a version; -1: there is none, or there are several. What stands alone need not be looked at before it is written.</summary>
    private int FindLoneReplace()
    {
        int found = -1;
        for (int index = 0; index < _writes.Count; index++)
        {
            if (_writes[index] is DocumentWrite.Create)
            {
                continue;
            }

            if (found >= 0 || _writes[index] is not DocumentWrite.Replace)
            {
                return -1;
            }

            found = index;
        }

        return found;
    }

    /// <summary>False: it is not there in this version, or more than its body is to change; nothing is written.</summary>
    private bool TryUpdateBody(SqliteSession session, int index, long number, long now)
    {
        var write = (DocumentWrite.Replace)_writes[index];
        if (!ETag.TryParse(write.ETag, out ETag version))
        {
            return false;
        }

        _places[index] = new Place { Row = version.Row };
        return session.Prepare(UpdateBodyOfVersion).Bind(1, number).BindBlob(2, write.Body.Span).Bind(3, version.Number).Bind(4, write.Id).Bind(5, _partition)
            .Bind(6, write.Kind).Bind(7, write.WakeAt?.ToUnixTimeTicks()).Bind(8, write.ExpiresAt?.ToUnixTimeTicks()).Bind(9, now).Bind(10, version.Row)
            .Execute() == 1;
    }

    /// <summary>False: the id is taken.</summary>
    private bool TryInsert(SqliteSession session, int index, long number, DocumentWrite.Create write)
    {
        bool isNew = session.Prepare(InsertIfNew).Bind(1, _partition).Bind(2, write.Id).Bind(3, number).Bind(4, write.Kind)
            .Bind(5, write.WakeAt?.ToUnixTimeTicks()).Bind(6, write.ExpiresAt?.ToUnixTimeTicks()).BindBlob(7, write.Body.Span).Execute() == 1;
        _places[index] = new Place { Row = isNew ? session.LastInsertRowId : 0 };
        return isNew;
    }

    /// <summary>Removes what the first so many writes inserted.</summary>
    private void TakeBack(SqliteSession session, int count)
    {
        for (int index = 0; index < count; index++)
        {
            if (_writes[index] is DocumentWrite.Create)
            {
                session.Prepare(Remove).Bind(1, _places[index].Row).Execute();
            }
        }
    }

    /// <summary>Looks at every place before it writes, in the order of the writes: for the answer what is in the way, and for ids that were taken by what has expired.</summary>
    private BatchOutcome RunChecked(SqliteSession session, long now)
    {
        for (int index = 0; index < _writes.Count; index++)
        {
            if (Check(session, index, now, byVersion: false) is { } reason)
            {
                return new BatchOutcome.Refused(index, reason);
            }
        }

        long next = session.Numbers.Take(session, _writes.Count);
        var etags = new string?[_writes.Count];
        for (int index = 0; index < _writes.Count; index++)
        {
            etags[index] = Write(session, index, next + index);
        }

        return new BatchOutcome.Committed(etags);
    }

    /// <summary>Finds the row of a write (0: none) and checks its condition.</summary>
    /// <param name="session">Of the group.</param>
    /// <param name="index">Which write.</param>
    /// <param name="now">What has expired by then is not there.</param>
    /// <param name="byVersion">True: what is asked for by a version is looked for by it; another version is then not told from none.</param>
    private WriteRefusal? Check(SqliteSession session, int index, long now, bool byVersion)
    {
        DocumentWrite write = _writes[index];
        Place place = default;
        bool present = false;
        ETag version = default;
        bool isVersion = byVersion && ETag.TryParse(TagOf(write), out version);
        using (SqliteStatement find = session.Prepare(isVersion ? FindVersion : Find).Bind(1, _partition).Bind(2, write.Id))
        {
            if (isVersion)
            {
                find.Bind(3, version.Number).Bind(4, version.Row);
            }

            if (find.Step())
            {
                place = new Place(
                    find.GetInt64(0),
                    find.GetInt64(1),
                    find.GetNullableInt64(2),
                    find.GetNullableInt64(3),
                    KindOf(write) is { } kind && find.IsText(4, kind));
                present = place.ExpiresAt is null || place.ExpiresAt > now;
            }
        }

        _places[index] = place;
        return write switch
        {
            DocumentWrite.Create => present ? WriteRefusal.Exists : null,
            DocumentWrite.Upsert => null,
            DocumentWrite.Replace replace => CheckTag(present, place, replace.ETag),
            DocumentWrite.Guard guard => CheckTag(present, place, guard.ETag),
            DocumentWrite.Delete delete => CheckTag(present, place, delete.ETag),
            _ => throw new InvalidOperationException($"Unknown write {write.GetType()}."),
        };
    }

    private static WriteRefusal? CheckTag(bool present, Place place, string? expected)
    {
        if (!present)
        {
            return WriteRefusal.Missing;
        }

        return expected is null || new ETag(place.Number, place.Row).IsWrittenAs(expected) ? null : WriteRefusal.Changed;
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
                session.Prepare(Remove).Bind(1, _places[index].Row).Execute();
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
        long? wake = wakeAt?.ToUnixTimeTicks();
        long? expires = expiresAt?.ToUnixTimeTicks();
        Place place = _places[index];
        if (place.Row == 0)
        {
            session.Prepare(Insert).Bind(1, _partition).Bind(2, _writes[index].Id).Bind(3, number).Bind(4, kind)
                .Bind(5, wake).Bind(6, expires).BindBlob(7, body.Span).Execute();
            return new ETag(number, session.LastInsertRowId).ToString();
        }

        if (!place.IsSameKind || place.ExpiresAt != expires)
        {
            session.Prepare(Update).Bind(1, number).Bind(2, kind).Bind(3, wake)
                .Bind(4, expires).BindBlob(5, body.Span).Bind(6, place.Row).Execute();
        }
        else if (place.WakeAt != wake)
        {
            session.Prepare(UpdateWake).Bind(1, number).Bind(2, wake).BindBlob(3, body.Span).Bind(4, place.Row).Execute();
        }
        else
        {
            session.Prepare(UpdateBody).Bind(1, number).BindBlob(2, body.Span).Bind(3, place.Row).Execute();
        }

        return new ETag(number, place.Row).ToString();
    }

    private static string? TagOf(DocumentWrite write) => write switch
    {
        DocumentWrite.Replace replace => replace.ETag,
        DocumentWrite.Guard guard => guard.ETag,
        DocumentWrite.Delete delete => delete.ETag,
        _ => null,
    };

    private static string? KindOf(DocumentWrite write) => write switch
    {
        DocumentWrite.Create create => create.Kind,
        DocumentWrite.Upsert upsert => upsert.Kind,
        DocumentWrite.Replace replace => replace.Kind,
        _ => null,
    };

    /// <summary>What lies where a write goes; a row of 0: nothing.</summary>
    private readonly record struct Place(long Row, long Number, long? ExpiresAt, long? WakeAt, bool IsSameKind);
}
