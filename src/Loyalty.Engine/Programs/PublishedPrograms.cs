using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Programs;

/// <summary>
/// The published program. What is published is kept in the store byte for byte, so that a run finishes on the version it is on, whatever
/// becomes of the files. A journey's version goes up by one when its file differs from the live one.
/// </summary>
public sealed class PublishedPrograms : IProgramSource
{
    private const string Partition = "definitions";
    private const string LiveId = "live";
    private const int FilesPerBatch = 20;
    private readonly IDocumentStore _store;
    private readonly ConcurrentDictionary<(string Journey, int Version), JourneyDefinition> _definitions = new();
    private readonly LiveProgram _current;

    private PublishedPrograms(IDocumentStore store, LiveProgram current)
    {
        _store = store;
        _current = current;
        foreach (var journey in current.Journeys) _definitions[(journey.Name, journey.Version)] = journey;
    }

    /// <inheritdoc/>
    public LiveProgram Current => _current;

    /// <summary>Publishes the files if they differ from what is live, and answers with the live program.</summary>
    /// <param name="store">Where versions are kept.</param>
    /// <param name="program">Loaded without errors.</param>
    /// <param name="cancellation">Gives up; publishing again goes on.</param>
    public static async Task<PublishedPrograms> PublishAsync(
        IDocumentStore store, LoyaltyProgram program, CancellationToken cancellation = default)
    {
        var versions = await Attempts.UntilCommittedAsync(() => TryPublishAsync(store, program, cancellation));
        var live = program.ToLive();
        var journeys = live.Journeys.Select(
            journey => journey with { Version = versions.Journeys[journey.Name].Version });
        return new PublishedPrograms(store, live with { Journeys = [.. journeys] });
    }

    /// <inheritdoc/>
    public async ValueTask<JourneyDefinition?> DefinitionAsync(
        string journey, int version, CancellationToken cancellation = default)
    {
        if (_definitions.TryGetValue((journey, version), out var known)) return known;
        var session = new PartitionSession(_store, Partition);
        if (await session.ReadAsync<PublishedVersion>(VersionId(journey, version), cancellation) is not { } published)
            return null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (path, hash) in published.Files)
        {
            if (await session.ReadAsync<PublishedFile>(FileId(hash), cancellation) is { } file)
                files[path] = Convert.FromBase64String(file.Bytes);
        }

        var load = ProgramLoader.Load(files);
        if (load.Program?.Journeys.GetValueOrDefault(journey) is not { } definition) return null;
        return _definitions.GetOrAdd((journey, version), definition with { Version = version });
    }

    private static async Task<LiveVersions?> TryPublishAsync(
        IDocumentStore store, LoyaltyProgram program, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Partition);
        var before = await session.ReadAsync<LiveVersions>(LiveId, cancellation) ?? new LiveVersions();
        var files = program.Files.ToImmutableSortedDictionary(
            static file => file.Key, static file => Hash(file.Value), StringComparer.Ordinal);
        var journeys = before.Journeys;
        foreach (var name in program.Journeys.Keys)
        {
            var hash = files[$"journeys/{name}.yaml"];
            var live = before.Journeys.GetValueOrDefault(name);
            if (live?.Hash == hash) continue;
            var next = new LiveVersion((live?.Version ?? 0) + 1, hash);
            journeys = journeys.SetItem(name, next);
            var own = files.Where(file => !file.Key.StartsWith("journeys/", StringComparison.Ordinal) || file.Key == $"journeys/{name}.yaml");
            await session.ReadAsync<PublishedVersion>(VersionId(name, next.Version), cancellation);
            session.Put(
                VersionId(name, next.Version),
                Kinds.Definition,
                new PublishedVersion(own.ToImmutableSortedDictionary(StringComparer.Ordinal)));
        }

        if (journeys == before.Journeys) return before;
        await KeepFilesAsync(store, program, files, cancellation);
        session.Put(LiveId, Kinds.Definition, new LiveVersions { Journeys = journeys });
        return await session.CommitAsync(cancellation) ? new LiveVersions { Journeys = journeys } : null;
    }

    /// <summary>Files are kept by their content: one that is there already is the same file.</summary>
    private static async Task KeepFilesAsync(
        IDocumentStore store, LoyaltyProgram program, ImmutableSortedDictionary<string, string> hashes, CancellationToken cancellation)
    {
        var files = program.Files.DistinctBy(file => hashes[file.Key]).Chunk(FilesPerBatch);
        foreach (var chunk in files)
        {
            var writes = chunk.Select(file => (DocumentWrite)new DocumentWrite.Upsert(
                FileId(hashes[file.Key]),
                Kinds.Definition,
                Core.Serialization.LoyaltyJson.Write(new PublishedFile(Convert.ToBase64String(file.Value.Span)))));
            await store.CommitAsync(Partition, [.. writes], cancellation);
        }
    }

    private static string Hash(ReadOnlyMemory<byte> bytes) =>
        Hashing.Id(32, "file", Convert.ToBase64String(bytes.Span));

    private static string FileId(string hash) => "file-" + hash;

    private static string VersionId(string journey, int version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"journey-{journey}-{version}");

    private sealed record LiveVersions
    {
        public ImmutableSortedDictionary<string, LiveVersion> Journeys { get; init; } =
            ImmutableSortedDictionary.Create<string, LiveVersion>(StringComparer.Ordinal);
    }

    private sealed record LiveVersion(int Version, string Hash);

    private sealed record PublishedVersion(ImmutableSortedDictionary<string, string> Files);

    private sealed record PublishedFile(string Bytes);
}

/// <summary>The program's files have errors; the message lists every finding with file, line, column and remedy.</summary>
public sealed class ProgramException(IReadOnlyList<Finding> findings)
    : Exception("The program has errors:\n  " + string.Join("\n  ", findings))
{
    public IReadOnlyList<Finding> Findings { get; } = findings;
}
