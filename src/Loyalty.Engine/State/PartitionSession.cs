using System.Runtime.InteropServices;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.State;

/// <summary>
/// One attempt at one atomic change of one partition: what was read is remembered with its ETag, what is put is written under it, and all of it
/// is committed as one batch or not at all. A refused commit is tried again with a new session and fresh reads.
/// </summary>
public sealed class PartitionSession(IDocumentStore store, string partition)
{
    private readonly IObjectPartition? _objects = (store as IObjectStore)?.Open(partition);
    private Dictionary<string, Entry>? _known;
    private List<string>? _order;
    private List<ObjectWrite>? _objectWrites;

    /// <summary>Of a committed session in memory, for the next one of this thread.</summary>
    [ThreadStatic]
    private static List<ObjectWrite>? _spare;

    public string Partition { get; } = partition;

    /// <summary>Documents are objects in memory: every read answers at once, and no commit is ever refused.</summary>
    internal bool IsInMemory => _objects is not null;

    /// <summary>
    /// A document that this session has read or put before; where <see cref="IsInMemory"/>, any. What is decided once everything is read need not wait for
    /// anything.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was not read before.</exception>
    internal T? Read<T>(string id)
        where T : class
    {
        if (_objects is not null) return (T?)ReadObject(_objects, id);
        return Entries.TryGetValue(id, out var known)
            ? (T?)known.Value
            : throw new InvalidOperationException($"Document '{id}' was not read before it was asked for.");
    }

    /// <summary>True once something is to be written.</summary>
    public bool HasWrites => _objectWrites is { Count: > 0 } || (_known?.Values.Any(static entry => entry.Write is not null) ?? false);

    private Dictionary<string, Entry> Entries => _known ??= new(StringComparer.Ordinal);

    /// <summary>Reads a document, once; null where there is none.</summary>
    public ValueTask<T?> ReadAsync<T>(string id, CancellationToken cancellation = default)
        where T : class => _objects is null ? ReadStoredAsync<T>(id, cancellation) : ValueTask.FromResult((T?)ReadObject(_objects, id));

    private object? ReadObject(IObjectPartition objects, string id)
    {
        if (_objectWrites is null) return objects.Read(id);
        foreach (ref readonly var write in CollectionsMarshal.AsSpan(_objectWrites))
        {
            if (write.Id == id) return write.Value;
        }

        return objects.Read(id);
    }

    private async ValueTask<T?> ReadStoredAsync<T>(string id, CancellationToken cancellation)
        where T : class
    {
        if (Entries.TryGetValue(id, out var known)) return (T?)known.Value;
        var document = await store.ReadAsync(Partition, id, cancellation);
        var value = document is null ? null : LoyaltyJson.Read<T>(document.Body.Span);
        Remember(id, new Entry { ETag = document?.ETag, Value = value });
        return value;
    }

    /// <summary>
    /// Takes a document as it was last seen, without a read: what is decided from it counts only if it is committed. From now on the session expects
    /// (<see cref="Expects"/>) instead of reading what it is about to create.
    /// </summary>
    internal void Recall<T>(string id, T value, string etag)
        where T : class
    {
        Expects = true;
        Remember(id, new Entry { ETag = etag, Value = value });
    }

    /// <summary>Whether the session was begun with what was last seen instead of reads.</summary>
    internal bool Expects { get; private set; }

    /// <summary>
    /// Reads a document that is to be created if it is not there. A session that <see cref="Expects"/> takes it as absent: it commits only if the document
    /// is created by this very commit.
    /// </summary>
    internal ValueTask<T?> ReadNewAsync<T>(string id, CancellationToken cancellation = default)
        where T : class
    {
        if (!Expects) return ReadAsync<T>(id, cancellation);
        if (Entries.TryGetValue(id, out var known)) return ValueTask.FromResult((T?)known.Value);
        Remember(id, new Entry { IsExpectedAbsent = true });
        return ValueTask.FromResult<T?>(null);
    }

    /// <summary>A document as it was committed, with the version it got; null: it was not written, or nothing is committed.</summary>
    internal (T Value, string ETag)? Committed<T>(string id)
        where T : class => _known?.GetValueOrDefault(id) is { Committed: { } tag, Value: T value } ? (value, tag) : null;

    /// <summary>Takes a document that a query has read.</summary>
    public T Adopt<T>(Document document)
        where T : class
    {
        if (Entries.TryGetValue(document.Id, out var known) && known.Value is T value) return value;
        var read = LoyaltyJson.Read<T>(document.Body.Span);
        Remember(document.Id, new Entry { ETag = document.ETag, Value = read });
        return read;
    }

    /// <summary>Writes a document under the ETag it was read with; one that was not there is created.</summary>
    public void Put<T>(string id, string kind, T value, Instant? wakeAt = null, Instant? expiresAt = null)
        where T : class
    {
        if (_objects is not null)
        {
            PutObject(new ObjectWrite(id, kind, value, wakeAt));
            return;
        }

        PutStored(id, kind, value, wakeAt, expiresAt);
    }

    private void PutStored<T>(string id, string kind, T value, Instant? wakeAt, Instant? expiresAt)
        where T : class
    {
        // The next turn or hand-over goes on with the trace of what changed the run.
        if (value is RunDocument run && Tracing.Carried is { } trace) value = (T)(object)(run with { Trace = trace });
        var entry = Entries.GetValueOrDefault(id) ?? Remember(id, new Entry());
        entry.Value = value;
        entry.Write = () => entry.ETag is { } tag
            ? new DocumentWrite.Replace(id, tag, kind, LoyaltyJson.WriteDocument(value), wakeAt, expiresAt)
            : new DocumentWrite.Create(id, kind, LoyaltyJson.WriteDocument(value), wakeAt, expiresAt);
    }

    /// <summary>Writes a document whatever is there; another document of the batch must guard it.</summary>
    public void PutAlways<T>(string id, string kind, T value)
        where T : class
    {
        if (_objects is not null)
        {
            PutObject(new ObjectWrite(id, kind, value, WakeAt: null));
            return;
        }

        PutStoredAlways(id, kind, value);
    }

    private void PutStoredAlways<T>(string id, string kind, T value)
        where T : class
    {
        var entry = Entries.GetValueOrDefault(id) ?? Remember(id, new Entry());
        entry.Value = value;
        entry.Write = () => new DocumentWrite.Upsert(id, kind, LoyaltyJson.WriteDocument(value));
    }

    /// <summary>Deletes a document that was read, if it is still as it was; one that was not there stays so.</summary>
    /// <exception cref="InvalidOperationException">The store keeps one customer as objects (a simulation): nothing is deleted there.</exception>
    public void Delete(string id)
    {
        if (_objects is not null) throw new InvalidOperationException("Nothing is deleted in a simulation.");
        if (_known?.GetValueOrDefault(id) is not { ETag: { } tag } entry) return;
        entry.Value = null;
        entry.Write = () => new DocumentWrite.Delete(id, tag);
    }

    /// <summary>Commits only if the document is still as it was read (a document that was not there is not guarded).</summary>
    public void Guard(string id)
    {
        if (_known?.GetValueOrDefault(id) is { Write: null, ETag: { } tag } entry) entry.Write = () => new DocumentWrite.Guard(id, tag);
    }

    /// <summary>
    /// Whether everything that was read is still as it was. Documents are read one after the other; what is decided from documents of two moments may
    /// contradict itself, and is tried again instead of counting as a bug.
    /// </summary>
    public async ValueTask<bool> IsFreshAsync(CancellationToken cancellation = default)
    {
        foreach (var (id, entry) in Entries)
        {
            if ((await store.ReadAsync(Partition, id, cancellation))?.ETag != entry.ETag) return false;
        }

        return true;
    }

    /// <returns>True: all of it is durable. False: somebody was faster, nothing is written.</returns>
    public ValueTask<bool> CommitAsync(CancellationToken cancellation = default)
    {
        if (_objects is null) return CommitStoredAsync(cancellation);
        if (_objectWrites is { } writes)
        {
            _objects.Commit(CollectionsMarshal.AsSpan(writes));
            _objectWrites = null;
            writes.Clear();
            _spare = writes;
        }

        return ValueTask.FromResult(true);
    }

    private async ValueTask<bool> CommitStoredAsync(CancellationToken cancellation)
    {
        if (_order is null) return true;
        var writes = new List<DocumentWrite>(_order.Count);
        foreach (var id in _order)
        {
            var entry = Entries[id];
            if (entry.Write is { } write) writes.Add(write());
            else if (entry.IsExpectedAbsent) return false;
        }

        if (writes.Count == 0) return !Expects;
        if (await store.CommitAsync(Partition, writes, cancellation) is not BatchOutcome.Committed committed) return false;
        for (var i = 0; i < writes.Count; i++) Entries[writes[i].Id].Committed = committed.ETags[i];
        return true;
    }

    private void PutObject(in ObjectWrite write)
    {
        if (_objectWrites is null) (_objectWrites, _spare) = (_spare ?? new List<ObjectWrite>(8), null);
        var writes = CollectionsMarshal.AsSpan(_objectWrites);
        for (var i = 0; i < writes.Length; i++)
        {
            if (writes[i].Id != write.Id) continue;
            writes[i] = write;
            return;
        }

        _objectWrites.Add(write);
    }

    private Entry Remember(string id, Entry entry)
    {
        if (Entries.TryAdd(id, entry)) (_order ??= []).Add(id);
        else Entries[id] = entry;
        return entry;
    }

    private sealed class Entry
    {
        public string? ETag { get; init; }
        public object? Value { get; set; }
        public Func<DocumentWrite>? Write { get; set; }
        public bool IsExpectedAbsent { get; init; }
        public string? Committed { get; set; }
    }
}
