using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Durable;

/// <summary>
/// Everything of one persistence point, gathered under the engine's lock and run by the database's writer in one
/// transaction (perhaps twice, so
/// it changes nothing but the file).
/// </summary>
internal sealed class EngineWrite(PersistenceKind kind, string instanceId)
{
    private const string DropReplaced =
        "DELETE FROM durable_history WHERE key IN (SELECT key FROM durable_instances WHERE instance_id = ?1)";

    private const string Upsert =
        """
        INSERT OR REPLACE INTO durable_instances(
            instance_id, key, name, generation, status, created_at, updated_at, completed_at, start_at, input,
            output, failure, custom_status, version, tags, parent_id, parent_key, parent_task, parent_name)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
        """;

    private const string Append =
        "INSERT INTO durable_history(key, seq, kind, task, name, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";

    private readonly List<(long Key, HistoryRow Row)> _rows = [];
    private List<InstanceSnapshot>? _instances;
    private List<long>? _droppedHistories;
    private List<string>? _deleted;

    public PersistenceKind Kind { get; } = kind;

    public string InstanceId { get; } = instanceId;

    /// <summary>Counts the engine's writes from 1, in the order of the changes in memory.</summary>
    public long Number { get; set; }

    /// <summary>Instances whose rows these are; they stay in memory until the write is durable.</summary>
    public List<InstanceEntry> Touched { get; } = [];

    /// <summary>Started once the write is durable.</summary>
    public List<PendingActivity>? Activities { get; set; }

    public void AppendRow(InstanceEntry entry, HistoryRow row)
    {
        _rows.Add((entry.Key, row));
        Touch(entry);
    }

    /// <summary>Writes the instance's row as it is now.</summary>
    /// <param name="entry">The instance.</param>
    /// <param name="isNew">True: an ended instance of this id makes room.</param>
    public void SaveInstance(InstanceEntry entry, bool isNew = false)
    {
        (_instances ??= []).Add(new InstanceSnapshot(entry, isNew));
        Touch(entry);
    }

    public void DropHistory(long key) => (_droppedHistories ??= []).Add(key);

    public void DeleteInstance(string id) => (_deleted ??= []).Add(id);

    public void Execute(SqliteSession session)
    {
        if (_deleted is not null)
        {
            foreach (var id in _deleted)
            {
                session.Prepare(DropReplaced).Bind(1, id).Execute();
                session.Prepare("DELETE FROM durable_instances WHERE instance_id = ?1").Bind(1, id).Execute();
            }
        }

        if (_droppedHistories is not null)
        {
            foreach (var key in _droppedHistories)
                session.Prepare("DELETE FROM durable_history WHERE key = ?1").Bind(1, key).Execute();
        }

        if (_instances is not null)
        {
            foreach (var instance in _instances)
            {
                if (instance.IsNew) session.Prepare(DropReplaced).Bind(1, instance.InstanceId).Execute();
                instance.Save(session.Prepare(Upsert));
            }
        }

        foreach (var (key, row) in _rows)
        {
            session.Prepare(Append).Bind(1, key).Bind(2, row.Sequence).Bind(3, (long)row.Kind).Bind(4, row.TaskId)
                .Bind(5, row.Name).Bind(6, row.Payload).Execute();
        }
    }

    private void Touch(InstanceEntry entry)
    {
        if (Touched.Contains(entry)) return;
        Touched.Add(entry);
        entry.OpenWrites++;
        if (Kind == PersistenceKind.Turn) entry.OpenTurns++;
    }

    /// <summary>A copy of an instance's columns, since the instance goes on while the write waits.</summary>
    private readonly struct InstanceSnapshot(InstanceEntry entry, bool isNew)
    {
        private readonly string _name = entry.Name;
        private readonly long _key = entry.Key;
        private readonly int _generation = entry.Generation;
        private readonly InstanceStatus _status = entry.Status;
        private readonly long _createdAt = entry.CreatedAt;
        private readonly long _updatedAt = entry.UpdatedAt;
        private readonly long? _completedAt = entry.CompletedAt;
        private readonly long? _startAt = entry.StartAt;
        private readonly string? _input = entry.Input;
        private readonly string? _output = entry.Output;
        private readonly string? _failure = entry.Failure;
        private readonly string? _customStatus = entry.CustomStatus;
        private readonly string _version = entry.Version;
        private readonly string? _tags = entry.Tags;
        private readonly ParentLink? _parent = entry.Parent;

        public string InstanceId { get; } = entry.InstanceId;

        public bool IsNew { get; } = isNew;

        public void Save(SqliteStatement statement) => statement
            .Bind(1, InstanceId).Bind(2, _key).Bind(3, _name).Bind(4, _generation).Bind(5, (long)_status).Bind(
                6, _createdAt).Bind(7, _updatedAt)
            .Bind(8, _completedAt).Bind(9, _startAt).Bind(10, _input).Bind(11, _output).Bind(12, _failure).Bind(
                13, _customStatus).Bind(14, _version)
            .Bind(15, _tags).Bind(16, _parent?.InstanceId).Bind(17, _parent?.Key).Bind(18, (long?)_parent?.TaskId).Bind(
                19, _parent?.Name).Execute();
    }
}
