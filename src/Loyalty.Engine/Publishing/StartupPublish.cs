using System.Collections.Immutable;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Engine.Programs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>
/// What a start publishes: the difference between the folder now and the folder at the last start. So a deployment publishes what it brings, and
/// what a marketer published in between stays.
/// </summary>
internal static class StartupPublish
{
    /// <returns>What is live afterwards; null: somebody was faster.</returns>
    public static async Task<LiveDocument?> TryAsync(
        IDocumentStore store, LoyaltyProgram program, bool publishes, Instant? now, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        var before = await session.ReadAsync<LiveDocument>(Definitions.LiveId, cancellation);
        if (before is not null && !publishes) return before;
        var live = before ?? new LiveDocument();
        var hashes = Definitions.Hashes(program.Files);
        if (live.Startup is { } last && last.SequenceEqual(hashes)) return live;

        var next = Files(live, hashes, now);
        foreach (var name in program.Journeys.Keys)
        {
            var path = Definitions.JourneyPath(name);
            var known = live.Journeys.GetValueOrDefault(name);
            if (known is not null && live.Startup?.GetValueOrDefault(path) == hashes[path]) continue;
            if (known is { WithdrawnAt: null } && known.Hash == hashes[path]) continue;
            next = await AddVersionAsync(store, session, next, program, name, known, hashes, now, cancellation);
        }

        foreach (var name in live.Journeys.Keys)
        {
            var path = Definitions.JourneyPath(name);
            if (hashes.ContainsKey(path) || live.Startup?.ContainsKey(path) == false) continue;
            if (live.Journeys[name].WithdrawnAt is null) next = With(next, name, live.Journeys[name] with { WithdrawnAt = now ?? Instant.MinValue });
        }

        next = next with { Startup = hashes, Revision = live.Revision + 1 };
        await Definitions.KeepFilesAsync(store, program.Files, cancellation);
        var merged = await CheckAsync(store, next, hashes, program, cancellation);
        if (next.Files != live.Files)
        {
            var was = before is null ? null : await Definitions.ReadFilesAsync(store, PublishedPrograms.HashesOf(before), cancellation);
            next = next with { Rules = RuleVersions.Next(live.Rules, was is null ? null : ProgramLoader.Load(was, isPublished: true).Program, merged) };
        }

        session.Put(Definitions.LiveId, Kinds.Definition, next);
        return await session.CommitAsync(cancellation) ? next : null;
    }

    private static LiveDocument With(LiveDocument live, string journey, LiveJourney one) => live with { Journeys = live.Journeys.SetItem(journey, one) };

    /// <summary>Everything that is no journey: changed in the folder since the last start, so it is the folder's; else what is live.</summary>
    private static LiveDocument Files(LiveDocument live, ImmutableSortedDictionary<string, string> hashes, Instant? now)
    {
        var files = live.Files;
        foreach (var path in hashes.Keys.Union(live.Startup?.Keys ?? [], StringComparer.Ordinal).Where(static path => !Definitions.IsJourney(path)))
        {
            var mine = hashes.GetValueOrDefault(path);
            if (live.Startup is { } last && last.GetValueOrDefault(path) == mine) continue;
            files = mine is null ? files.Remove(path) : files.SetItem(path, mine);
        }

        return files.SequenceEqual(live.Files) ? live : live with { Files = files, ProgramVersion = live.ProgramVersion + 1, ProgramAt = now };
    }

    private static async Task<LiveDocument> AddVersionAsync(
        IDocumentStore store,
        PartitionSession session,
        LiveDocument live,
        LoyaltyProgram program,
        string name,
        LiveJourney? known,
        ImmutableSortedDictionary<string, string> hashes,
        Instant? now,
        CancellationToken cancellation)
    {
        var version = (known?.Version ?? 0) + 1;
        var before = known is null ? null : await DefinitionReader.ReadAsync(store, name, known.Version, cancellation);
        var next = program.Journeys[name] with { Version = version };
        var used = known?.UsedIds ?? Definitions.NoHashes;
        var ids = StepIdentity.Assign(before, next, Definitions.NoHashes, used);
        next = next with { StepIds = ids };
        var id = Definitions.VersionId(name, version);
        var own = hashes.Where(file => !Definitions.IsJourney(file.Key) || file.Key == Definitions.JourneyPath(name));
        await session.ReadAsync<PublishedVersion>(id, cancellation);
        session.Put(
            id,
            Kinds.Definition,
            new PublishedVersion(own.ToImmutableSortedDictionary(StringComparer.Ordinal)) { At = now, By = "start", StepIds = ids, InFlight = known is null ? null : "pin" });
        var journey = new LiveJourney(version, hashes[Definitions.JourneyPath(name)])
        {
            PausedAt = known?.PausedAt,
            UsedIds = used.SetItems(StepIdentity.Of(next)),
        };
        return With(live, name, journey);
    }

    /// <summary>What is live and what the folder changed must go together.</summary>
    private static async Task<LoyaltyProgram> CheckAsync(
        IDocumentStore store, LiveDocument live, ImmutableSortedDictionary<string, string> folder, LoyaltyProgram program, CancellationToken cancellation)
    {
        var hashes = PublishedPrograms.HashesOf(live);
        if (hashes.SequenceEqual(folder)) return program;
        var files = await Definitions.ReadFilesAsync(store, hashes, cancellation)
            ?? throw new InvalidOperationException("A file of the live program is not kept in this store.");
        var load = ProgramLoader.Load(files);
        return load.Program ?? throw new ProgramException(load.Findings);
    }
}

/// <summary>Reads one published version.</summary>
internal static class DefinitionReader
{
    public static async Task<Core.Journeys.JourneyDefinition?> ReadAsync(IDocumentStore store, string journey, int version, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Definitions.Partition);
        if (await session.ReadAsync<PublishedVersion>(Definitions.VersionId(journey, version), cancellation) is not { } published) return null;
        if (await Definitions.ReadFilesAsync(store, published.Files, cancellation) is not { } files) return null;
        return ProgramLoader.Load(files, isPart: true).Program?.Journeys.GetValueOrDefault(journey) is { } definition
            ? definition with { Version = version, StepIds = published.StepIds }
            : null;
    }
}
