using System.Collections.Immutable;

namespace Loyalty.Engine.Publishing;

/// <summary>What a request wants live, beside what is.</summary>
internal sealed class Draft
{
    public Draft(PublishRequest request, LiveDocument live, Dictionary<string, ReadOnlyMemory<byte>> liveFiles)
    {
        var all = request.Journeys.IsDefaultOrEmpty;
        Files = request.Files
            .Where(file => !Definitions.IsJourney(file.Key) || all || request.Journeys.Any(name => file.Key == Definitions.JourneyPath(name)))
            .Concat(liveFiles.Where(file => !all && Definitions.IsJourney(file.Key) && !request.Journeys.Any(name => file.Key == Definitions.JourneyPath(name))))
            .ToImmutableSortedDictionary(static file => file.Key, static file => file.Value, StringComparer.Ordinal);
        Hashes = Definitions.Hashes(Files);
        Changed =
        [
            .. Hashes.Where(file => Definitions.IsJourney(file.Key)).Select(static file => (Name: file.Key["journeys/".Length..^".yaml".Length], Hash: file.Value))
                .Where(one => live.Journeys.GetValueOrDefault(one.Name) is not { WithdrawnAt: null } known || known.Hash != one.Hash)
                .Select(static one => one.Name),
        ];
        Withdrawn = all
            ? [.. live.Journeys.Where(one => one.Value.WithdrawnAt is null && !Files.ContainsKey(Definitions.JourneyPath(one.Key))).Select(static one => one.Key)]
            : [];
        ChangedFiles =
        [
            .. Hashes.Keys.Union(live.Files.Keys, StringComparer.Ordinal)
                .Where(path => !Definitions.IsJourney(path) && Hashes.GetValueOrDefault(path) != live.Files.GetValueOrDefault(path)).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Everything as it would be live.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files { get; }

    public ImmutableSortedDictionary<string, string> Hashes { get; }

    /// <summary>Journeys that are new or differ.</summary>
    public ImmutableArray<string> Changed { get; }

    /// <summary>Journeys whose file is gone.</summary>
    public ImmutableArray<string> Withdrawn { get; }

    /// <summary>program.yaml, templates and other files that differ or are gone.</summary>
    public ImmutableArray<string> ChangedFiles { get; }
}
