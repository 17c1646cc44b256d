using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Loyalty.Storage.Sqlite;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Durable;

/// <summary>Reads of the engine's tables; any process may make them.</summary>
internal static class DurableReads
{
    private const string Columns =
        "instance_id, key, name, generation, status, created_at, updated_at, completed_at, start_at, input, output, "
            + "failure, custom_status, version, "
        + "tags, parent_id, parent_key, parent_task, parent_name";

    public static List<HistoryRow> History(SqliteDatabase database, long key) =>
        database.Read(key, static (session, wanted) =>
    {
        var rows = new List<HistoryRow>();
        using var statement = session.Prepare(
            "SELECT seq, kind, task, name, payload FROM durable_history WHERE key = ?1 ORDER BY seq").Bind(1, wanted);
        while (statement.Step()) rows.Add(Row(statement, 0));
        return rows;
    });

    public static StoredInstance? Find(SqliteDatabase database, string instanceId) =>
        database.Read(instanceId, static (session, id) => Find(session, id));

    public static StoredInstance? Find(SqliteSession session, string instanceId)
    {
        using var statement = session.Prepare($"SELECT {Columns} FROM durable_instances WHERE instance_id = ?1").Bind(
            1, instanceId);
        return statement.Step() ? Instance(statement) : null;
    }

    public static List<StoredInstance> Unfinished(SqliteSession session)
    {
        var instances = new List<StoredInstance>();
        using var statement = session.Prepare($"SELECT {Columns} FROM durable_instances WHERE status < 3");
        while (statement.Step()) instances.Add(Instance(statement));
        return instances;
    }

    /// <summary>Rows of all live histories, each history together and in order.</summary>
    public static IEnumerable<(long Key, HistoryRow Row)> UnfinishedHistories(SqliteSession session)
    {
        using var statement = session.Prepare(
            """
            SELECT h.key, h.seq, h.kind, h.task, h.name, h.payload
            FROM durable_instances AS i CROSS JOIN durable_history AS h ON h.key = i.key
            WHERE i.status < 3
            ORDER BY h.key, h.seq
            """);
        while (statement.Step()) yield return (statement.GetInt64(0), Row(statement, 1));
    }

    /// <summary>Ids of ended instances called by another, of any depth below it.</summary>
    public static List<string> FinishedDescendants(SqliteDatabase database, string instanceId) =>
        database.Read(instanceId, static (session, id) =>
    {
        var found = new List<string>();
        using var statement = session.Prepare(
            """
            WITH RECURSIVE below(id, status) AS (
                SELECT instance_id, status FROM durable_instances WHERE parent_id = ?1
                UNION SELECT i.instance_id, i.status FROM below JOIN durable_instances AS i ON i.parent_id = below.id)
            SELECT id FROM below WHERE status >= 3
            """).Bind(1, id);
        while (statement.Step()) found.Add(statement.GetString(0));
        return found;
    });

    /// <summary>A page of instances by id.</summary>
    public static List<StoredInstance> Query(SqliteDatabase database, InstanceFilter filter, string after, int limit) =>
        database.Read((filter, after, limit), static (session, ask) =>
        {
            var (filter, after, limit) = ask;
            var prefix = filter.Prefix ?? string.Empty;
            var found = new List<StoredInstance>();
            using var statement = session.Prepare(
                $"""
                 SELECT {Columns} FROM durable_instances
                 WHERE instance_id > ?1 AND instance_id >= ?2 AND substr(instance_id, 1, length(?2)) = ?2
                   AND created_at >= ?3 AND created_at <= ?4 AND (?5 >> status) & 1
                 ORDER BY instance_id LIMIT ?6
                 """)
                .Bind(1, after).Bind(2, prefix).Bind(3, filter.CreatedFrom).Bind(4, filter.CreatedTo).Bind(
                    5, filter.StatusBits).Bind(6, limit);
            while (statement.Step()) found.Add(Instance(statement));
            return found;
        });

    private static HistoryRow Row(SqliteStatement statement, int first) => new(
        statement.GetInt64(first),
        (HistoryKind)statement.GetInt64(first + 1),
        (int)statement.GetInt64(first + 2),
        statement.GetNullableString(first + 3),
        statement.GetNullableString(first + 4));

    private static StoredInstance Instance(SqliteStatement statement) => new(
        statement.GetString(0),
        statement.GetInt64(1),
        statement.GetString(2),
        (int)statement.GetInt64(3),
        (InstanceStatus)statement.GetInt64(4),
        statement.GetInt64(5),
        statement.GetInt64(6),
        statement.GetNullableInt64(7),
        statement.GetNullableInt64(8),
        statement.GetNullableString(9),
        statement.GetNullableString(10),
        statement.GetNullableString(11),
        statement.GetNullableString(12),
        statement.GetString(13),
        statement.GetNullableString(14),
        statement.GetNullableString(15) is { } parent
            ? new ParentLink(parent, statement.GetInt64(16), (int)statement.GetInt64(17), statement.GetString(18))
            : null);
}

/// <summary>What instances a query or purge is about.</summary>
/// <param name="Prefix">Of the id; null: any.</param>
/// <param name="CreatedFrom">Ticks, included.</param>
/// <param name="CreatedTo">Ticks, included.</param>
/// <param name="StatusBits">Bit n: status n.</param>
internal sealed record InstanceFilter(string? Prefix, long CreatedFrom, long CreatedTo, long StatusBits)
{
    private const long AllStatuses = 0b111111;

    public static InstanceFilter Of(
        string? prefix, DateTimeOffset? from, DateTimeOffset? to, IEnumerable<OrchestrationRuntimeStatus>? statuses)
    {
        var bits = 0L;
        var any = false;
        foreach (var status in statuses ?? [])
        {
            any = true;
            if (InstanceStatuses.TryParse(status.ToString(), out var known) && known is { } bit) bits |= 1L << (int)bit;
        }

        return new InstanceFilter(
            prefix, from?.UtcTicks ?? 0, to?.UtcTicks ?? long.MaxValue, any ? bits : AllStatuses);
    }
}

/// <summary>Names of the runtime statuses.</summary>
internal static class InstanceStatuses
{
    public static OrchestrationRuntimeStatus ToRuntime(InstanceStatus status) => status switch
    {
        InstanceStatus.Pending => OrchestrationRuntimeStatus.Pending,
        InstanceStatus.Running => OrchestrationRuntimeStatus.Running,
        InstanceStatus.Suspended => OrchestrationRuntimeStatus.Suspended,
        InstanceStatus.Completed => OrchestrationRuntimeStatus.Completed,
        InstanceStatus.Failed => OrchestrationRuntimeStatus.Failed,
        _ => OrchestrationRuntimeStatus.Terminated,
    };

    /// <summary>False: no such status. A status that no instance has here (Canceled, ContinuedAsNew) parses to
    /// null.</summary>
    public static bool TryParse(string name, out InstanceStatus? status)
    {
        status = Enum.TryParse<InstanceStatus>(name, ignoreCase: true, out var known) ? known : null;
        return status is not null || Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out _);
    }
}

/// <summary>An instance's row.</summary>
internal sealed record StoredInstance(
    string InstanceId,
    long Key,
    string Name,
    int Generation,
    InstanceStatus Status,
    long CreatedAt,
    long UpdatedAt,
    long? CompletedAt,
    long? StartAt,
    string? Input,
    string? Output,
    string? Failure,
    string? CustomStatus,
    string Version,
    string? Tags,
    ParentLink? Parent)
{
    public InstanceEntry ToEntry() => new()
    {
        InstanceId = InstanceId,
        Key = Key,
        Name = Name,
        Generation = Generation,
        Status = Status,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
        StartAt = StartAt,
        Input = Input,
        CustomStatus = CustomStatus,
        Version = Version,
        Tags = Tags,
        Parent = Parent,
    };

    public OrchestrationMetadata ToMetadata(bool withPayloads, DataConverter converter, long? updatedAt) =>
        new(Name, InstanceId)
        {
            RuntimeStatus = InstanceStatuses.ToRuntime(Status),
            CreatedAt = new DateTimeOffset(CreatedAt, TimeSpan.Zero),
            LastUpdatedAt = new DateTimeOffset(Math.Max(UpdatedAt, updatedAt ?? 0), TimeSpan.Zero),
            DataConverter = withPayloads ? converter : null,
            SerializedInput = withPayloads ? Input : null,
            SerializedOutput = withPayloads ? Output : null,
            SerializedCustomStatus = withPayloads ? CustomStatus : null,
            FailureDetails = withPayloads && Failure is not null ? Durable.Failure.Parse(Failure).Details : null,
            Tags = Tags is null
            ? ImmutableDictionary<string, string>.Empty
            : JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(Encoding.UTF8.GetBytes(Tags))!,
        };
}
