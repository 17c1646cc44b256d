using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;

namespace Loyalty.Core.Serialization;

/// <summary>
/// How values of a type are written into documents: the very bytes that the serializer makes with <see cref="LoyaltyJson.Documents"/>. The serializer makes an
/// object of every number and every list to ask whether it is left out, and a document is mostly what is left out; that took a seventh of the processor time
/// of a redemption. What is not made of plain values, lists and records is left to the serializer.
/// </summary>
/// <typeparam name="T">As it is declared: of a derived type the declared properties are written, as the serializer does it.</typeparam>
internal abstract class DocumentForm<T>
{
    /// <summary>The type's form.</summary>
    public static DocumentForm<T> Default { get; } = DocumentForms.Make<T>();

    /// <summary>Writes a value that is not null.</summary>
    public abstract void Write(Utf8JsonWriter writer, T value);

    /// <summary>What <see cref="SparseDocuments"/> leaves out.</summary>
    public virtual bool IsEmpty(T value) => false;
}

/// <summary>The forms, and where documents are written.</summary>
internal static class DocumentForms
{
    /// <summary>Bytes of a buffer that a thread keeps for its next document at most.</summary>
    private const int MostKept = 64 * 1024;

    [ThreadStatic]
    private static Room? _kept;

    /// <summary>A document's bytes.</summary>
    public static byte[] Write<T>(T value)
    {
        // Taken out while it is in use: a property may write a document of its own.
        var room = _kept ?? new Room();
        _kept = null;
        try
        {
            DocumentForm<T>.Default.Write(room.Writer, value);
            room.Writer.Flush();
            return room.Buffer.WrittenSpan.ToArray();
        }
        finally
        {
            // Nothing of a person stays in memory that is used again.
            room.Buffer.Clear();
            room.Writer.Reset();
            if (room.Buffer.Capacity <= MostKept) _kept = room;
        }
    }

    public static DocumentForm<T> Make<T>()
    {
        var type = typeof(T);
        if (type == typeof(string)) return (DocumentForm<T>)(object)new TextForm();
        if (type == typeof(long)) return (DocumentForm<T>)(object)new Int64Form();
        if (type == typeof(int)) return (DocumentForm<T>)(object)new Int32Form();
        if (type == typeof(bool)) return (DocumentForm<T>)(object)new FlagForm();
        if (type == typeof(Instant)) return (DocumentForm<T>)(object)new InstantForm();
        if (Nullable.GetUnderlyingType(type) is { } inner) return Of<T>(typeof(NullableForm<>), inner);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return Of<T>(typeof(ArrayForm<>), type.GenericTypeArguments[0]);
        if (type.IsEnum && !type.IsDefined(typeof(FlagsAttribute), inherit: false)) return Of<T>(typeof(EnumForm<>), type);
        return RecordForm.Fits(type) ? Of<T>(typeof(RecordForm<>), type) : new SerializerForm<T>();
    }

    private static DocumentForm<T> Of<T>(Type form, Type argument) => (DocumentForm<T>)Activator.CreateInstance(form.MakeGenericType(argument))!;

    private sealed class Room
    {
        public Room() => Writer = new Utf8JsonWriter(Buffer, new JsonWriterOptions
        {
            Encoder = LoyaltyJson.Documents.Encoder,
            MaxDepth = LoyaltyJson.Documents.MaxDepth,
            SkipValidation = true,
        });

        public ArrayBufferWriter<byte> Buffer { get; } = new(1024);
        public Utf8JsonWriter Writer { get; }
    }
}
