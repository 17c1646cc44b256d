using System.Text;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace Loyalty.LocalHost.Durable;

/// <summary>A payload of an orchestration, activity or event is larger than 8 KB.</summary>
public sealed class PayloadTooLargeException : Exception
{
    internal PayloadTooLargeException(string what, int bytes)
        : base($"The payload of {what} has {bytes:N0} bytes; at most {DurableEngineOptions.PayloadBytes:N0} are "
            + $"taken. Store the data and pass its id.")
    {
    }
}

/// <summary>Payloads as text: every one goes through JSON and has a bound.</summary>
internal sealed class Payloads
{
    private readonly JsonDataConverter _converter;

    public Payloads(JsonSerializerOptions options) => _converter = new JsonDataConverter(options);

    public DataConverter Converter => _converter;

    /// <exception cref="PayloadTooLargeException">More than 8 KB.</exception>
    public string? Write(object? value, string what)
    {
        if (value is null) return null;
        var text = _converter.Serialize(value)!;
        Bound(text, what);
        return text;
    }

    public T? Read<T>(string? text) => text is null ? default : (T?)_converter.Deserialize(text, typeof(T));

    public object? Read(string? text, Type type) =>
        text is null ? (type.IsValueType ? Activator.CreateInstance(type) : null) : _converter.Deserialize(text, type);

    private static void Bound(string text, string what)
    {
        // A char is at most 3 bytes, so most texts need no counting.
        if (text.Length * 3 <= DurableEngineOptions.PayloadBytes) return;
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > DurableEngineOptions.PayloadBytes) throw new PayloadTooLargeException(what, bytes);
    }
}
