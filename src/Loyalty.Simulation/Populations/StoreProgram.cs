using System.Globalization;
using System.Text.Json;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;

namespace Loyalty.Simulation.Populations;

/// <summary>The program that is live in a store, read as it was published and without publishing anything.</summary>
public static class StoreProgram
{
    private const string Partition = "definitions";

    /// <summary>What is live; null: nothing was ever published there, or it cannot be loaded by this version.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LoyaltyProgram?> ReadAsync(IDocumentStore store, CancellationToken cancellation = default)
    {
        if (await JsonAsync(store, "live", cancellation) is not { } live || !live.TryGetProperty("journeys", out var journeys)) return null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var versions = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var journey in journeys.EnumerateObject())
        {
            var version = journey.Value.GetProperty("version").GetInt32();
            versions[journey.Name] = version;
            var id = string.Create(CultureInfo.InvariantCulture, $"journey-{journey.Name}-{version}");
            if (await JsonAsync(store, id, cancellation) is not { } published) return null;
            foreach (var file in published.GetProperty("files").EnumerateObject())
            {
                // What journeys share may have been published again with a later one: the later one's counts.
                if (!await AddAsync(store, files, file, cancellation)) return null;
            }
        }

        // Newer documents name the program's own files beside the journeys': those count.
        if (live.TryGetProperty("files", out var own) && own.ValueKind == JsonValueKind.Object)
        {
            foreach (var file in own.EnumerateObject())
            {
                if (!file.Name.StartsWith("journeys/", StringComparison.Ordinal) && !await AddAsync(store, files, file, cancellation)) return null;
            }
        }

        if (ProgramLoader.Load(files, isPublished: true).Program is not { } program) return null;
        return program with
        {
            Journeys = program.Journeys.SetItems(program.Journeys.Select(one =>
                KeyValuePair.Create(one.Key, one.Value with { Version = versions.GetValueOrDefault(one.Key, one.Value.Version) }))),
        };
    }

    private static async Task<bool> AddAsync(
        IDocumentStore store, Dictionary<string, ReadOnlyMemory<byte>> files, JsonProperty file, CancellationToken cancellation)
    {
        if (await JsonAsync(store, "file-" + file.Value.GetString(), cancellation) is not { } kept) return false;
        files[file.Name] = Convert.FromBase64String(kept.GetProperty("bytes").GetString()!);
        return true;
    }

    private static async Task<JsonElement?> JsonAsync(IDocumentStore store, string id, CancellationToken cancellation)
    {
        if (await store.ReadAsync(Partition, id, cancellation) is not { } document) return null;
        using var json = JsonDocument.Parse(document.Body);
        return json.RootElement.Clone();
    }
}
