using System.Globalization;
using System.Text;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>The document store on a <see cref="SqliteDatabase"/>. Any process that has the file open may use it.</summary>
public sealed class SqliteDocumentStore : IDocumentStore
{
    /// <summary>One range: the file.</summary>
    private static readonly IReadOnlyList<FeedRange> Ranges = [new FeedRange("all")];

    private static readonly SchemaModule Schema = new("documents",
    [
        """
        CREATE TABLE documents(
          row INTEGER PRIMARY KEY, partition TEXT NOT NULL, id TEXT NOT NULL, etag INTEGER NOT NULL, kind TEXT NOT NULL,
          wake_at INTEGER, expires_at INTEGER, body BLOB NOT NULL);
        CREATE UNIQUE INDEX documents_key ON documents(partition, id);
        CREATE UNIQUE INDEX documents_change ON documents(etag);
        CREATE INDEX documents_wake ON documents(wake_at) WHERE wake_at IS NOT NULL;
        CREATE INDEX documents_expiry ON documents(expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX documents_kind ON documents(kind);
        CREATE TABLE document_sequence(slot INTEGER PRIMARY KEY CHECK (slot = 1), last INTEGER NOT NULL);
        INSERT INTO document_sequence(slot, last) VALUES(1, 0);
        """,
        // It costs every write, and nothing needs it but a reader of changes: the first one makes it.
        "DROP INDEX documents_change",
    ]);

    private readonly SqliteDatabase _database;
    private readonly IClock _clock;
    private volatile bool _areChangesFound;

    private SqliteDocumentStore(SqliteDatabase database, IClock clock)
    {
        _database = database;
        _clock = clock;
    }

    /// <summary>Makes the tables if they are not there.</summary>
    /// <param name="database">The file; not disposed by the store.</param>
    /// <param name="clock">Says what has expired.</param>
    public static async Task<SqliteDocumentStore> OpenAsync(SqliteDatabase database, IClock clock)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(clock);
        await database.EnsureSchemaAsync(Schema);
        return new SqliteDocumentStore(database, clock);
    }

    /// <inheritdoc/>
    public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default)
    {
        DocumentBounds.CheckPartition(partition);
        DocumentBounds.CheckId(id);
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_database.ReadOne((partition, id, now: Now()), static (session, key) =>
        {
            using SqliteStatement read = session.Prepare(DocumentSql.ReadOne).Bind(1, key.partition).Bind(2, key.id).Bind(3, key.now);
            return read.Step() ? DocumentSql.ReadDocument(read) : null;
        }));
    }

    /// <inheritdoc/>
    public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        DocumentBounds.CheckPartition(query.Partition);
        DocumentBounds.CheckLimit(query.Limit);
        cancellation.ThrowIfCancellationRequested();
        byte[] low = Encoding.UTF8.GetBytes(query.IdPrefix);
        byte[] high = PrefixEnd(low);
        byte[]? after = query.Continuation is { } continuation ? Encoding.UTF8.GetBytes(Payload(continuation, 'q')) : null;
        return ValueTask.FromResult(_database.Read(session =>
        {
            using SqliteStatement page = session.Prepare(query.Descending ? DocumentSql.PageDescending : DocumentSql.PageAscending);
            page.Bind(1, query.Partition).Bind(4, Now()).Bind(5, query.Limit + 1);
            if (query.Descending)
            {
                page.BindText(2, low).BindText(3, after ?? high);
            }
            else
            {
                page.BindText(2, after is null ? low : After(after)).BindText(3, high);
            }

            List<Document> items = DocumentSql.ReadDocuments(page, query.Limit, out bool more);
            return new DocumentPage(items, more ? "q" + items[^1].Id : null);
        }));
    }

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> CommitAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        new(_database.WriteAsync(new DocumentBatch(partition, writes, _clock).Run, WriteFence.None, cancellation));

    /// <summary>
    /// The same commit as part of another component's write on the same file: call it inside a function given to
    /// <see cref="SqliteDatabase.WriteAsync{T}"/>. A refused batch has written nothing; whether the rest of the write goes on is the caller's choice.
    /// </summary>
    public BatchOutcome Commit(SqliteSession session, string partition, IReadOnlyList<DocumentWrite> writes)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new DocumentBatch(partition, writes, _clock).Run(session);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) => ValueTask.FromResult(Ranges);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(
        FeedRange range, Instant until, int limit, CancellationToken cancellation = default)
    {
        CheckRange(range);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_database.Read<IReadOnlyList<DueDocument>>(session =>
        {
            var due = new List<DueDocument>();
            using SqliteStatement scan =
                session.Prepare(DocumentSql.Due).Bind(1, until.ToUnixTimeTicks()).Bind(2, Now()).Bind(3, limit);
            while (scan.Step())
            {
                due.Add(new DueDocument(
                    scan.GetString(0), scan.GetString(1), scan.GetString(2), Instant.FromUnixTimeTicks(scan.GetInt64(3))));
            }

            return due;
        }));
    }

    /// <summary>The earliest <c>WakeAt</c> of all documents, or null: what a virtual clock must not jump over.</summary>
    public Instant? NextWake() => _database.ReadOne(Now(), static (session, now) =>
    {
        using SqliteStatement first = session.Prepare(DocumentSql.Due).Bind(1, long.MaxValue).Bind(2, now).Bind(3, 1);
        return first.Step() ? Instant.FromUnixTimeTicks(first.GetInt64(3)) : (Instant?)null;
    });

    /// <inheritdoc/>
    public async ValueTask<ChangePage> ReadChangesAsync(
        FeedRange range, string? continuation, int limit, CancellationToken cancellation = default)
    {
        CheckRange(range);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        long after = continuation is null ? 0 : Number(continuation, 'c');
        await EnsureChangesAreFoundAsync();
        return _database.Read(session =>
        {
            using SqliteStatement changes = session.Prepare(DocumentSql.Changes).Bind(1, after).Bind(2, Now()).Bind(3, limit + 1);
            List<Document> items = DocumentSql.ReadDocuments(changes, limit, DocumentSql.NumberColumn, after, out bool more, out long last);
            return new ChangePage(items, Continuation('c', last), more);
        });
    }

    /// <inheritdoc/>
    public ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default)
    {
        CheckRange(range);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        DocumentBounds.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        long after = continuation is null ? 0 : Number(continuation, 'k');
        return ValueTask.FromResult(_database.Read(session =>
        {
            using SqliteStatement scan =
                session.Prepare(DocumentSql.Kind).Bind(1, kind).Bind(2, after).Bind(3, Now()).Bind(4, limit + 1);
            List<Document> items = DocumentSql.ReadDocuments(scan, limit, DocumentSql.RowColumn, after, out bool more, out long last);
            return new DocumentPage(items, more ? Continuation('k', last) : null);
        }));
    }

    /// <summary>The earliest <c>ExpiresAt</c> of all documents, past or to come; null: none expires.</summary>
    public Instant? NextExpiry() => _database.ReadOne(0, static (session, _) =>
    {
        using SqliteStatement first = session.Prepare(DocumentSql.NextExpiry);
        return first.Step() && !first.IsNull(0) ? Instant.FromUnixTimeTicks(first.GetInt64(0)) : (Instant?)null;
    });

    /// <summary>Deletes documents that have expired, at most <paramref name="limit"/> (1 to 1,000); answers how many. 0: none is left.</summary>
    public Task<int> PurgeExpiredAsync(int limit = StoreLimits.PageSize, CancellationToken cancellation = default)
    {
        DocumentBounds.CheckLimit(limit);
        return _database.WriteAsync(
            session => session.Prepare(DocumentSql.Purge).Bind(1, Now()).Bind(2, limit).Execute(), WriteFence.None, cancellation);
    }

    /// <summary>The index by which changes are read. A file that is only read does without: all of it is looked through then.</summary>
    private async ValueTask EnsureChangesAreFoundAsync()
    {
        if (!_areChangesFound && !_database.IsReadOnly)
        {
            await _database.WriteAsync(static session => session.ExecuteScript(DocumentSql.MakeChangesFound));
            _areChangesFound = true;
        }
    }

    private static void CheckRange(FeedRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        if (range != Ranges[0])
        {
            throw new ArgumentException($"'{range.Value}' is not a range of this store.", nameof(range));
        }
    }

    private static string Continuation(char kind, long number) => kind + number.ToString(CultureInfo.InvariantCulture);

    private static string Payload(string continuation, char kind) => continuation.Length > 1 && continuation[0] == kind
        ? continuation[1..]
        : throw new ArgumentException($"'{continuation}' is not a continuation of this query.", nameof(continuation));

    private static long Number(string continuation, char kind) =>
        long.TryParse(Payload(continuation, kind), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ArgumentException($"'{continuation}' is not a continuation of this query.", nameof(continuation));

    /// <summary>The least text above every text that begins with a prefix. No byte of UTF-8 is 0xFF, so it exists.</summary>
    private static byte[] PrefixEnd(byte[] prefix)
    {
        if (prefix.Length == 0)
        {
            return [0xFF];
        }

        byte[] end = [.. prefix];
        end[^1]++;
        return end;
    }

    /// <summary>The least text above a text.</summary>
    private static byte[] After(byte[] text) => [.. text, 0];

    private long Now() => _clock.GetCurrentInstant().ToUnixTimeTicks();
}
