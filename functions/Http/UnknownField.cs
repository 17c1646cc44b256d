using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Loyalty.Core;

namespace Loyalty.Functions.Http;

/// <summary>
/// A field of a body that there is not. It is refused rather than passed over: a misspelt <c>taxMinor</c> changes what points pay, a misspelt signal is a
/// check that never runs, and nobody would ever be told.
/// </summary>
internal static class UnknownField
{
    /// <summary>What the serializer says of a field that it cannot place; it has no other sign for it.</summary>
    private const string Sign = "could not be mapped to any .NET member";

    /// <summary>Characters of the place that are told.</summary>
    private const int MostShown = 100;

    /// <summary>Names the field and what was probably meant; null: something else is wrong.</summary>
    /// <param name="malformed">What reading the body has thrown.</param>
    /// <param name="request">The type that was read.</param>
    /// <param name="options">How it was read.</param>
    public static string? Tell(JsonException malformed, Type request, JsonSerializerOptions options)
    {
        if (malformed.Path is not { } path || !malformed.Message.Contains(Sign, StringComparison.Ordinal)) return null;
        var place = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        var name = place[(place.LastIndexOf('.') + 1)..];
        var names = Names(options.GetTypeInfo(request), options, []);
        // Of the right name in the wrong place the place is what is wrong.
        var nearest = names.Contains(name) ? name : NearestName.Of(name, names);
        return $"{(place.Length > MostShown ? place[..MostShown] + "…" : place)}: there is no such field{(nearest is null ? "" : nearest == name ? "; it belongs to another part of the body" : $"; '{nearest}' is one")}.";
    }

    /// <summary>Every field's name in a type and in what it is made of.</summary>
    private static HashSet<string> Names(JsonTypeInfo type, JsonSerializerOptions options, HashSet<Type> seen)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (!seen.Add(type.Type)) return names;
        if (type.ElementType is { } element) return Names(options.GetTypeInfo(element), options, seen);
        foreach (var property in type.Properties)
        {
            names.Add(property.Name);
            names.UnionWith(Names(options.GetTypeInfo(property.PropertyType), options, seen));
        }

        return names;
    }
}
