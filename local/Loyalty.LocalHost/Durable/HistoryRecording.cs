using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.LocalHost.Durable;

/// <summary>One generation of an orchestration with everything that happened to it; what a golden history is.</summary>
/// <param name="Start">What it began with.</param>
/// <param name="Rows">Its history, in order.</param>
public sealed record RecordedHistory(OrchestrationStart Start, IReadOnlyList<HistoryRow> Rows)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower), new RawJson() },
    };

    /// <summary>As a file; sequences count from 1, so that two recordings of the same run are equal.</summary>
    public string ToJson()
    {
        var numbers = Rows.Select((row, index) => (row.Sequence, Number: index + 1L)).ToDictionary(
            pair => pair.Sequence, pair => pair.Number);
        var rows = Rows.Select(row => row with
        {
            Sequence = numbers[row.Sequence],
            Payload = row.Kind == HistoryKind.Turn ? Renumber(row.Payload!, numbers) : row.Payload,
        }).ToList();
        return JsonSerializer.Serialize(this with { Rows = rows }, Json) + "\n";
    }

    /// <exception cref="JsonException">The text is no recorded history.</exception>
    public static RecordedHistory Parse(string json) =>
        JsonSerializer.Deserialize<RecordedHistory>(json, Json)
            ?? throw new JsonException("A recorded history was expected.");

    private static string Renumber(string payload, Dictionary<long, long> numbers)
    {
        var turn = TurnCodec.Read(payload);
        var consumed = turn.Consumed.Select(sequence => sequence < 0 ? sequence : numbers[sequence]);
        return TurnCodec.Write(turn with { Consumed = [.. consumed] });
    }

    /// <summary>Payloads are JSON already and stand in the file as such.</summary>
    private sealed class RawJson : JsonConverter<HistoryRow>
    {
        public override HistoryRow Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var row = document.RootElement;
            return new HistoryRow(
                row.GetProperty("sequence").GetInt64(),
                row.GetProperty("kind").Deserialize<HistoryKind>(options),
                row.TryGetProperty("task", out var task) ? task.GetInt32() : 0,
                row.TryGetProperty("name", out var name) ? name.GetString() : null,
                row.TryGetProperty("payload", out var payload) ? JsonSerializer.Serialize(payload) : null);
        }

        public override void Write(Utf8JsonWriter writer, HistoryRow value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber("sequence", value.Sequence);
            writer.WritePropertyName("kind");
            JsonSerializer.Serialize(writer, value.Kind, options);
            if (value.TaskId != 0) writer.WriteNumber("task", value.TaskId);
            if (value.Name is not null) writer.WriteString("name", value.Name);
            if (value.Payload is not null)
            {
                // Through a document, so that the indentation is the file's.
                writer.WritePropertyName("payload");
                using var document = JsonDocument.Parse(value.Payload);
                document.RootElement.WriteTo(writer);
            }

            writer.WriteEndObject();
        }
    }
}

/// <summary>Collects the histories of every generation an engine runs; give it to the engine as its history
/// observer.</summary>
public sealed class HistoryRecorder : IHistoryObserver
{
    private readonly Lock _gate = new();
    private readonly List<(OrchestrationStart Start, List<HistoryRow> Rows)> _histories = [];
    private readonly Dictionary<(string InstanceId, int Generation), List<HistoryRow>> _open = [];

    /// <summary>What has been recorded so far, in the order of the starts.</summary>
    public IReadOnlyList<RecordedHistory> Histories
    {
        get
        {
            lock (_gate)
                return [.. _histories.Select(history => new RecordedHistory(history.Start, [.. history.Rows]))];
        }
    }

    /// <inheritdoc/>
    public void OnStarted(OrchestrationStart start)
    {
        lock (_gate)
        {
            var rows = new List<HistoryRow>();
            _histories.Add((start, rows));
            _open[(start.InstanceId, start.Generation)] = rows;
        }
    }

    /// <inheritdoc/>
    public void OnAppended(string instanceId, int generation, HistoryRow row)
    {
        lock (_gate)
        {
            if (_open.TryGetValue((instanceId, generation), out var rows)) rows.Add(row);
        }
    }
}

/// <summary>Runs released histories through today's code, as the engine does after a restart.</summary>
public static class HistoryReplayer
{
    /// <summary>Null if the code does what the history says; otherwise what it does instead.</summary>
    /// <param name="history">The recorded history.</param>
    /// <param name="functions">Today's orchestrators.</param>
    /// <param name="payloadJson">Null: the worker's default.</param>
    public static string? Replay(
        RecordedHistory history, DurableFunctions functions, JsonSerializerOptions? payloadJson = null)
    {
        if (functions.FindOrchestrator(history.Start.Orchestrator) is not { } function)
            return $"There is no orchestrator function named '{history.Start.Orchestrator}'.";
        var payloads = new Payloads(payloadJson ?? DurableEngineOptions.DefaultPayloadJson);
        var run = new OrchestrationRun(history.Start, function, payloads, NullLoggerFactory.Instance);
        return run.Replay(history.Rows, CompareFully);
    }

    /// <summary>Golden histories are compared to the last byte of what was asked, not only by name.</summary>
    private static string? CompareFully(TurnRecord recorded, TurnOutcome outcome)
    {
        for (var index = 0; index < recorded.Actions.Count; index++)
        {
            if (!SameJson(recorded.Actions[index], outcome.Actions[index]))
                return $"The history has {recorded.Actions[index]}, the code now asks for {outcome.Actions[index]}.";
        }

        return SameEnd(recorded.End, outcome.End)
            ? null
            : $"The history ended as {recorded.End}, the code now ends as {outcome.End}.";
    }

    private static bool SameJson(DurableAction recorded, DurableAction now) => (recorded, now) switch
    {
        (DurableAction.Activity then, DurableAction.Activity asked) =>
            then with { Input = null } == asked with { Input = null } && Same(then.Input, asked.Input),
        (DurableAction.SubOrchestration then, DurableAction.SubOrchestration asked) =>
            then with { Input = null } == asked with { Input = null } && Same(then.Input, asked.Input),
        (DurableAction.Event then, DurableAction.Event asked) =>
            then with { Payload = null } == asked with { Payload = null } && Same(then.Payload, asked.Payload),
        _ => recorded == now,
    };

    private static bool SameEnd(TurnEnd? recorded, TurnEnd? now) => (recorded, now) switch
    {
        (null, null) => true,
        (TurnEnd.Completed then, TurnEnd.Completed ended) => Same(then.Output, ended.Output),
        (TurnEnd.ContinuedAsNew then, TurnEnd.ContinuedAsNew ended) =>
            then.KeepEvents == ended.KeepEvents && Same(then.Input, ended.Input),
        (TurnEnd.Failed then, TurnEnd.Failed ended) =>
            then.Failure.Details.ErrorType == ended.Failure.Details.ErrorType,
        _ => false,
    };

    private static bool Same(string? left, string? right)
    {
        if (left is null || right is null) return left is null && right is null;
        using var one = JsonDocument.Parse(left);
        using var other = JsonDocument.Parse(right);
        return JsonElement.DeepEquals(one.RootElement, other.RootElement);
    }
}
