using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Functions.OpenApi;

/// <summary>The schemas of the document: what the program's own JSON writer makes of a type, one component each.</summary>
internal sealed class OpenApiSchemas
{
    private const string Prefix = "#/components/schemas/";

    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    private readonly SortedDictionary<string, (Type Type, JsonNode Schema)> _components = new(StringComparer.Ordinal);

    /// <summary>A reference to the component of a type; of a list, an array of references.</summary>
    public JsonNode Reference(Type type)
    {
        if (ItemOf(type) is { } item) return new JsonObject { ["type"] = "array", ["items"] = Reference(item) };
        var name = NameOf(type);
        if (!_components.TryGetValue(name, out var known))
        {
            var schema = type == typeof(JsonNode) || type == typeof(object) ? new JsonObject() : LoyaltyJson.Options.GetJsonSchemaAsNode(type, Exporter);
            // The exporter's inner references count from the schema's own root, which an id makes it.
            if (schema is JsonObject root && schema.ToJsonString().Contains("\"$ref\"", StringComparison.Ordinal)) root["$id"] = "urn:loyalty:schema:" + name;
            _components.Add(name, (type, schema));
        }
        else if (known.Type != type)
        {
            throw new InvalidOperationException($"{known.Type} and {type} would both be the schema '{name}'; rename one.");
        }

        return new JsonObject { ["$ref"] = Prefix + name };
    }

    /// <summary>All components that were referred to.</summary>
    public JsonObject ToComponents() => new(_components.Select(static one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value.Schema)));

    private static Type? ItemOf(Type type)
    {
        if (type == typeof(string) || typeof(IDictionary).IsAssignableFrom(type) || typeof(JsonNode).IsAssignableFrom(type)) return null;
        if (type.IsArray) return type.GetElementType();
        var list = type.GetInterfaces().Append(type).Where(static one => one.IsGenericType).ToList();
        if (list.Exists(static one => one.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))) return null;
        return list.Find(static one => one.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
    }

    private static string NameOf(Type type)
    {
        var name = type.Name.Split('`')[0];
        if (type.IsGenericType) name += "Of" + string.Concat(type.GetGenericArguments().Select(NameOf));
        return type.DeclaringType is { } outer && !type.IsGenericParameter ? NameOf(outer) + name : name;
    }

    /// <summary>What the converters write is not to be seen from their types.</summary>
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(Instant)) return Text("date-time");
        if (type == typeof(LocalDate)) return Text("date");
        if (type == typeof(Problem) && schema["properties"] is JsonObject properties)
        {
            properties["code"] = new JsonObject
            {
                ["type"] = "string",
                ["enum"] = new JsonArray([.. Enum.GetValues<RefusalCode>().Select(static code => (JsonNode)RefusalTable.Name(code))]),
                ["description"] = "docs/reference/errors.md explains each.",
            };
        }

        return schema;
    }

    private static JsonObject Text(string format) => new() { ["type"] = "string", ["format"] = format };
}
