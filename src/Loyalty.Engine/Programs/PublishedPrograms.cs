using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <summary>
/// The published program. What is published is kept in the store byte for byte, so that a run finishes on the version it is on, whatever
/// becomes of the files. What others publish while this process runs is seen within <see cref="LooksEvery"/>, what it publishes itself at once.
/// </summary>
public sealed class PublishedPrograms : IProgramSource
{
    /// <summary>How long what another process published may stay unseen here.</summary>
    public static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(10);

    private readonly IDocumentStore _store;
    private readonly ConcurrentDictionary<(string Journey, int Version), JourneyDefinition> _definitions = new();
    private View _view = null!;
    private long _lookedAt;
    private int _isLooking;

    private PublishedPrograms(IDocumentStore store) => _store = store;

    /// <inheritdoc/>
    public LiveProgram Current
    {
        get
        {
            LookAgainIfOld();
            return _view.Program;
        }
    }

    /// <summary>
    /// Opens the program at a start. Of the folder only what has changed since the last start is published: a start with an old folder does not
    /// take back what was published meanwhile. People inside stay on their version.
    /// </summary>
    /// <param name="store">Where versions are kept.</param>
    /// <param name="program">The folder, loaded without errors.</param>
    /// <param name="cancellation">Gives up; opening again goes on.</param>
    /// <exception cref="ProgramException">What is live does not go together with what changed in the folder.</exception>
    public static Task<PublishedPrograms> PublishAsync(
        IDocumentStore store, LoyaltyProgram program, CancellationToken cancellation = default) =>
        OpenAsync(store, program, publishes: true, now: null, cancellation);

    /// <inheritdoc cref="PublishAsync"/>
    /// <param name="store">Where versions are kept.</param>
    /// <param name="program">The folder, loaded without errors.</param>
    /// <param name="publishes">False: if anything is live in the store, that counts and the folder does not.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellation">Gives up; opening again goes on.</param>
    public static async Task<PublishedPrograms> OpenAsync(
        IDocumentStore store, LoyaltyProgram program, bool publishes, Instant? now, CancellationToken cancellation = default)
    {
        var live = await Attempts.UntilCommittedAsync(() => StartupPublish.TryAsync(store, program, publishes, now, cancellation));
        var programs = new PublishedPrograms(store);
        await programs.ShowAsync(live, program, cancellation);
        return programs;
    }

    /// <summary>What was published since the folder was, where a start with the folder leaves it standing.</summary>
    /// <param name="store">Where versions are kept.</param>
    /// <param name="folder">The folder, loaded without errors.</param>
    /// <param name="publishes">As <see cref="OpenAsync"/> has it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>null: the folder's own program.yaml counts, or will with the start.</returns>
    public static async Task<LoyaltyProgram?> StandingAsync(IDocumentStore store, LoyaltyProgram folder, bool publishes, CancellationToken cancellation = default)
    {
        if (await new PartitionSession(store, Definitions.Partition).ReadAsync<LiveDocument>(Definitions.LiveId, cancellation) is not { } live) return null;
        var mine = Definitions.Hashes(folder.Files).GetValueOrDefault(ProgramFile.Path);
        if (live.Files.GetValueOrDefault(ProgramFile.Path) == mine || (publishes && live.Startup?.GetValueOrDefault(ProgramFile.Path) != mine)) return null;
        return await Definitions.ReadFilesAsync(store, HashesOf(live), cancellation) is { } files ? ProgramLoader.Load(files, isPublished: true).Program : null;
    }

    /// <summary>Looks now whether something else was published.</summary>
    public async Task RefreshAsync(CancellationToken cancellation = default)
    {
        var session = new PartitionSession(_store, Definitions.Partition);
        var live = await session.ReadAsync<LiveDocument>(Definitions.LiveId, cancellation);
        _lookedAt = Environment.TickCount64;
        if (live is not null && live.Revision > _view.Live.Revision) await ShowAsync(live, null, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<JourneyDefinition?> DefinitionAsync(
        string journey, int version, CancellationToken cancellation = default)
    {
        if (_definitions.TryGetValue((journey, version), out var known)) return known;
        var definition = await DefinitionReader.ReadAsync(_store, journey, version, cancellation);
        return definition is null ? null : _definitions.GetOrAdd((journey, version), definition);
    }

    /// <summary>The files that count now: the newest program.yaml and templates, and the live version of each journey.</summary>
    public async Task<Dictionary<string, ReadOnlyMemory<byte>>> FilesAsync(LiveDocument live, CancellationToken cancellation = default) =>
        await Definitions.ReadFilesAsync(_store, HashesOf(live), cancellation)
        ?? throw new InvalidOperationException("A file of the live program is not kept in this store.");

    /// <summary>Path → hash of everything that is live.</summary>
    internal static ImmutableSortedDictionary<string, string> HashesOf(LiveDocument live) => live.Files.AddRange(
        live.Journeys.Where(static one => one.Value.WithdrawnAt is null)
            .Select(static one => KeyValuePair.Create(Definitions.JourneyPath(one.Key), one.Value.Hash)));

    private async Task ShowAsync(LiveDocument live, LoyaltyProgram? folder, CancellationToken cancellation)
    {
        var hashes = HashesOf(live);
        var program = folder is not null && Definitions.Hashes(folder.Files).SequenceEqual(hashes) ? folder : null;
        if (program is null)
        {
            var load = ProgramLoader.Load(await FilesAsync(live, cancellation), isPublished: true);
            program = load.Program ?? throw new ProgramException(load.Findings);
        }

        var session = new PartitionSession(_store, Definitions.Partition);
        var journeys = ImmutableArray.CreateBuilder<JourneyDefinition>();
        foreach (var journey in program.Journeys.Values)
        {
            var version = live.Journeys[journey.Name].Version;
            var published = await session.ReadAsync<PublishedVersion>(Definitions.VersionId(journey.Name, version), cancellation);
            var definition = journey with { Version = version, StepIds = published?.StepIds ?? Definitions.NoHashes };
            journeys.Add(_definitions.GetOrAdd((journey.Name, version), definition));
        }

        var paused = live.Journeys.Where(static one => one.Value.PausedAt is not null).Select(static one => one.Key);
        var shown = program.ToLive() with
        {
            Model = RuleVersions.Apply(program.Model, live.Rules),
            Offers = RuleVersions.Apply(program.Offers, live.Rules),
            Journeys = journeys.ToImmutable(),
            Paused = [.. paused],
            Files = program.Files.RemoveRange(program.Files.Keys.Where(Definitions.IsJourney)),
            DefaultLocale = program.DefaultLocale,
            Revision = live.Revision,
        };
        _lookedAt = Environment.TickCount64;
        _view = new View(live, shown);
    }

    /// <summary>Real time on purpose: another process publishes in real time, however fast a virtual clock goes here.</summary>
    private void LookAgainIfOld()
    {
        if (Environment.TickCount64 - _lookedAt < LooksEvery.TotalMilliseconds || Interlocked.Exchange(ref _isLooking, 1) == 1) return;
        _lookedAt = Environment.TickCount64;
        _ = Task.Run(async () =>
        {
            try
            {
                await RefreshAsync();
            }
            catch (Exception later) when (later is StoreUnavailableException or ProgramException or ObjectDisposedException or InvalidOperationException)
            {
                // What counted goes on counting; the next look tries again.
            }
            finally
            {
                Interlocked.Exchange(ref _isLooking, 0);
            }
        });
    }

    private sealed record View(LiveDocument Live, LiveProgram Program);
}

/// <summary>The program's files have errors; the message lists every finding with file, line, column and remedy.</summary>
public sealed class ProgramException(IReadOnlyList<Finding> findings)
    : Exception("The program has errors:\n  " + string.Join("\n  ", findings))
{
    public IReadOnlyList<Finding> Findings { get; } = findings;
}
