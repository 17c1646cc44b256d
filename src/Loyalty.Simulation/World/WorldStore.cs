using System.Collections.Immutable;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Simulation.World;

/// <summary>A document of the customer who is being played.</summary>
internal sealed class WorldDocument
{
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required object Value { get; set; }
    public Instant? WakeAt { get; set; }

    /// <summary>It stands in <see cref="WorldStore.Armed"/>.</summary>
    public bool IsListed { get; set; }
}

/// <summary>
/// The documents of one customer at a time, as objects. Only that customer's partition has any; everything else a use case asks for is not there,
/// and what it writes elsewhere is forgotten.
/// </summary>
internal sealed class WorldStore : IObjectStore, IObjectPartition
{
    private static readonly DocumentPage NoPage = new([], null);
    private static readonly BatchOutcome Done = new BatchOutcome.Committed([]);
    private static readonly Elsewhere Nowhere = new();
    private readonly Dictionary<string, WorldDocument> _documents = new(StringComparer.Ordinal);
    private readonly List<WorldDocument> _armed = [];
    private readonly IWorldObserver _observer;
    private string _partition = "";

    // By the same text of their id, which is kept (Keys.Run): compared by reference, their few texts cost less than one hash.
    private readonly List<WorldDocument> _runs = [];

    // Nearly every read and every other write is of the customer's own record.
    private WorldDocument? _customer;
    private WorldDocument? _person;

    public WorldStore(IWorldObserver observer) => _observer = observer;

    /// <summary>The documents, in no order.</summary>
    public Dictionary<string, WorldDocument>.ValueCollection All => _documents.Values;

    /// <summary>The documents by id.</summary>
    public IReadOnlyDictionary<string, WorldDocument> Documents => _documents;

    /// <summary>The documents that have a moment, in no order: few of all, so that a due scan looks at nothing else.</summary>
    public List<WorldDocument> Armed
    {
        get
        {
            for (var i = _armed.Count - 1; i >= 0; i--)
            {
                if (_armed[i].WakeAt is not null) continue;
                _armed[i].IsListed = false;
                _armed[i] = _armed[^1];
                _armed.RemoveAt(_armed.Count - 1);
            }

            return _armed;
        }
    }

    /// <summary>Forgets the customer before and takes this one, with what is known of the person already.</summary>
    public void Take(string partition, ImmutableArray<ObjectWrite> known)
    {
        _documents.Clear();
        _armed.Clear();
        _runs.Clear();
        (_customer, _person) = (null, null);
        _partition = partition;
        foreach (var one in known) Add(one);
    }

    /// <summary>A document; null where there is none.</summary>
    public WorldDocument? Find(string id)
    {
        if (ReferenceEquals(id, Keys.CustomerId)) return _customer;
        if (ReferenceEquals(id, Keys.PersonId)) return _person;
        foreach (var run in _runs)
        {
            if (ReferenceEquals(run.Id, id)) return run;
        }

        return _documents.GetValueOrDefault(id);
    }

    public IObjectPartition Open(string partition) =>
        ReferenceEquals(partition, _partition) || partition == _partition ? this : Nowhere;

    public object? Read(string id) => Find(id)?.Value;

    public void Commit(ReadOnlySpan<ObjectWrite> writes)
    {
        foreach (ref readonly var write in writes)
        {
            object? before = null;
            if (Find(write.Id) is { } document)
            {
                before = document.Value;
                document.Value = write.Value;
                document.WakeAt = write.WakeAt;
                List(document);
            }
            else
            {
                Add(write);
            }

            _observer.Written(write, before);
        }
    }

    private void Add(in ObjectWrite write)
    {
        var document = new WorldDocument { Id = write.Id, Kind = write.Kind, Value = write.Value, WakeAt = write.WakeAt };
        _documents[write.Id] = document;
        if (write.Id == Keys.CustomerId) _customer = document;
        else if (write.Id == Keys.PersonId) _person = document;
        else if (write.Kind == Kinds.Run) _runs.Add(document);
        List(document);
    }

    private void List(WorldDocument document)
    {
        if (document.WakeAt is null || document.IsListed) return;
        document.IsListed = true;
        _armed.Add(document);
    }

    public ValueTask<Document?> ReadAsync(string partition, string id, CancellationToken cancellation = default) =>
        ValueTask.FromResult<Document?>(null);

    public ValueTask<DocumentPage> QueryAsync(DocumentQuery query, CancellationToken cancellation = default) => ValueTask.FromResult(NoPage);

    public ValueTask<BatchOutcome> CommitAsync(
        string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) => ValueTask.FromResult(Done);

    public ValueTask<IReadOnlyList<FeedRange>> GetFeedRangesAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<FeedRange>>([]);

    public ValueTask<IReadOnlyList<DueDocument>> ScanDueAsync(
        FeedRange range, Instant until, int limit, CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<DueDocument>>([]);

    public ValueTask<ChangePage> ReadChangesAsync(
        FeedRange range, string? continuation, int limit, CancellationToken cancellation = default) =>
        ValueTask.FromResult(new ChangePage([], "", false));

    public ValueTask<DocumentPage> ScanKindAsync(
        FeedRange range, string kind, int limit, string? continuation = null, CancellationToken cancellation = default) =>
        ValueTask.FromResult(NoPage);

    private sealed class Elsewhere : IObjectPartition
    {
        public object? Read(string id) => null;

        public void Commit(ReadOnlySpan<ObjectWrite> writes)
        {
            // Identifiers, codes, limits: shared by people, and people are simulated one at a time.
        }
    }
}

/// <summary>Sees every document that is written.</summary>
internal interface IWorldObserver
{
    /// <param name="write">What was put.</param>
    /// <param name="before">What was there; null: nothing.</param>
    void Written(in ObjectWrite write, object? before);
}
