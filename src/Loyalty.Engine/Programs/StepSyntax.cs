namespace Loyalty.Engine.Programs;

/// <summary>The step types of the language and the options of each; editors' completion and the loader read the same table.</summary>
internal static class StepSyntax
{
    /// <summary>Type → options beside <c>name</c> and the type itself.</summary>
    public static IReadOnlyDictionary<string, SyntaxStep> Types { get; } =
        JourneySyntax.StepTypes.ToDictionary(static step => step.Type.Name, StringComparer.Ordinal);

    /// <summary>Types that the language has and this release does not run yet.</summary>
    public static IReadOnlyList<string> Reserved { get; } = ["contacts"];
}
