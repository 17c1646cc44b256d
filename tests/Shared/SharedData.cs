namespace Loyalty.Tests;

/// <summary>Real payloads and purchase logs that lie beside the repository (../shared/data) and are no part of it; a test that needs them carries <see cref="SharedDataFactAttribute"/>.</summary>
internal static class SharedData
{
    /// <summary>null where the file or folder is there.</summary>
    public static string? WhyNot(string path) => Path.Exists(Full(path)) ? null : $"../shared/data/{path} is not present";

    public static string Full(string path) => SourceTree.File("..", "shared", "data", path);
}

/// <summary>A test over shared data; skipped with its reason where that is absent. Decided when tests are discovered, because xunit 2 cannot skip a test that runs.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string path) => Skip = SharedData.WhyNot(path);
}

/// <inheritdoc cref="SharedDataFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string path) => Skip = SharedData.WhyNot(path);
}
