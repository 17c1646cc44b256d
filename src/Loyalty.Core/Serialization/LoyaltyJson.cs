using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Serialization;

/// <summary>
/// The one way documents, events and payloads are written: camelCase, enums as kebab-case text, instants as ISO 8601 with Z,
/// dates as yyyy-MM-dd, nothing for null, dictionaries in ordinal order of their keys: equal values are equal bytes in every process.
/// </summary>
public static class LoyaltyJson
{
    public static JsonSerializerOptions Options { get; } = Make(new DefaultJsonTypeInfoResolver());

    internal static JsonSerializerOptions Documents { get; } = Make(new DefaultJsonTypeInfoResolver { Modifiers = { SparseDocuments.Apply } });

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>As <see cref="Write"/>, without what a reader fills in by itself: for documents that nobody but the program reads.</summary>
    public static byte[] WriteDocument<T>(T value) => DocumentForms.Write(value);

    /// <exception cref="JsonException">The bytes are no document of this type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException($"A {typeof(T).Name} was expected, null was found.");

    private static JsonSerializerOptions Make(DefaultJsonTypeInfoResolver resolver)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = resolver,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            MaxDepth = 64,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new LocalDateConverter());
        options.Converters.Add(new AttributeValueConverter());
        options.Converters.Add(new SortedDictionaryConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            InstantText.Read(ref reader) ?? throw new JsonException("An instant such as 2026-01-31T09:00:00Z was expected.");

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => InstantText.Write(writer, value);
    }

    private sealed class LocalDateConverter : JsonConverter<LocalDate>
    {
        public override LocalDate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var parsed = LocalDatePattern.Iso.Parse(reader.GetString() ?? "");
            return parsed.Success ? parsed.Value : throw new JsonException("A date such as 2026-01-31 was expected.");
        }

        public override void Write(Utf8JsonWriter writer, LocalDate value, JsonSerializerOptions options) =>
            writer.WriteStringValue(LocalDatePattern.Iso.Format(value));
    }

    /// <summary>Text, numbers and booleans as JSON's own; the others as an object with one telling property.</summary>
    private sealed class AttributeValueConverter : JsonConverter<AttributeValue>
    {
        /// <summary>An unset value is written as null and must come back as unset, never as a null reference.</summary>
        public override bool HandleNull => true;

        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(AttributeValue));

        public override AttributeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String: return new AttributeValue.Text(reader.GetString()!);
                case JsonTokenType.Number: return new AttributeValue.Number(reader.GetDecimal());
                case JsonTokenType.True: return new AttributeValue.Flag(true);
                case JsonTokenType.False: return new AttributeValue.Flag(false);
                case JsonTokenType.Null: return AttributeValue.None;
                case JsonTokenType.StartArray:
                    return new AttributeValue.List(JsonSerializer.Deserialize<ImmutableArray<string>>(ref reader, options));
                default: return ReadTagged(ref reader);
            }
        }

        private static AttributeValue ReadTagged(ref Utf8JsonReader reader)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.TryGetProperty("at", out var at)) return new AttributeValue.Moment(InstantPattern.ExtendedIso.Parse(at.GetString()!).Value);
            if (root.TryGetProperty("day", out var day)) return new AttributeValue.Day(LocalDatePattern.Iso.Parse(day.GetString()!).Value);
            if (root.TryGetProperty("minor", out var minor))
                return new AttributeValue.Money(minor.GetInt64(), root.GetProperty("currency").GetString()!);
            throw new JsonException("A value with 'at', 'day' or 'minor' was expected.");
        }

        public override void Write(Utf8JsonWriter writer, AttributeValue value, JsonSerializerOptions options)
        {
            switch (value)
            {
                case AttributeValue.Text text: writer.WriteStringValue(text.Value); break;
                case AttributeValue.Number number: writer.WriteNumberValue(number.Value); break;
                case AttributeValue.Flag flag: writer.WriteBooleanValue(flag.Value); break;
                case AttributeValue.List list: JsonSerializer.Serialize(writer, list.Values, options); break;
                case AttributeValue.Moment moment: WriteTagged(writer, "at", InstantPattern.ExtendedIso.Format(moment.Value)); break;
                case AttributeValue.Day day: WriteTagged(writer, "day", LocalDatePattern.Iso.Format(day.Value)); break;
                case AttributeValue.Money money:
                    writer.WriteStartObject();
                    writer.WriteNumber("minor", money.Minor);
                    writer.WriteString("currency", money.Currency);
                    writer.WriteEndObject();
                    break;
                default: writer.WriteNullValue(); break;
            }
        }

        private static void WriteTagged(Utf8JsonWriter writer, string name, string text)
        {
            writer.WriteStartObject();
            writer.WriteString(name, text);
            writer.WriteEndObject();
        }
    }
}
