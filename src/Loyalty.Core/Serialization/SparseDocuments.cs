using System.Collections;
using System.Text.Json.Serialization.Metadata;
using Loyalty.Core.Journeys;

namespace Loyalty.Core.Serialization;

/// <summary>
/// Leaves out what a document's reader fills in by itself: empty collections, zeros and <c>false</c> where that is what the property begins with. A third
/// of a small document is such; a store that charges by size charges for it.
/// </summary>
internal static class SparseDocuments
{
    /// <summary>Decides property by property: one that has to be there, and one that does not begin with its type's empty value, is always written.</summary>
    public static void Apply(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object || info.Type.IsAbstract || info.CreateObject is null) return;
        object? fresh = null;
        foreach (var property in info.Properties)
        {
            if (property.IsRequired || property.Get is not { } get || property.ShouldSerialize is not null || IsEmptyOf(property.PropertyType) is not { } isEmpty) continue;
            fresh ??= Activator.CreateInstance(info.Type, nonPublic: true);
            if (isEmpty(get(fresh!))) property.ShouldSerialize = (_, value) => !isEmpty(value);
        }
    }

    /// <summary>Tells the type's empty value from others; null: it has none.</summary>
    internal static Func<object?, bool>? IsEmptyOf(Type type)
    {
        if (type == typeof(long)) return static value => value is 0L;
        if (type == typeof(int)) return static value => value is 0;
        if (type == typeof(bool)) return static value => value is false;
        if (type == typeof(StepRecordDictionary)) return static value => value is StepRecordDictionary { Count: 0 };
        // A nullable collection says something by being empty.
        return type.IsGenericType && type.Namespace == "System.Collections.Immutable" ? static value => value is ICollection { Count: 0 } : null;
    }
}
