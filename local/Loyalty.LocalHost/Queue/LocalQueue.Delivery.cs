using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <content>Delivering: which message goes to a handler when, and what becomes of it afterwards.</content>
public sealed partial class LocalQueue
{
    private TaskCompletionSource? _drained;
    private int _handling;

    /// <summary>
    /// Begins to deliver. The handler settles the message or leaves it to the queue: it is completed when the handler returns (if that is
    /// set) and abandoned when it throws.
    /// </summary>
    public void Start(Func<QueueDelivery, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
        {
            if (_handler is not null)
            {
                throw new InvalidOperationException($"The queue '{Definition.Name}' has a handler already.");
            }

            _handler = handler;
            Pump();
        }
    }

    /// <summary>Delivers nothing more and waits until the running handlers have ended; they are asked to by their token.</summary>
    public async Task StopAsync()
    {
        Task drained;
        lock (_gate)
        {
            _handler = null;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_handling == 0)
            {
                _drained.TrySetResult();
            }

            drained = _drained.Task;
        }

        await _stopping.CancelAsync();
        await drained;
    }

    /// <summary>Stops delivering without waiting for handlers; what they have not settled is delivered again by the next owner.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _handler = null;
        }

        _registration?.Dispose();
        EndPause();
        await _stopping.CancelAsync();
    }

    /// <inheritdoc/>
    public Instant? NextMoment()
    {
        lock (_gate)
        {
            long next = _scheduled.Min?.EnqueuedTicks ?? long.MaxValue;
            next = Math.Min(next, _ready.NextIdleTicks ?? long.MaxValue);
            foreach (QueueDelivery delivery in _outstanding)
            {
                if (delivery.State == DeliveryState.Locked)
                {
                    next = Math.Min(next, delivery.LockedUntil.ToUnixTimeTicks());
                }
            }

            return next == long.MaxValue ? null : Instant.FromUnixTimeTicks(next);
        }
    }

    /// <inheritdoc/>
    public void Fire(Instant now)
    {
        lock (_gate)
        {
            long ticks = now.ToUnixTimeTicks();
            while (_scheduled.Min is { } first && first.EnqueuedTicks <= ticks)
            {
                _scheduled.Remove(first);
                _scheduledBySequence.Remove(first.Sequence);
                _ready.Add(first);
            }

            ExpireLocks(now);
            _ready.ReleaseIdle(ticks);
            Pump();
        }
    }

    private void ExpireLocks(Instant now)
    {
        List<QueueDelivery>? lost = null;
        foreach (QueueDelivery delivery in _outstanding)
        {
            if (delivery.State != DeliveryState.Locked || delivery.LockedUntil > now)
            {
                continue;
            }

            if (!delivery.HandlerDone && now < delivery.RenewedUntil)
            {
                delivery.LockedUntil = now + Definition.LockDuration;
            }
            else
            {
                (lost ??= []).Add(delivery);
            }
        }

        foreach (QueueDelivery delivery in lost ?? [])
        {
            GiveBack(delivery, DeliveryState.Lost);
        }
    }

    /// <summary>Starts handlers as long as there are messages and places. Under the gate.</summary>
    private void Pump()
    {
        while (_handler is not null && _pause is null && _ready.TakeNext() is { } entry)
        {
            Instant now = _clock.Now;
            if (entry.ExpiresTicks <= now.ToUnixTimeTicks())
            {
                Leave(entry, now);
                Expire(entry);
            }
            else if (entry.DeliveryCount >= Definition.MaxDeliveryCount)
            {
                Leave(entry, now);
                BuryExhausted(entry);
            }
            else
            {
                Deliver(entry, now);
            }
        }
    }

    private void Leave(QueueEntry entry, Instant now)
    {
        _ready.EndHandling();
        _ready.Unlock(entry.SessionId, now.ToUnixTimeTicks());
    }

    private void Deliver(QueueEntry entry, Instant now)
    {
        int count = ++entry.DeliveryCount;
        if (!entry.CountFirst)
        {
            // Rides along; if the process dies before, the next owner counts durably, see QueueEntry.CountFirst.
            _database.Enqueue(
                session =>
                {
                    if (!entry.Gone)
                    {
                        QueueTables.CountDelivery(session, entry.Sequence, count);
                    }
                },
                WriteFence.Owner);
        }

        var delivery = new QueueDelivery(
            this, entry, NextLockToken(), now + Definition.LockDuration, now + Settings.MaxAutoLockRenewalDuration);
        _outstanding.Add(delivery);
        _handling++;
        IDisposable busy = _clock.Busy(Definition.Name);
        ThreadPool.UnsafeQueueUserWorkItem(
            static work => _ = work.queue.HandleAsync(work.delivery, work.handler, work.busy),
            (queue: this, delivery, handler: _handler!, busy),
            preferLocal: false);
        if (!_clock.IsVirtual)
        {
            _clock.Pulse();
        }
    }

    /// <summary>Unique over all owners: the fencing token and a number.</summary>
    private Guid NextLockToken()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, _lease.Token);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], ++_lockNumber);
        return new Guid(bytes);
    }

    private async Task HandleAsync(QueueDelivery delivery, Func<QueueDelivery, CancellationToken, Task> handler, IDisposable busy)
    {
        try
        {
            await LoadAsync(delivery);
            await handler(delivery, _stopping.Token);
            if (Settings.AutoCompleteMessages && delivery.State == DeliveryState.Locked)
            {
                await CompleteAsync(delivery, CancellationToken.None);
            }
        }
        catch (Exception failure)
        {
            OnFailure(delivery, failure);
        }
        finally
        {
            // The scope is closed last: what follows from the end of this handler has begun by then.
            using (busy)
            {
                EndHandling(delivery);
            }
        }
    }

    private async Task LoadAsync(QueueDelivery delivery)
    {
        QueueEntry entry = delivery.Entry;
        if (entry.CountFirst)
        {
            int count = delivery.DeliveryCount;
            await _database.WriteAsync(session => QueueTables.CountDelivery(session, entry.Sequence, count), WriteFence.Owner);
            entry.CountFirst = false;
        }

        delivery.Content = entry.Content
            ?? _database.ReadOne(entry.Sequence, static (session, sequence) => QueueTables.LoadContent(session, sequence))
            ?? throw new InvalidOperationException($"Message {entry.Sequence} of the queue '{Definition.Name}' is not in the file.");
    }

    private void OnFailure(QueueDelivery delivery, Exception failure)
    {
        Duration? pause = null;
        lock (_gate)
        {
            if (FilePause.Helps(failure))
            {
                pause = Pause();
                if (delivery.State == DeliveryState.Locked)
                {
                    delivery.Entry.DeliveryCount--;
                }
            }

            if (failure is OwnershipLostException)
            {
                // Every further settlement would fail too; the new owner delivers.
                _handler = null;
            }

            if (delivery.State == DeliveryState.Locked)
            {
                GiveBack(delivery, DeliveryState.Abandoned);
            }
        }

        Failed?.Invoke(this, new QueueFailureEventArgs(failure, delivery, pause));
    }

    private void EndHandling(QueueDelivery delivery)
    {
        lock (_gate)
        {
            delivery.HandlerDone = true;
            _handling--;
            _ready.EndHandling();
            ReleaseSession(delivery);
            Pump();
            if (_handling == 0)
            {
                _drained?.TrySetResult();
            }
        }
    }

    /// <summary>Returns a message that was not completed. Under the gate.</summary>
    private void GiveBack(QueueDelivery delivery, DeliveryState state)
    {
        delivery.State = state;
        _outstanding.Remove(delivery);
        if (delivery.Entry.DeliveryCount >= Definition.MaxDeliveryCount)
        {
            BuryExhausted(delivery.Entry);
        }
        else
        {
            _ready.Add(delivery.Entry);
        }

        ReleaseSession(delivery);
    }

    /// <summary>
    /// A session goes on when its message is settled and the handler has returned, or as soon as the lock is lost. Under the gate.
    /// </summary>
    private void ReleaseSession(QueueDelivery delivery)
    {
        bool over = delivery.State == DeliveryState.Lost || (delivery.HandlerDone && delivery.IsSettled);
        if (over && !delivery.SessionReleased)
        {
            delivery.SessionReleased = true;
            _ready.Unlock(delivery.SessionId, _clock.Now.ToUnixTimeTicks());
        }
    }
}
