using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NodaTime;

namespace Loyalty.Core.Serialization;

internal sealed class TextForm : DocumentForm<string>
{
    public override void Write(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);
}

internal sealed class Int64Form : DocumentForm<long>
{
    public override void Write(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);

    public override bool IsEmpty(long value) => value == 0;
}

internal sealed class Int32Form : DocumentForm<int>
{
    public override void Write(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    public override bool IsEmpty(int value) => value == 0;
}

internal sealed class FlagForm : DocumentForm<bool>
{
    public override void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);

    public override bool IsEmpty(bool value) => !value;
}

internal sealed class InstantForm : DocumentForm<Instant>
{
    public override void Write(Utf8JsonWriter writer, Instant value) => InstantText.Write(writer, value);
}

/// <summary>By the texts that the serializer writes for the type's values; any other value is its to refuse.</summary>
internal sealed class EnumForm<T> : DocumentForm<T>
    where T : struct, Enum
{
    private readonly Dictionary<T, JsonEncodedText> _texts = Enum.GetValues<T>().Distinct().ToDictionary(
        static value => value, static value => JsonEncodedText.Encode(JsonSerializer.SerializeToElement(value, LoyaltyJson.Documents).GetString()!, LoyaltyJson.Documents.Encoder));

    public override void Write(Utf8JsonWriter writer, T value)
    {
        if (_texts.TryGetValue(value, out var text)) writer.WriteStringValue(text);
        else JsonSerializer.Serialize(writer, value, LoyaltyJson.Documents);
    }

    public override bool IsEmpty(T value) => EqualityComparer<T>.Default.Equals(value, default);
}

internal sealed class NullableForm<T> : DocumentForm<T?>
    where T : struct
{
    private readonly DocumentForm<T> _inner = DocumentForm<T>.Default;

    public override void Write(Utf8JsonWriter writer, T? value) => _inner.Write(writer, value!.Value);
}

internal sealed class ArrayForm<T> : DocumentForm<ImmutableArray<T>>
{
    public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value)
    {
        // Not kept in a field: a type may hold a list of its own.
        var form = DocumentForm<T>.Default;
        writer.WriteStartArray();
        foreach (var item in value)
        {
            if (item is null) writer.WriteNullValue();
            else form.Write(writer, item);
        }

        writer.WriteEndArray();
    }

    public override bool IsEmpty(ImmutableArray<T> value) => value.IsEmpty;
}

/// <summary>What the serializer writes as ever: types with derived types or converters of their own, dictionaries, dates.</summary>
internal sealed class SerializerForm<T> : DocumentForm<T>
{
    private readonly Func<object?, bool>? _isEmpty = SparseDocuments.IsEmptyOf(typeof(T));
    private readonly JsonTypeInfo<T> _info = (JsonTypeInfo<T>)LoyaltyJson.Documents.GetTypeInfo(typeof(T));

    public override void Write(Utf8JsonWriter writer, T value) => JsonSerializer.Serialize(writer, value, _info);

    public override bool IsEmpty(T value) => _isEmpty?.Invoke(value) == true;
}
