using System.Collections.Immutable;
using System.Text;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Functions.Journeys;

/// <summary>What is live, as the wire shows it.</summary>
public sealed class JourneyQueries(IDocumentStore store, IProgramSource programs, PublishUseCase publishing, RunEditsUseCase edits)
{
    public async Task<IReadOnlyList<JourneyView>> ListAsync(CancellationToken cancellation = default)
    {
        var live = await publishing.LiveAsync(cancellation);
        var views = new List<JourneyView>();
        foreach (var (name, journey) in live.Journeys) views.Add(await ViewAsync(name, journey, cancellation));
        return views;
    }

    /// <summary>With its file; null: unknown.</summary>
    public async Task<JourneyView?> GetAsync(string journey, CancellationToken cancellation = default)
    {
        var live = await publishing.LiveAsync(cancellation);
        if (live.Journeys.GetValueOrDefault(journey) is not { } one) return null;
        var path = Definitions.JourneyPath(journey);
        var files = await Definitions.ReadFilesAsync(store, [KeyValuePair.Create(path, one.Hash)], cancellation);
        return await ViewAsync(journey, one, cancellation) with { Yaml = files is null ? null : Encoding.UTF8.GetString(files[path].Span) };
    }

    /// <summary>The latest first; empty: unknown.</summary>
    public async Task<IReadOnlyList<VersionView>> VersionsAsync(string journey, CancellationToken cancellation = default)
    {
        var live = await publishing.LiveAsync(cancellation);
        if (live.Journeys.GetValueOrDefault(journey) is not { } one) return [];
        var session = new PartitionSession(store, Definitions.Partition);
        var views = new List<VersionView>();
        for (var version = one.Version; version >= 1; version--)
        {
            if (await session.ReadAsync<PublishedVersion>(Definitions.VersionId(journey, version), cancellation) is not { } published) continue;
            views.Add(new VersionView(
                version,
                version == one.Version && one.WithdrawnAt is null,
                published.At,
                published.By,
                published.InFlight,
                published.RollbackOf,
                published.Files[Definitions.JourneyPath(journey)]));
        }

        return views;
    }

    public async Task<ProgramView> ProgramAsync(CancellationToken cancellation = default)
    {
        var live = await publishing.LiveAsync(cancellation);
        var files = await publishing.LiveFilesAsync(cancellation);
        return new ProgramView(
            live.ProgramVersion,
            live.ProgramAt,
            live.Revision,
            files.ToImmutableSortedDictionary(static file => file.Key, static file => Encoding.UTF8.GetString(file.Value.Span), StringComparer.Ordinal));
    }

    private async Task<JourneyView> ViewAsync(string name, LiveJourney journey, CancellationToken cancellation)
    {
        var definition = await programs.DefinitionAsync(name, journey.Version, cancellation);
        return new JourneyView
        {
            Journey = name,
            Title = definition?.Title,
            Stage = definition?.Stage,
            Version = journey.Version,
            State = journey.WithdrawnAt is not null ? "withdrawn" : journey.PausedAt is not null ? "paused" : "live",
            PausedAt = journey.PausedAt,
            WithdrawnAt = journey.WithdrawnAt,
            Edits = EditsView.Of(await edits.ProgressAsync(name, cancellation)),
        };
    }
}
