using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>Reads a JSON Schema as an editor does: the keywords that the journey schema uses, and nothing of the loader.</summary>
internal sealed class SchemaReader(JsonObject root)
{
    private readonly HashSet<JsonNode> _visited = new(ReferenceEqualityComparer.Instance);

    public List<string> Check(JsonNode? value) => Check(value, root, "$");

    public static JsonNode? FromYaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Convert(stream.Documents[0].RootNode);
    }

    /// <summary>Paths of the keys that no file so far had.</summary>
    public List<string> Unvisited() => [.. Unvisited(root, "$")];

    private IEnumerable<string> Unvisited(JsonNode? schema, string path)
    {
        switch (schema)
        {
            case JsonArray list:
                foreach (var one in list.SelectMany(item => Unvisited(item, path))) yield return one;
                break;
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    if (key == "properties" && value is JsonObject properties)
                    {
                        foreach (var (name, property) in properties)
                        {
                            if (!_visited.Contains(property!)) yield return $"{path}.{name}";
                            else foreach (var one in Unvisited(property, $"{path}.{name}")) yield return one;
                        }
                    }
                    else
                    {
                        foreach (var one in Unvisited(value, key == "items" ? path + "[]" : key == "additionalProperties" ? path + ".*" : path)) yield return one;
                    }
                }

                break;
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain } number when decimal.TryParse(number.Value, System.Globalization.CultureInfo.InvariantCulture, out var value) => JsonValue.Create(value),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    private List<string> Check(JsonNode? value, JsonObject schema, string path)
    {
        var errors = new List<string>();
        if (schema["$ref"] is { } reference) return Check(value, (JsonObject)root["$defs"]![((string)reference!)["#/$defs/".Length..]]!, path);
        if (schema["type"] is { } type && !(type is JsonArray many ? many : [type.DeepClone()]).Any(one => IsOf(value, (string)one!))) return [$"{path}: {type.ToJsonString()} expected"];
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value))) errors.Add($"{path}: one of {words.ToJsonString()} expected");
        if (schema["pattern"] is { } pattern && !Regex.IsMatch((string)value!, (string)pattern!)) errors.Add($"{path}: {pattern} expected");
        if (schema["minimum"] is { } least && (decimal)value! < (decimal)least) errors.Add($"{path}: at least {least}");
        if (schema["maximum"] is { } most && (decimal)value! > (decimal)most) errors.Add($"{path}: at most {most}");
        foreach (var part in schema["allOf"] as JsonArray ?? []) errors.AddRange(Check(value, (JsonObject)part!, path));
        if (schema["oneOf"] is JsonArray options)
        {
            var tried = options.Select(option => Check(value, (JsonObject)option!, path)).ToList();
            if (tried.Count(static t => t.Count == 0) != 1) errors.AddRange(tried.MinBy(static t => t.Count)!.Append($"{path}: fits {tried.Count(static t => t.Count == 0)} of {options.Count}"));
        }

        if (value is JsonArray items)
        {
            if (schema["minItems"] is { } fewest && items.Count < (int)fewest) errors.Add($"{path}: too few");
            if (schema["items"] is JsonObject item) errors.AddRange(items.SelectMany((one, i) => Check(one, item, $"{path}[{i}]")));
        }

        if (value is JsonObject map) errors.AddRange(CheckMap(map, schema, path));
        return errors;
    }

    private IEnumerable<string> CheckMap(JsonObject map, JsonObject schema, string path)
    {
        foreach (var name in (schema["required"] as JsonArray)?.Select(static n => (string)n!) ?? [])
        {
            if (!map.ContainsKey(name)) yield return $"{path}: lacks {name}";
        }

        if (schema["minProperties"] is { } least && map.Count < (int)least) yield return $"{path}: too few keys";
        var properties = schema["properties"] as JsonObject;
        foreach (var (name, value) in map)
        {
            if (schema["propertyNames"] is JsonObject names && !Regex.IsMatch(name, (string)names["pattern"]!)) yield return $"{path}: {name} is no name";
            if (properties?[name] is { } declared) _visited.Add(declared);
            var own = properties?[name] as JsonObject ?? schema["additionalProperties"] as JsonObject;
            if (own is not null)
            {
                foreach (var error in Check(value, own, $"{path}.{name}")) yield return error;
            }
            else if (schema["additionalProperties"] is JsonValue)
            {
                yield return $"{path}: no key {name}";
            }
        }
    }

    private static bool IsOf(JsonNode? value, string type) => (type, value) switch
    {
        ("object", JsonObject) or ("array", JsonArray) => true,
        ("string", JsonValue v) => v.TryGetValue<string>(out _),
        ("boolean", JsonValue v) => v.TryGetValue<bool>(out _),
        ("number", JsonValue v) => v.TryGetValue<decimal>(out _),
        ("integer", JsonValue v) => v.TryGetValue<decimal>(out var number) && number == decimal.Truncate(number),
        _ => false,
    };
}
