namespace Loyalty.Storage.Sqlite.Documents;

/// <summary>
/// The file's one change sequence while a transaction is open: read at its first use and written once, before the commit, however many batches take numbers.
/// A batch that is undone leaves a gap; a number is never used twice.
/// </summary>
internal sealed class DocumentNumbers
{
    private const string Read = "SELECT last FROM document_sequence";

    private const string Write = "UPDATE document_sequence SET last = ?1";

    private bool _isRead;
    private long _stored;
    private long _last;

    /// <summary>Takes so many numbers; answers the first.</summary>
    public long Take(SqliteSession session, int count)
    {
        if (!_isRead)
        {
            _last = _stored = session.QueryInt64(Read);
            _isRead = true;
        }

        long first = _last + 1;
        _last += count;
        return first;
    }

    /// <summary>The last thing before a commit.</summary>
    public void Flush(SqliteSession session)
    {
        if (_isRead && _last != _stored)
        {
            session.Prepare(Write).Bind(1, _last).Execute();
        }

        Forget();
    }

    /// <summary>The transaction is over.</summary>
    public void Forget() => _isRead = false;
}
