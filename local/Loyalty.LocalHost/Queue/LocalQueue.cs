using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Queue;

/// <summary>
/// A queue with the semantics of Service Bus on the host's file. Sends and settlements are answered when they are durable (they share commits);
/// locks are kept in memory, so those of an earlier owner are void. Only the file's owner may have a queue open.
/// </summary>
public sealed partial class LocalQueue : IMomentSource, IAsyncDisposable
{
    /// <summary>Contents of so many pending messages are kept in memory; those of a longer backlog stay in the file until delivery.</summary>
    private const int ContentsInMemory = 20_000;

    /// <summary>Every so many sends, message ids that are older than the window are forgotten.</summary>
    private const int SendsPerForget = 1_000;

    private readonly SqliteDatabase _database;
    private readonly HostClock _clock;
    private readonly OwnerLease _lease;
    private readonly Lock _gate = new();
    private readonly ReadyMessages _ready;
    private readonly SortedSet<QueueEntry> _scheduled = new(QueueEntry.ByOrder);
    private readonly Dictionary<long, QueueEntry> _scheduledBySequence = [];
    private readonly HashSet<QueueDelivery> _outstanding = [];
    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _registration;
    private Func<QueueDelivery, CancellationToken, Task>? _handler;
    private long _lastEnqueuedTicks;
    private long _lockNumber;
    private int _sendsSinceForget;
    private int _contents;

    private LocalQueue(SqliteDatabase database, HostClock clock, OwnerLease lease, QueueDefinition definition, QueueSettings settings)
    {
        _database = database;
        _clock = clock;
        _lease = lease;
        Definition = definition;
        Settings = settings;
        long? hold = settings.HoldIdleSessions ? settings.SessionIdleTimeout.BclCompatibleTicks : null;
        _ready = definition.RequiresSession
            ? new SessionReadyMessages(settings.MaxConcurrentSessions, hold)
            : new PlainReadyMessages(settings.MaxConcurrentCalls);
    }

    /// <summary>A handler threw, or a write nobody waits for failed.</summary>
    public event EventHandler<QueueFailureEventArgs>? Failed;

    /// <summary>What the queue is.</summary>
    public QueueDefinition Definition { get; }

    /// <summary>How it is received.</summary>
    public QueueSettings Settings { get; }

    /// <summary>Opens a queue and loads what is pending. It delivers nothing before <see cref="Start"/>.</summary>
    /// <param name="database">The file.</param>
    /// <param name="clock">The host's clock.</param>
    /// <param name="lease">The ownership; after a crash of the owner before, deliveries are counted durably before they are made.</param>
    /// <param name="definition">What the queue is.</param>
    /// <param name="settings">How it is received.</param>
    public static async Task<LocalQueue> OpenAsync(
        SqliteDatabase database, HostClock clock, OwnerLease lease, QueueDefinition definition, QueueSettings settings)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(settings);
        if (!definition.IsValid)
        {
            throw new ArgumentException($"The queue has an impossible definition: {definition}", nameof(definition));
        }

        await database.EnsureSchemaAsync(QueueTables.Schema);
        var queue = new LocalQueue(database, clock, lease, definition, settings);
        queue.Load();
        queue._registration = clock.Register(queue);
        return queue;
    }

    /// <summary>How many messages wait, are scheduled, and are delivered now.</summary>
    public QueueCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return new QueueCounts(_ready.Count, _scheduled.Count, _outstanding.Count);
            }
        }
    }

    /// <summary>Sends a message; answers its sequence number, or 0 if it was dropped as a duplicate.</summary>
    public async Task<long> SendAsync(QueueMessage message, CancellationToken cancellation = default) =>
        (await SendAsync([message], cancellation))[0];

    /// <summary>Sends messages, all or none; in this order.</summary>
    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var rows = new QueueRow[messages.Count];
        for (int index = 0; index < rows.Length; index++)
        {
            rows[index] = Prepare(messages[index]);
        }

        using IDisposable busy = _clock.Busy("queue send");
        return await _database.WriteAsync(
            session =>
            {
                var sequences = new long[rows.Length];
                for (int index = 0; index < sequences.Length; index++)
                {
                    sequences[index] = Enqueue(session, messages[index], rows[index]);
                }

                return sequences;
            },
            WriteFence.Owner,
            cancellation);
    }

    /// <summary>Sends a message that becomes visible at an instant; its sequence number serves <see cref="CancelScheduledAsync"/>.</summary>
    public Task<long> ScheduleAsync(QueueMessage message, Instant at, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(message with { ScheduledEnqueueTime = at }, cancellation);
    }

    /// <summary>
    /// Sends a message as part of another component's write (with <see cref="WriteFence.Owner"/>) on the same file: both are durable or neither.
    /// </summary>
    public long Enqueue(SqliteSession session, QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(message);
        return Enqueue(session, message, Prepare(message));
    }

    /// <summary>What can be done for <see cref="Enqueue(SqliteSession, QueueMessage)"/> before the writer's turn comes.</summary>
    internal QueueRow Stage(QueueMessage message) => Prepare(message);

    /// <summary>The same with what <see cref="Stage"/> answered.</summary>
    internal long EnqueueStaged(SqliteSession session, QueueMessage message, QueueRow row) => Enqueue(session, message, row);

    /// <summary>Takes a scheduled message back; false if there is none, or it has become visible.</summary>
    public async Task<bool> CancelScheduledAsync(long sequenceNumber, CancellationToken cancellation = default)
    {
        using IDisposable busy = _clock.Busy("queue cancel");
        QueueEntry? entry;
        lock (_gate)
        {
            if (!_scheduledBySequence.Remove(sequenceNumber, out entry))
            {
                return false;
            }

            _scheduled.Remove(entry);
        }

        try
        {
            return await _database.WriteAsync(session => QueueTables.Delete(session, sequenceNumber), WriteFence.Owner, cancellation);
        }
        catch
        {
            Admit(entry);
            throw;
        }
    }

    /// <summary>
    /// Puts a dead letter into the queue again, as a new message; false if there is no such dead letter.
    /// </summary>
    /// <param name="sequenceNumber">The dead letter's.</param>
    /// <param name="newMessageId">Its new id (a replay is a new attempt; under the old id it may be dropped as a duplicate).</param>
    /// <param name="cancellation">Gives the attempt up.</param>
    public async Task<bool> ResendDeadLetterAsync(long sequenceNumber, string newMessageId, CancellationToken cancellation = default)
    {
        using IDisposable busy = _clock.Busy("queue resend");
        return await _database.WriteAsync(
            session =>
            {
                if (DeadLetters.Find(session, Definition.Name, sequenceNumber) is not { } dead)
                {
                    return false;
                }

                DeadLetters.Delete(session, sequenceNumber);
                var message = new QueueMessage(dead.Body) { MessageId = newMessageId, SessionId = dead.SessionId, Fields = dead.Fields };
                if (Enqueue(session, message) == 0)
                {
                    throw new InvalidOperationException($"The message id '{newMessageId}' was sent before; the dead letter stays.");
                }

                return true;
            },
            WriteFence.Owner,
            cancellation);
    }

    /// <inheritdoc/>
    public override string ToString() => $"queue {Definition.Name}";

    internal static Instant? ToInstant(long? ticks) => ticks is { } known ? Instant.FromUnixTimeTicks(known) : null;

    private QueueRow Prepare(QueueMessage message)
    {
        CheckId(message.MessageId, nameof(message.MessageId));
        CheckId(message.SessionId, nameof(message.SessionId));
        if (Definition.RequiresSession && message.SessionId is null)
        {
            throw new InvalidOperationException($"The queue '{Definition.Name}' requires sessions, and the message has no session id.");
        }

        if (message.TimeToLive <= Duration.Zero)
        {
            throw new ArgumentException("TimeToLive must be above 0.", nameof(message));
        }

        byte[] fields = QueueMessageCodec.Write(message.Fields);
        long bytes = (long)message.Body.Length + fields.Length + (message.MessageId?.Length ?? 0) + (message.SessionId?.Length ?? 0);
        return bytes <= QueueMessage.MaxBytes
            ? new QueueRow(message.MessageId, message.SessionId, 0, null, null, fields, message.Body.ToArray())
            : throw new QueueMessageTooLargeException(Definition.Name, bytes);
    }

    private static void CheckId(string? id, string name)
    {
        if (id is { Length: 0 or > QueueMessage.MaxIdCharacters })
        {
            throw new ArgumentException($"{name} has 1 to {QueueMessage.MaxIdCharacters} characters, not {id.Length}.", nameof(id));
        }
    }

    /// <summary>Runs on the writer thread, in the sender's transaction.</summary>
    private long Enqueue(SqliteSession session, QueueMessage message, QueueRow row)
    {
        long now = _clock.Now.ToUnixTimeTicks();
        if (Definition.DuplicateDetectionWindow > Duration.Zero && row.MessageId is not null)
        {
            long until = now + Definition.DuplicateDetectionWindow.BclCompatibleTicks;
            if (!QueueTables.Remember(session, Definition.Name, row.MessageId, now, until))
            {
                return 0;
            }

            if (++_sendsSinceForget >= SendsPerForget)
            {
                _sendsSinceForget = 0;
                QueueTables.ForgetOldIds(session, now);
            }
        }

        long? scheduled = message.ScheduledEnqueueTime is { } at && at.ToUnixTimeTicks() > now ? at.ToUnixTimeTicks() : null;

        // A wall clock that is set back must not let a later message overtake.
        long enqueued = scheduled ?? (_lastEnqueuedTicks = Math.Max(now, _lastEnqueuedTicks));
        Duration? timeToLive = message.TimeToLive ?? Definition.DefaultTimeToLive;
        row = row with
        {
            EnqueuedTicks = enqueued,
            ScheduledTicks = scheduled,
            ExpiresTicks = timeToLive is { } life ? enqueued + life.BclCompatibleTicks : null,
        };
        long sequence = QueueTables.Insert(session, Definition.Name, row);
        var entry = new QueueEntry(sequence, enqueued, row.MessageId ?? QueueTables.DefaultId(Definition.Name, sequence), row.SessionId)
        {
            ScheduledTicks = scheduled,
            ExpiresTicks = row.ExpiresTicks,
            Content = new QueueContent(row.Body, message.Fields),
        };
        session.AfterCommit(() => Admit(entry));
        return sequence;
    }

    private void Load()
    {
        foreach (QueueEntry entry in _database.Read(session => QueueTables.Load(session, Definition.Name, ContentsInMemory)))
        {
            entry.CountFirst = _lease.PreviousOwnerCrashed;
            _lastEnqueuedTicks = entry.ScheduledTicks is null ? Math.Max(_lastEnqueuedTicks, entry.EnqueuedTicks) : _lastEnqueuedTicks;
            Admit(entry);
        }
    }

    /// <summary>Takes a durable message into memory.</summary>
    private void Admit(QueueEntry entry)
    {
        bool scheduled;
        lock (_gate)
        {
            if (entry.Content is not null && ++_contents > ContentsInMemory)
            {
                _contents--;
                entry.Content = null;
            }

            scheduled = entry.ScheduledTicks is { } at && at > _clock.Now.ToUnixTimeTicks();
            if (scheduled)
            {
                _scheduled.Add(entry);
                _scheduledBySequence.Add(entry.Sequence, entry);
            }
            else
            {
                _ready.Add(entry);
                Pump();
            }
        }

        if (scheduled)
        {
            _clock.Pulse();
        }
    }
}
