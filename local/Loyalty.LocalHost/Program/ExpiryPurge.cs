using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// Deletes documents whose time is over (Cosmos DB does it by itself): at the earliest expiry, at most once an hour. A document that has expired is
/// gone for every reader at once, purged or not, so nothing depends on when this runs but the size of the file.
/// </summary>
internal sealed class ExpiryPurge(SqliteDatabase database, SqliteDocumentStore store, HostClock clock) : IMomentSource
{
    private static readonly Duration Pause = Duration.FromHours(1);
    private readonly Lock _gate = new();
    private Instant? _next;
    private Instant _askedAt = Instant.MinValue;
    private Instant _notBefore = Instant.MinValue;
    private bool _runs;

    /// <inheritdoc/>
    public Instant? NextMoment()
    {
        lock (_gate)
        {
            if (_runs) return null;

            // What comes in expires much later than an hour from now, so the file is asked no more often than that.
            var now = clock.Now;
            if (_askedAt == Instant.MinValue || now - _askedAt >= Pause || _next <= now)
            {
                _next = store.NextExpiry();
                _askedAt = now;
            }

            return _next is { } next ? Instant.Max(next, _notBefore) : null;
        }
    }

    /// <inheritdoc/>
    public void Fire(Instant now)
    {
        lock (_gate)
        {
            if (_runs) return;
            _runs = true;
        }

        _ = PurgeAsync(now, clock.Busy("purge"));
    }

    /// <inheritdoc/>
    public override string ToString() => "purge of expired documents";

    private async Task PurgeAsync(Instant now, IDisposable busy)
    {
        using (busy)
        {
            try
            {
                while (await store.PurgeExpiredAsync() > 0)
                {
                    // A thousand at a time, so that other writes are let in between.
                }
            }
            catch (Exception failure) when (failure is Engine.Storage.StoreUnavailableException or ObjectDisposedException)
            {
                database.ReportBackgroundFailure(failure);
            }
            finally
            {
                lock (_gate)
                {
                    _notBefore = now + Pause;
                    _askedAt = Instant.MinValue;
                    _runs = false;
                }

                clock.Pulse();
            }
        }
    }
}
