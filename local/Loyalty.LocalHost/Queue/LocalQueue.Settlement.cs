using System.Collections.Frozen;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <content>Settling: complete, abandon, dead-letter, renew.</content>
public sealed partial class LocalQueue
{
    /// <summary>Service Bus' words for a message that was delivered too often.</summary>
    public const string MaxDeliveryCountExceeded = "MaxDeliveryCountExceeded";

    /// <summary>Service Bus' words for a message that has outlived its time.</summary>
    public const string TimeToLiveExpired = "TTLExpiredException";

    internal Task CompleteAsync(QueueDelivery delivery, CancellationToken cancellation) =>
        SettleAsync(delivery, session => QueueTables.Delete(session, delivery.SequenceNumber), cancellation);

    internal Task DeadLetterAsync(
        QueueDelivery delivery,
        string? reason,
        string? description,
        IReadOnlyDictionary<string, object>? propertiesToModify,
        CancellationToken cancellation)
    {
        long now = _clock.Now.ToUnixTimeTicks();
        byte[]? fields = Modify(delivery, propertiesToModify) is { } modified ? QueueMessageCodec.Write(modified) : null;
        return SettleAsync(
            delivery,
            session =>
            {
                QueueTables.SetFields(session, delivery.SequenceNumber, fields);
                QueueTables.Bury(session, delivery.Entry, now, reason, description);
            },
            cancellation);
    }

    internal async Task AbandonAsync(
        QueueDelivery delivery, IReadOnlyDictionary<string, object>? propertiesToModify, CancellationToken cancellation)
    {
        if (Modify(delivery, propertiesToModify) is { } modified)
        {
            byte[] fields = QueueMessageCodec.Write(modified);
            Begin(delivery);
            try
            {
                using IDisposable busy = _clock.Busy("queue abandon");
                await _database.WriteAsync(
                    session => QueueTables.SetFields(session, delivery.SequenceNumber, fields), WriteFence.Owner, cancellation);
                if (delivery.Entry.Content is { } content)
                {
                    delivery.Entry.Content = content with { Fields = modified };
                }
            }
            finally
            {
                delivery.State = DeliveryState.Locked;
            }
        }

        lock (_gate)
        {
            ThrowIfLost(delivery);
            GiveBack(delivery, DeliveryState.Abandoned);
            Pump();
        }
    }

    internal void RenewLock(QueueDelivery delivery)
    {
        lock (_gate)
        {
            ThrowIfLost(delivery);
            delivery.LockedUntil = _clock.Now + Definition.LockDuration;
        }

        _clock.Pulse();
    }

    private async Task SettleAsync(QueueDelivery delivery, Action<SqliteSession> write, CancellationToken cancellation)
    {
        Begin(delivery);
        using IDisposable busy = _clock.Busy("queue settle");
        try
        {
            delivery.Entry.Gone = true;
            await _database.WriteAsync(write, WriteFence.Owner, cancellation);
        }
        catch
        {
            delivery.Entry.Gone = false;
            delivery.State = DeliveryState.Locked;
            throw;
        }

        lock (_gate)
        {
            delivery.State = DeliveryState.Settled;
            _lastPause = Duration.Zero;
            _outstanding.Remove(delivery);
            Forget(delivery.Entry);
            ReleaseSession(delivery);
            Pump();
        }
    }

    /// <summary>From here on the lock cannot run out and no other settlement can begin.</summary>
    private void Begin(QueueDelivery delivery)
    {
        lock (_gate)
        {
            ThrowIfLost(delivery);
            delivery.State = DeliveryState.Settling;
        }
    }

    private void ThrowIfLost(QueueDelivery delivery)
    {
        bool held = delivery.State == DeliveryState.Locked && (delivery.LockedUntil > _clock.Now || IsRenewed(delivery));
        if (!held)
        {
            throw new QueueLockLostException(Definition.Name, delivery.SequenceNumber);
        }
    }

    private bool IsRenewed(QueueDelivery delivery) => !delivery.HandlerDone && _clock.Now < delivery.RenewedUntil;

    private static QueueMessageFields? Modify(QueueDelivery delivery, IReadOnlyDictionary<string, object>? propertiesToModify)
    {
        if (propertiesToModify is not { Count: > 0 })
        {
            return null;
        }

        var properties = new Dictionary<string, object>(delivery.Fields.ApplicationProperties, StringComparer.Ordinal);
        foreach ((string name, object value) in propertiesToModify)
        {
            properties[name] = value;
        }

        return delivery.Fields with { ApplicationProperties = properties.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    /// <summary>Under the gate.</summary>
    private void BuryExhausted(QueueEntry entry) => Remove(entry, session => QueueTables.Bury(
        session,
        entry,
        _clock.Now.ToUnixTimeTicks(),
        MaxDeliveryCountExceeded,
        $"Message could not be consumed after {Definition.MaxDeliveryCount} delivery attempts."));

    /// <summary>Under the gate.</summary>
    private void Expire(QueueEntry entry) => Remove(entry, session =>
    {
        if (Definition.DeadLetterOnExpiration)
        {
            QueueTables.Bury(
                session, entry, _clock.Now.ToUnixTimeTicks(), TimeToLiveExpired, "The message expired and was dead lettered.");
        }
        else
        {
            QueueTables.Delete(session, entry.Sequence);
        }
    });

    /// <summary>Takes a message out of the queue without a receiver waiting for it. If the file cannot be written now, it is in the queue again.</summary>
    private void Remove(QueueEntry entry, Action<SqliteSession> write)
    {
        entry.Gone = true;
        Forget(entry);
        IDisposable busy = _clock.Busy("queue remove");
        Task written = _database.WriteAsync(write, WriteFence.Owner);
        _ = FinishAsync();

        async Task FinishAsync()
        {
            using (busy)
            {
                try
                {
                    await written;
                }
                catch (Exception failure)
                {
                    Duration? pause = null;
                    if (FilePause.Helps(failure))
                    {
                        lock (_gate)
                        {
                            pause = TakeBack(entry);
                        }
                    }

                    Failed?.Invoke(this, new QueueFailureEventArgs(failure, null, pause));
                }
            }
        }
    }

    private void Forget(QueueEntry entry)
    {
        if (entry.Content is not null)
        {
            entry.Content = null;
            _contents--;
        }
    }
}
