using System.Text.Json.Nodes;

namespace Loyalty.Engine.Programs;

/// <summary>The JSON Schema of journey files, for editors: written from the table that the loader reads by, so the two cannot drift.</summary>
public static class JourneySchema
{
    /// <summary>The schema (draft 2020-12), indented, ended by a line break.</summary>
    public static string Write()
    {
        var definitions = new JsonObject { ["steps"] = Steps() };
        foreach (var step in JourneySyntax.StepTypes) definitions["step-" + step.Type.Name] = Step(step);
        return SyntaxSchema.Write("A journey of Loyalty Functions", JourneySyntax.Journey, definitions);
    }

    private static JsonObject Steps() => new()
    {
        ["type"] = "array",
        ["minItems"] = 1,
        ["items"] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("name"),
            ["oneOf"] = new JsonArray([.. JourneySyntax.StepTypes.Select(static step => (JsonNode)SyntaxSchema.Reference("step-" + step.Type.Name))]),
        },
    };

    private static JsonObject Step(SyntaxStep step) => SyntaxSchema.Group(new SyntaxGroup(
        step.Type.Name,
        [new SyntaxKey("name", SyntaxKind.Name, "The step's name, unique over the journey.") { IsRequired = true }, step.Type with { IsRequired = true }, .. step.Options]));
}

/// <summary>The JSON Schema of program.yaml, from the loader's table.</summary>
public static class ProgramSchema
{
    /// <inheritdoc cref="JourneySchema.Write"/>
    public static string Write() => SyntaxSchema.Write("program.yaml of Loyalty Functions", ProgramSyntax.Program);
}

/// <summary>The JSON Schema of offers.yaml, from the loader's table.</summary>
public static class OfferSchema
{
    /// <inheritdoc cref="JourneySchema.Write"/>
    public static string Write() => SyntaxSchema.Write("offers.yaml of Loyalty Functions", OfferSyntax.File);
}
