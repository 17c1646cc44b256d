using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Loyalty.Engine.Programs;

/// <summary>Writes a table of keys as JSON Schema (draft 2020-12).</summary>
internal static class SyntaxSchema
{
    private const string NamePattern = "^[a-z][a-z0-9-]{0,39}$";
    private const string DurationPattern = "^[0-9]{1,9}(min|h|d|w|mo|y)$";
    private const string DaysPattern = "^[0-9]{1,9}(d|w)$";
    private const string ClockPattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$";
    private const string DatePattern = "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema of a file, indented, ended by a line break.</summary>
    public static string Write(string title, SyntaxGroup file, JsonObject? definitions = null)
    {
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach (var (name, value) in Group(file)) schema[name] = value?.DeepClone();
        if (definitions is not null) schema["$defs"] = definitions;
        return schema.ToJsonString(Indented) + "\n";
    }

    public static JsonObject Group(SyntaxGroup group)
    {
        var properties = new JsonObject();
        foreach (var key in group.Keys) properties[key.Name] = Key(key);
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        var required = group.Keys.Where(static key => key.IsRequired).Select(static key => (JsonNode)key.Name).ToArray();
        if (required.Length > 0) schema["required"] = new JsonArray(required);
        if (group.IsNotEmpty) schema["minProperties"] = 1;
        if (group.ExactlyOne.Count > 0)
            schema["allOf"] = new JsonArray([.. group.ExactlyOne.Select(static keys => (JsonNode)new JsonObject { ["oneOf"] = new JsonArray([.. keys.Select(static key => (JsonNode)new JsonObject { ["required"] = new JsonArray(key) })]) })]);
        return schema;
    }

    private static JsonObject Key(SyntaxKey key)
    {
        var schema = Value(key);
        schema["description"] = key.Doc;
        return schema;
    }

    private static JsonObject Value(SyntaxKey key) => key.Kind switch
    {
        SyntaxKind.Name => Text(NamePattern),
        SyntaxKind.Text when key.Pattern is not null => Text(key.Pattern),
        SyntaxKind.Flag => new JsonObject { ["type"] = "boolean" },
        SyntaxKind.Integer => new JsonObject { ["type"] = "integer", ["minimum"] = key.Range.From, ["maximum"] = key.Range.To },
        SyntaxKind.Percent => Text("^[0-9]+(\\.[0-9]+)?%$"),
        SyntaxKind.Duration => Text(DurationPattern),
        SyntaxKind.Clock => Text(ClockPattern),
        SyntaxKind.Words => Enumeration(key.Words),
        SyntaxKind.Condition => Text(null),
        SyntaxKind.Formula => Scalar(),
        SyntaxKind.Texts => OneOrMany(Text(key.Pattern)),
        SyntaxKind.Weekdays => OneOrMany(new JsonObject { ["enum"] = new JsonArray([.. Loyalty.Core.Calendars.WeekdayNames.All.Select(static day => (JsonNode)day)]) }),
        SyntaxKind.Dates => OneOrMany(Text(DatePattern)),
        SyntaxKind.Steps => Reference("steps"),
        SyntaxKind.Group => Group(key.Group!),
        SyntaxKind.Groups => new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Group(key.Group!) },
        SyntaxKind.TextOrGroup => new JsonObject { ["oneOf"] = new JsonArray(Text(DurationPattern), Group(key.Group!)) },
        SyntaxKind.Formulas => new JsonObject { ["type"] = "object", ["additionalProperties"] = Scalar() },
        SyntaxKind.Types => AnyName(Enumeration(TypeWords.Words)),
        SyntaxKind.Lateness => Text("^(send|drop|(only-within|spread-over) +[0-9]{1,9}(min|h|d|w|mo|y))$"),
        SyntaxKind.Again => Text("^(never|after-end|after [0-9]{1,9}(min|h|d|w|mo|y))$"),
        SyntaxKind.Until => OneOrMany(Text(null)),
        SyntaxKind.Date => Text("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
        SyntaxKind.Days => Text(DaysPattern),
        SyntaxKind.DayList => OneOrMany(Text(DaysPattern)),
        SyntaxKind.Money => Text("^[0-9]+(\\.[0-9]+)? [A-Z]{3}$"),
        SyntaxKind.Number => new JsonObject { ["type"] = "number" },
        SyntaxKind.Choice => OneOf(key.Choices),
        SyntaxKind.Named => AnyName(OneOf(key.Choices)),
        SyntaxKind.NamedGroups => AnyName(Group(key.Group!)),
        SyntaxKind.NamedTypes => new JsonObject
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = "^[a-z][a-z0-9-]{0,39}\\.[a-z][a-z0-9-]{0,39}$" },
            ["additionalProperties"] = AnyName(Enumeration(TypeWords.Words)),
        },
        SyntaxKind.Scalars => AnyName(Scalar()),
        _ => Scalar(),
    };

    private static JsonObject Text(string? pattern) =>
        pattern is null ? new JsonObject { ["type"] = "string" } : new JsonObject { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Scalar() => new() { ["type"] = new JsonArray("string", "number", "boolean") };

    private static JsonObject OneOrMany(JsonObject one) => new()
    {
        ["oneOf"] = new JsonArray(one, new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = one.DeepClone() }),
    };

    public static JsonObject Reference(string name) => new() { ["$ref"] = "#/$defs/" + name };

    private static JsonObject Enumeration(IReadOnlyList<string> words) => new() { ["enum"] = new JsonArray([.. words.Select(static word => (JsonNode)word)]) };

    private static JsonObject OneOf(IReadOnlyList<SyntaxKey> choices) =>
        choices.Count == 1 ? Value(choices[0]) : new JsonObject { ["oneOf"] = new JsonArray([.. choices.Select(static choice => (JsonNode)Value(choice))]) };

    private static JsonObject AnyName(JsonObject value) => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = NamePattern },
        ["additionalProperties"] = value,
    };
}
