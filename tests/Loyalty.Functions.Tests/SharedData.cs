using System.Text.Json;

namespace Loyalty.Functions.Tests;

/// <summary>
/// A test over data that is not part of the repository (../shared/data beside it); skipped with its reason where that is absent. Decided when tests
/// are discovered, because xunit 2 cannot skip a test that runs.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string path) => Skip = SharedData.WhyNot(path);
}

/// <inheritdoc cref="SharedDataFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string path) => Skip = SharedData.WhyNot(path);
}

internal static class SharedData
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>null where the file or folder is there.</summary>
    public static string? WhyNot(string path) => Path.Exists(Full(path)) ? null : $"../shared/data/{path} is not present";

    public static string Full(string path) => Path.Combine(Root, "..", "shared", "data", path);

    /// <summary>A webhook's bodies: the file as it is, or the elements of a REST envelope.</summary>
    public static IReadOnlyList<byte[]> Bodies(string path)
    {
        var file = File.ReadAllBytes(Full(path));
        using var document = JsonDocument.Parse(file);
        var members = document.RootElement.EnumerateObject().ToList();
        if (members.Count != 1) return [file];
        var only = members[0].Value;
        return only.ValueKind == JsonValueKind.Array
            ? [.. only.EnumerateArray().Select(static e => JsonSerializer.SerializeToUtf8Bytes(e))]
            : [JsonSerializer.SerializeToUtf8Bytes(only)];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoyaltyFunctions.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("No solution above the tests.");
        return folder.FullName;
    }
}
