using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Loyalty.Core.Serialization;

/// <summary>Property by property, under the names and in the order that the serializer has for the type.</summary>
internal sealed class RecordForm<T> : DocumentForm<T>
    where T : class
{
    private Member[]? _members;

    public override void Write(Utf8JsonWriter writer, T value)
    {
        // Made at the first use: a type may hold itself.
        var members = _members ??= [.. RecordForm.PropertiesOf(typeof(T)).Select(Make)];
        writer.WriteStartObject();
        foreach (var member in members) member.Write(writer, value);
        writer.WriteEndObject();
    }

    private static Member Make(JsonPropertyInfo property) =>
        (Member)Activator.CreateInstance(typeof(Member<>).MakeGenericType(typeof(T), property.PropertyType), property)!;

    private abstract class Member
    {
        public abstract void Write(Utf8JsonWriter writer, T owner);
    }

    private sealed class Member<TValue>(JsonPropertyInfo property) : Member
    {
        private readonly JsonEncodedText _name = JsonEncodedText.Encode(property.Name, LoyaltyJson.Documents.Encoder);
        private readonly Func<T, TValue> _get = ((PropertyInfo)property.AttributeProvider!).GetMethod!.CreateDelegate<Func<T, TValue>>();
        private readonly DocumentForm<TValue> _form = DocumentForm<TValue>.Default;
        private readonly bool _mayBeLeftOut = property.ShouldSerialize is not null;

        public override void Write(Utf8JsonWriter writer, T owner)
        {
            var value = _get(owner);
            if (value is null)
            {
                // Null is left out, but where a reader fills in something else.
                if (_mayBeLeftOut) writer.WriteNull(_name);
                return;
            }

            if (_mayBeLeftOut && _form.IsEmpty(value)) return;
            writer.WritePropertyName(_name);
            _form.Write(writer, value);
        }
    }
}

/// <summary>Which types are written property by property.</summary>
internal static class RecordForm
{
    /// <summary>Whether the serializer does nothing for the type but write its properties.</summary>
    public static bool Fits(Type type)
    {
        if (!type.IsClass) return false;
        var info = LoyaltyJson.Documents.GetTypeInfo(type);
        return info is { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: null, OnSerializing: null, OnSerialized: null, NumberHandling: null }
            && info.Properties.All(IsPlain);
    }

    /// <summary>Those that are written.</summary>
    public static IEnumerable<JsonPropertyInfo> PropertiesOf(Type type) => LoyaltyJson.Documents.GetTypeInfo(type).Properties.Where(static property => property.Get is not null);

    private static bool IsPlain(JsonPropertyInfo property)
    {
        if (property.Get is null) return true;
        if (property is not { CustomConverter: null, NumberHandling: null, IsExtensionData: false, AttributeProvider: PropertyInfo { GetMethod: not null } member }) return false;
        // Left out by default is left out when empty where the default is what is empty.
        return member.GetCustomAttribute<JsonIgnoreAttribute>() is null or { Condition: JsonIgnoreCondition.WhenWritingNull }
            || property.PropertyType == typeof(long) || property.PropertyType == typeof(int) || property.PropertyType == typeof(bool) || property.PropertyType.IsEnum;
    }
}
