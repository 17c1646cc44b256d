using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Loyalty.LocalHost.Queue;

/// <summary>The JSON in which a message's fields are stored: one property for each field, application properties with a letter for their type.</summary>
internal static class QueueMessageCodec
{
    public static byte[] Write(QueueMessageFields fields)
    {
        if (ReferenceEquals(fields, QueueMessageFields.None))
        {
            return [];
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            WriteText(writer, "contentType", fields.ContentType);
            WriteText(writer, "correlationId", fields.CorrelationId);
            WriteText(writer, "subject", fields.Subject);
            WriteText(writer, "to", fields.To);
            WriteText(writer, "replyTo", fields.ReplyTo);
            WriteText(writer, "replyToSessionId", fields.ReplyToSessionId);
            WriteText(writer, "partitionKey", fields.PartitionKey);
            WriteText(writer, "transactionPartitionKey", fields.TransactionPartitionKey);
            writer.WriteStartObject("properties");
            foreach ((string name, object value) in fields.ApplicationProperties)
            {
                writer.WriteString(name, Encode(name, value));
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static QueueMessageFields Read(ReadOnlyMemory<byte> stored)
    {
        if (stored.IsEmpty)
        {
            return QueueMessageFields.None;
        }

        using JsonDocument document = JsonDocument.Parse(stored);
        JsonElement root = document.RootElement;
        return new QueueMessageFields
        {
            ContentType = ReadText(root, "contentType"),
            CorrelationId = ReadText(root, "correlationId"),
            Subject = ReadText(root, "subject"),
            To = ReadText(root, "to"),
            ReplyTo = ReadText(root, "replyTo"),
            ReplyToSessionId = ReadText(root, "replyToSessionId"),
            PartitionKey = ReadText(root, "partitionKey"),
            TransactionPartitionKey = ReadText(root, "transactionPartitionKey"),
            ApplicationProperties = root.GetProperty("properties").EnumerateObject()
                .ToFrozenDictionary(property => property.Name, property => Decode(property.Value.GetString()!), StringComparer.Ordinal),
        };
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static string? ReadText(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static string Encode(string name, object value) => value switch
    {
        string text => "s" + text,
        bool flag => flag ? "b1" : "b0",
        int number => "i" + number.ToString(CultureInfo.InvariantCulture),
        long number => "l" + number.ToString(CultureInfo.InvariantCulture),
        double number => "d" + number.ToString("R", CultureInfo.InvariantCulture),
        decimal number => "m" + number.ToString(CultureInfo.InvariantCulture),
        Guid id => "g" + id.ToString("D"),
        DateTimeOffset moment => "t" + moment.ToString("O", CultureInfo.InvariantCulture),
        TimeSpan time => "p" + time.ToString("c", CultureInfo.InvariantCulture),
        _ => throw new ArgumentException(
            $"The application property '{name}' is of type {value?.GetType().Name ?? "null"}, which no message can carry here.", nameof(value)),
    };

    private static object Decode(string text)
    {
        string value = text[1..];
        return text[0] switch
        {
            's' => value,
            'b' => value == "1",
            'i' => int.Parse(value, CultureInfo.InvariantCulture),
            'l' => long.Parse(value, CultureInfo.InvariantCulture),
            'd' => double.Parse(value, CultureInfo.InvariantCulture),
            'm' => decimal.Parse(value, CultureInfo.InvariantCulture),
            'g' => Guid.Parse(value),
            't' => DateTimeOffset.ParseExact(value, "O", CultureInfo.InvariantCulture),
            'p' => TimeSpan.ParseExact(value, "c", CultureInfo.InvariantCulture),
            _ => throw new FormatException($"Unknown type '{text[0]}' of an application property."),
        };
    }
}
