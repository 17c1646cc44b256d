using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>What counts now: the one document that publishing replaces, under its ETag.</summary>
public sealed record LiveDocument
{
    /// <summary>Goes up with every publish, pause and resume.</summary>
    public int Revision { get; init; }

    /// <summary>The newest program.yaml, templates and whatever else is no journey: path → hash.</summary>
    public ImmutableSortedDictionary<string, string> Files { get; init; } = Definitions.NoHashes;

    /// <summary>Goes up when <see cref="Files"/> change.</summary>
    public int ProgramVersion { get; init; }

    /// <summary>When <see cref="Files"/> changed last.</summary>
    public Instant? ProgramAt { get; init; }

    /// <summary>Versions of what grants points (<see cref="RuleVersions"/>), also of names that were taken away; one that is not here has its first.</summary>
    public ImmutableSortedDictionary<string, int> Rules { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>By name, withdrawn ones included.</summary>
    public ImmutableSortedDictionary<string, LiveJourney> Journeys { get; init; } =
        ImmutableSortedDictionary.Create<string, LiveJourney>(StringComparer.Ordinal);

    /// <summary>The program's folder as the last start saw it; a start publishes only what has changed there since.</summary>
    public ImmutableSortedDictionary<string, string>? Startup { get; init; }
}

/// <summary>A journey's live version.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Hash">Of its file.</param>
public sealed record LiveJourney(int Version, string Hash)
{
    /// <summary>Since when it is paused; null: it runs.</summary>
    public Instant? PausedAt { get; init; }

    /// <summary>Since when nobody enters any more, because its file was taken away; people inside finish.</summary>
    public Instant? WithdrawnAt { get; init; }

    /// <summary>Every hidden step id of any version, with its type.</summary>
    public ImmutableSortedDictionary<string, string> UsedIds { get; init; } = Definitions.NoHashes;
}

/// <summary>A published version of a journey; never changed.</summary>
/// <param name="Files">The program as it was then: path → hash; of the journeys only this one.</param>
public sealed record PublishedVersion(ImmutableSortedDictionary<string, string> Files)
{
    /// <summary>null: published before this was noted.</summary>
    public Instant? At { get; init; }

    /// <summary><c>start</c> (the folder at a start), <c>command</c> or <c>http</c>.</summary>
    public string? By { get; init; }

    /// <summary>What happened to people inside: <c>pin</c>, <c>follow</c>, <c>map …</c>, <c>end …</c>; null: nobody was.</summary>
    public string? InFlight { get; init; }

    /// <summary>The version whose bytes these are, if this was a rollback.</summary>
    public int? RollbackOf { get; init; }

    /// <summary>Hidden step ids that differ from the step's name.</summary>
    public ImmutableSortedDictionary<string, string> StepIds { get; init; } = Definitions.NoHashes;
}

/// <summary>A file by its content.</summary>
public sealed record PublishedFile(string Bytes);

/// <summary>The documents of the partition <c>definitions</c>.</summary>
public static class Definitions
{
    public const string Partition = "definitions";
    public const string LiveId = "live";
    private const int FilesPerBatch = 20;

    /// <summary>Nothing.</summary>
    public static ImmutableSortedDictionary<string, string> NoHashes { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static string JourneyPath(string journey) => $"journeys/{journey}.yaml";

    public static bool IsJourney(string path) => path.StartsWith("journeys/", StringComparison.Ordinal);

    public static string Hash(ReadOnlyMemory<byte> bytes) => Hashing.Id(32, "file", Convert.ToBase64String(bytes.Span));

    public static string FileId(string hash) => "file-" + hash;

    public static string VersionId(string journey, int version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"journey-{journey}-{version}");

    public static string EditsId(string journey) => EditsPrefix + journey;

    public const string EditsPrefix = "edits-";

    /// <summary>The hashes of a set of files.</summary>
    public static ImmutableSortedDictionary<string, string> Hashes(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files) =>
        files.ToImmutableSortedDictionary(static file => file.Key, static file => Hash(file.Value), StringComparer.Ordinal);

    /// <summary>Files by path; null: one of them is not kept here.</summary>
    public static async Task<Dictionary<string, ReadOnlyMemory<byte>>?> ReadFilesAsync(
        IDocumentStore store, IEnumerable<KeyValuePair<string, string>> hashes, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Partition);
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (path, hash) in hashes)
        {
            if (await session.ReadAsync<PublishedFile>(FileId(hash), cancellation) is not { } file) return null;
            files[path] = Convert.FromBase64String(file.Bytes);
        }

        return files;
    }

    /// <summary>Files are kept by their content: one that is there already is the same file.</summary>
    public static async Task KeepFilesAsync(
        IDocumentStore store, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, CancellationToken cancellation)
    {
        var hashes = Hashes(files);
        foreach (var chunk in files.DistinctBy(file => hashes[file.Key]).Chunk(FilesPerBatch))
        {
            var writes = chunk.Select(file => (DocumentWrite)new DocumentWrite.Upsert(
                FileId(hashes[file.Key]),
                Kinds.Definition,
                Core.Serialization.LoyaltyJson.Write(new PublishedFile(Convert.ToBase64String(file.Value.Span)))));
            await store.CommitAsync(Partition, [.. writes], cancellation);
        }
    }
}
