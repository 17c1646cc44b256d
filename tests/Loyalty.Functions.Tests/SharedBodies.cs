using System.Text.Json;

namespace Loyalty.Functions.Tests;

/// <summary>Webhooks' bodies among the shared data.</summary>
internal static class SharedBodies
{
    /// <summary>The file as it is, or the elements of a REST envelope.</summary>
    public static IReadOnlyList<byte[]> Read(string path)
    {
        var file = File.ReadAllBytes(SharedData.Full(path));
        using var document = JsonDocument.Parse(file);
        var members = document.RootElement.EnumerateObject().ToList();
        if (members.Count != 1) return [file];
        var only = members[0].Value;
        return only.ValueKind == JsonValueKind.Array
            ? [.. only.EnumerateArray().Select(static e => JsonSerializer.SerializeToUtf8Bytes(e))]
            : [JsonSerializer.SerializeToUtf8Bytes(only)];
    }
}
