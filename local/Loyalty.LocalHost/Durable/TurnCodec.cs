using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Loyalty.LocalHost.Durable;

/// <summary>
/// Turns as JSON: <c>{"at":ticks,"in":[…],"do":[…],"end":…}</c>. Payloads stand in it as the JSON they are.
/// </summary>
internal static class TurnCodec
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static string Write(TurnRecord turn)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        var json = _writer ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteNumber("at", turn.At);
        if (turn.Consumed.Count > 0)
        {
            json.WriteStartArray("in");
            foreach (var sequence in turn.Consumed) json.WriteNumberValue(sequence);
            json.WriteEndArray();
        }

        if (turn.Actions.Count > 0)
        {
            json.WriteStartArray("do");
            foreach (var action in turn.Actions) Write(json, action);
            json.WriteEndArray();
        }

        if (turn.End is { } end) Write(json, end);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static TurnRecord Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        IReadOnlyList<long> consumed = root.TryGetProperty("in", out var given)
            ? [.. given.EnumerateArray().Select(item => item.GetInt64())]
            : [];
        IReadOnlyList<DurableAction> actions = root.TryGetProperty("do", out var asked)
            ? [.. asked.EnumerateArray().Select(ReadAction)]
            : [];
        return new TurnRecord(
            root.GetProperty("at").GetInt64(),
            consumed,
            actions,
            root.TryGetProperty("end", out var end) ? ReadEnd(end) : null);
    }

    private static void Write(Utf8JsonWriter json, DurableAction action)
    {
        json.WriteStartObject();
        switch (action)
        {
            case DurableAction.Activity activity:
                json.WriteNumber("activity", activity.TaskId);
                json.WriteString("name", activity.Name);
                WritePayload(json, "input", activity.Input);
                break;
            case DurableAction.SubOrchestration sub:
                json.WriteNumber("orchestration", sub.TaskId);
                json.WriteString("name", sub.Name);
                json.WriteString("instance", sub.InstanceId);
                if (sub.Version is not null) json.WriteString("version", sub.Version);
                WritePayload(json, "input", sub.Input);
                break;
            case DurableAction.Timer timer:
                json.WriteNumber("timer", timer.TaskId);
                json.WriteNumber("fireAt", timer.FireAt);
                break;
            case DurableAction.CancelTimer timer:
                json.WriteNumber("cancel", timer.TaskId);
                break;
            case DurableAction.Event signal:
                json.WriteString("event", signal.Name);
                json.WriteString("instance", signal.InstanceId);
                WritePayload(json, "payload", signal.Payload);
                break;
            default:
                throw new InvalidOperationException("An unknown action.");
        }

        json.WriteEndObject();
    }

    private static DurableAction ReadAction(JsonElement json)
    {
        if (json.TryGetProperty("activity", out var id))
            return new DurableAction.Activity(
                id.GetInt32(), json.GetProperty("name").GetString()!, ReadPayload(json, "input"));
        if (json.TryGetProperty("timer", out id))
            return new DurableAction.Timer(id.GetInt32(), json.GetProperty("fireAt").GetInt64());
        if (json.TryGetProperty("cancel", out id)) return new DurableAction.CancelTimer(id.GetInt32());
        if (json.TryGetProperty("event", out var name))
            return new DurableAction.Event(
                json.GetProperty("instance").GetString()!, name.GetString()!, ReadPayload(json, "payload"));
        return new DurableAction.SubOrchestration(
            json.GetProperty("orchestration").GetInt32(),
            json.GetProperty("name").GetString()!,
            json.GetProperty("instance").GetString()!,
            ReadPayload(json, "input"),
            json.TryGetProperty("version", out var version) ? version.GetString() : null);
    }

    private static void Write(Utf8JsonWriter json, TurnEnd end)
    {
        json.WriteStartObject("end");
        switch (end)
        {
            case TurnEnd.Completed completed:
                json.WriteBoolean("completed", true);
                WritePayload(json, "output", completed.Output);
                break;
            case TurnEnd.Failed failed:
                json.WritePropertyName("failed");
                json.WriteRawValue(failed.Failure.ToJson(), skipInputValidation: true);
                break;
            case TurnEnd.ContinuedAsNew next:
                json.WriteBoolean("continuedAsNew", true);
                json.WriteBoolean("keepEvents", next.KeepEvents);
                if (next.Version is not null) json.WriteString("version", next.Version);
                WritePayload(json, "input", next.Input);
                break;
            default:
                throw new InvalidOperationException("An unknown end.");
        }

        json.WriteEndObject();
    }

    private static TurnEnd ReadEnd(JsonElement json)
    {
        if (json.TryGetProperty("failed", out var failure))
            return new TurnEnd.Failed(Failure.Parse(failure.GetRawText()));
        if (json.TryGetProperty("continuedAsNew", out _))
        {
            return new TurnEnd.ContinuedAsNew(
                ReadPayload(json, "input"),
                json.GetProperty("keepEvents").GetBoolean(),
                json.TryGetProperty("version", out var version) ? version.GetString() : null);
        }

        return new TurnEnd.Completed(ReadPayload(json, "output"));
    }

    private static void WritePayload(Utf8JsonWriter json, string name, string? payload)
    {
        if (payload is null) return;
        json.WritePropertyName(name);
        json.WriteRawValue(payload, skipInputValidation: true);
    }

    private static string? ReadPayload(JsonElement json, string name) =>
        json.TryGetProperty(name, out var payload) ? payload.GetRawText() : null;
}
