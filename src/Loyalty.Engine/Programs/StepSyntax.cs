namespace Loyalty.Engine.Programs;

/// <summary>The step types of the language and the options of each; editors' completion and the loader read the same table.</summary>
internal static class StepSyntax
{
    /// <summary>Type → options beside <c>name</c> and the type itself.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Types { get; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["wait"] = ["too-late"],
        ["wait-for"] = ["in-time", "too-late"],
        ["send"] = ["with", "channel", "topic", "class", "give-up", "if-late", "not-sent"],
        ["choose"] = [],
        ["split"] = ["by"],
        ["award"] = ["wallet", "expires", "reason", "if-late", "refused"],
        ["repeat"] = [],
        ["end"] = [],
    };

    /// <summary>Types that the language has and this release does not run yet.</summary>
    public static IReadOnlyList<string> Reserved { get; } = ["offer", "task", "set", "emit", "webhook", "start", "contacts"];
}
