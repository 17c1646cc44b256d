using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Loyalty.Engine.Programs;

/// <summary>The JSON Schema of journey files, for editors: written from the table that the loader reads by, so the two cannot drift.</summary>
public static class JourneySchema
{
    private const string NamePattern = "^[a-z][a-z0-9-]{0,39}$";
    private const string DurationPattern = "^[0-9]{1,9}(min|h|d|w|mo|y)$";
    private const string ClockPattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$";
    private const string DatePattern = "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema (draft 2020-12), indented, ended by a line break.</summary>
    public static string Write()
    {
        var definitions = new JsonObject { ["steps"] = Steps() };
        foreach (var step in JourneySyntax.StepTypes) definitions["step-" + step.Type.Name] = Step(step);
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A journey of Loyalty Functions",
        };
        foreach (var (name, value) in Group(JourneySyntax.Journey)) schema[name] = value?.DeepClone();
        schema["$defs"] = definitions;
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Steps() => new()
    {
        ["type"] = "array",
        ["minItems"] = 1,
        ["items"] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("name"),
            ["oneOf"] = new JsonArray([.. JourneySyntax.StepTypes.Select(static step => (JsonNode)Reference("step-" + step.Type.Name))]),
        },
    };

    private static JsonObject Step(SyntaxStep step) => Group(new SyntaxGroup(
        step.Type.Name,
        [new SyntaxKey("name", SyntaxKind.Name, "The step's name, unique over the journey.") { IsRequired = true }, step.Type with { IsRequired = true }, .. step.Options]));

    private static JsonObject Group(SyntaxGroup group)
    {
        var properties = new JsonObject();
        foreach (var key in group.Keys) properties[key.Name] = Key(key);
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        var required = group.Keys.Where(static key => key.IsRequired).Select(static key => (JsonNode)key.Name).ToArray();
        if (required.Length > 0) schema["required"] = new JsonArray(required);
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
        SyntaxKind.Flag => new JsonObject { ["type"] = "boolean" },
        SyntaxKind.Integer => new JsonObject { ["type"] = "integer", ["minimum"] = key.Range.From, ["maximum"] = key.Range.To },
        SyntaxKind.Percent => Text("^[0-9]+(\\.[0-9]+)?%$"),
        SyntaxKind.Duration => Text(DurationPattern),
        SyntaxKind.Clock => Text(ClockPattern),
        SyntaxKind.Words => new JsonObject { ["enum"] = new JsonArray([.. key.Words.Select(static word => (JsonNode)word)]) },
        SyntaxKind.Condition => Text(null),
        SyntaxKind.Formula => Scalar(),
        SyntaxKind.Texts => OneOrMany(Text(null)),
        SyntaxKind.Weekdays => OneOrMany(new JsonObject { ["enum"] = new JsonArray([.. Loyalty.Core.Calendars.WeekdayNames.All.Select(static day => (JsonNode)day)]) }),
        SyntaxKind.Dates => OneOrMany(Text(DatePattern)),
        SyntaxKind.Steps => Reference("steps"),
        SyntaxKind.Group => Group(key.Group!),
        SyntaxKind.Groups => new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Group(key.Group!) },
        SyntaxKind.TextOrGroup => new JsonObject { ["oneOf"] = new JsonArray(Text(DurationPattern), Group(key.Group!)) },
        SyntaxKind.Formulas => new JsonObject { ["type"] = "object", ["additionalProperties"] = Scalar() },
        SyntaxKind.Types => new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = new JsonObject { ["enum"] = new JsonArray([.. TypeWords.Words.Select(static word => (JsonNode)word)]) },
        },
        SyntaxKind.Lateness => Text("^(send|drop|(only-within|spread-over) +[0-9]{1,9}(min|h|d|w|mo|y))$"),
        SyntaxKind.Again => Text("^(never|after-end|after [0-9]{1,9}(min|h|d|w|mo|y))$"),
        SyntaxKind.Until => OneOrMany(Text(null)),
        _ => Scalar(),
    };

    private static JsonObject Text(string? pattern) =>
        pattern is null ? new JsonObject { ["type"] = "string" } : new JsonObject { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Scalar() => new() { ["type"] = new JsonArray("string", "number", "boolean") };

    private static JsonObject OneOrMany(JsonObject one) => new()
    {
        ["oneOf"] = new JsonArray(one, new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = one.DeepClone() }),
    };

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/$defs/" + name };
}
